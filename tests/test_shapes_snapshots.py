"""Snapshots: stacked month by month, or one row per customer with a churn window."""

import pandas as pd
import pytest
from company_files import adds_up, found, load

from csresearch import claims
from csresearch.company import Company
from csresearch.company.checks import NOT_USED, SET_ASIDE, TOLD
from csresearch.errors import CompanyError

MONTHS = ("2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30")
HEADER = "account,month,tenure_days,churned\n"


def stacked(folder, text, *extra, vanishing=None, **settings):
    """Load a file of stacked snapshots."""
    columns = {"columns": {"customer_id": "account"}}
    snapshots = {"taken_on": "month", **({"vanishing": vanishing} if vanishing else {})}
    return load(folder, text, *extra, on_customers=columns, snapshots=snapshots, **settings)


def lives(company, *columns):
    table = company.customers.order_by("customer_id").select("customer_id", *columns).to_pandas()
    table = table.astype(object).where(table.notna(), "")
    return [tuple(str(cell)[:10] for cell in row) for row in table.itertuples(index=False)]


def counts(company):
    row = company.row_counts.iloc[0]
    return tuple(int(row.get(name, 0)) for name in ("rows_in", "used", "merged", "set_aside"))


DAYS = ("started_on", "ended_on", "entry_day", "exit_day", "churned")


def test_stacked_snapshots_become_lifetimes(tmp_path):
    company = stacked(
        tmp_path,
        HEADER + "old,2024-01-31,100,no\nold,2024-02-29,129,no\nold,2024-03-31,160,yes\n"
        "old,2024-04-30,160,yes\n"  # after the flag
        "new,2024-02-29,9,no\nnew,2024-03-31,40,no\nnew,2024-04-30,70,no\n"
        "zero,2024-03-31,0,no\nzero,2024-04-30,30,yes\n"
        "seen left,2024-01-31,50,yes\nseen left,2024-02-29,50,yes\n",
    )
    assert lives(company, *DAYS) == [
        ("new", "2024-02-20", "", "9.0", "70.0", "False"),  # at risk from the first snapshot
        ("old", "2023-10-23", "2024-03-31", "100.0", "160.0", "True"),  # dated to the flag
        ("zero", "2024-03-31", "2024-04-30", "0.0", "30.0", "True"),
    ]
    assert counts(company) == (11, 3, 5, 3)
    assert adds_up(company)
    assert found(company) == {
        ("month", "had left when first seen"): (2, "2024-01-31", SET_ASIDE),
        ("month", "after the customer left"): (1, "2024-04-30", SET_ASIDE),
    }
    assert company.dated and not company.snapshot_without_window


GAPS = (
    HEADER + "stays,2024-01-31,0,no\nstays,2024-02-29,29,no\nstays,2024-03-31,60,no\n"
    "stays,2024-04-30,90,no\n"
    "gone,2024-01-31,0,no\ngone,2024-02-29,29,no\n"
    "back,2024-01-31,0,no\nback,2024-02-29,29,no\nback,2024-04-30,90,yes\n"
)


def test_who_vanishes_must_be_explained(tmp_path):
    with pytest.raises(CompanyError, match=r"2 customers, e\.g\. 'back', are missing.*vanishing"):
        stacked(tmp_path, GAPS)


@pytest.mark.parametrize(
    ("vanishing", "end", "day", "left"),
    [("churned", "2024-03-31", "60.0", "True"), ("censored", "", "29.0", "False")],
)
def test_who_vanishes_left_or_was_last_seen(tmp_path, vanishing, end, day, left):
    company = stacked(tmp_path, GAPS, vanishing=vanishing)
    assert lives(company, *DAYS) == [
        ("back", "2024-01-31", end, "0.0", day, left),
        ("gone", "2024-01-31", end, "0.0", day, left),
        ("stays", "2024-01-31", "", "0.0", "90.0", "False"),
    ]
    assert found(company) == {
        ("month", "after a gap: missing from a snapshot before"): (1, "2024-04-30", SET_ASIDE)
    }
    assert counts(company) == (9, 3, 5, 1)


def test_months_nobody_has_are_no_gap_so_quarters_are_read_alike(tmp_path):
    company = stacked(
        tmp_path,
        HEADER + "a,2023-12-31,0,no\na,2024-03-31,91,no\na,2024-06-30,182,yes\n"
        "b,2023-12-31,10,no\nb,2024-03-31,101,no\nb,2024-06-30,192,no\n",
    )
    assert lives(company, *DAYS) == [
        ("a", "2023-12-31", "2024-06-30", "0.0", "182.0", "True"),
        ("b", "2023-12-21", "", "10.0", "192.0", "False"),
    ]


def test_attributes_are_those_of_the_last_snapshot_by_day_30(tmp_path):
    company = stacked(
        tmp_path,
        "account,month,started_on,churned,maturity,plan\n"
        "a,2024-01-31,2024-01-15,no,low,s\na,2024-02-14,2024-01-15,no,high,m\n"
        "a,2024-03-31,2024-01-15,no,low,l\n"
        "b,2024-01-31,2023-06-01,no,high,m\nb,2024-02-29,2023-06-02,no,low,s\n"
        "b,2024-03-31,2023-06-01,no,low,s\n",
        maturity={"order": ["low", "high"]}, segments=["plan"],
    )  # fmt: skip
    assert lives(company, "entry_day", "maturity", "plan") == [
        ("a", "16.0", "high", "m"),  # 2024-02-14 is day 30
        ("b", "244.0", "", ""),  # first seen long after day 30
    ]
    told = found(company)
    assert told["month", "maturity recorded after day 30"][::2] == (1, NOT_USED)
    assert told["started_on", "start differs between snapshots"][::2] == (1, TOLD)
    late = "first seen after day 30, so segments count as not recorded"
    assert told["month", late][::2] == (1, NOT_USED)


def test_what_is_told_of_rows_that_fit_no_snapshot(tmp_path):
    company = stacked(
        tmp_path,
        "account,month,churned\n"
        "first,2024-01-31,no\nfirst,2024-02-29,no\n"  # there from the beginning: since when?
        "new,2024-02-29,no\n"
        "twice,2024-01-31,no\ntwice,2024-01-30,no\ntwice,2024-02-29,no\n"
        ",2024-02-29,no\nx,soon,no\ny,,no\nz,2025-02-28,no\n",
    )
    assert lives(company, "started_on", "exit_day") == [("new", "2024-02-29", "0.5")]
    assert counts(company) == (10, 1, 0, 9)
    assert {reason: rows for (_, reason), (rows, *_) in found(company).items()} == {
        "no customer id": 1,
        "not a date": 1,
        "no date of the snapshot": 1,
        "in the future (after observed_until)": 1,
        "customer twice in one month's snapshot": 3,
        "there at the first snapshot, and nothing says since when": 2,
    }


def test_the_end_date_of_the_file_is_more_exact_than_the_month(tmp_path):
    company = stacked(
        tmp_path,
        "account,month,started_on,ended_on\n"
        "a,2024-01-31,2024-01-05,\na,2024-02-29,2024-01-05,2024-02-10\n"
        "b,2024-01-31,2024-01-05,\nb,2024-02-29,2024-01-05,2024-12-31\n",  # announced
    )
    assert lives(company, *DAYS) == [
        ("a", "2024-01-05", "2024-02-10", "26.0", "36.0", "True"),
        ("b", "2024-01-05", "", "26.0", "55.0", "False"),
    ]


def test_trial_snapshots_come_before_the_start(tmp_path):
    company = stacked(
        tmp_path,
        "account,month,started_on,churned,plan\n"
        "a,2024-01-31,2024-01-10,no,trial\na,2024-02-29,2024-01-10,no,pro\n"
        "a,2024-03-31,2024-01-10,no,pro\n"
        "b,2024-02-29,2024-02-10,no,trial\nb,2024-03-31,2024-02-10,no,trial\n",
        trials={"column": "plan", "values": ["trial"]},
    )
    assert lives(company, *DAYS) == [("a", "2024-02-29", "", "0.0", "31.0", "False")]
    assert found(company) == {("account", "trial"): (3, "a", SET_ASIDE)}
    assert counts(company) == (5, 1, 1, 3)


@pytest.mark.parametrize("seed", range(2))
def test_random_snapshots_add_up_in_any_row_order(seed):
    rows = pd.DataFrame(
        [(c, m, 30 * i + c) for c in range(40) for i, m in enumerate(MONTHS)],
        columns=["customer_id", "taken_on", "tenure_days"],
    ).sample(frac=0.8, random_state=seed)
    rows["churned"] = rows["tenure_days"] % 7 == 3
    rows.loc[rows.index % 11 == 0, "taken_on"] = "unknown"
    rows = pd.concat([rows, rows.iloc[:5]])  # some twice
    settings = {
        "observed_until": "2024-04-30",
        "snapshots": {"taken_on": "taken_on", "vanishing": "churned"},
    }
    company = Company.from_frames(rows, **settings)
    assert adds_up(company)
    assert sum(counts(company)[1:]) == len(rows) == counts(company)[0]
    shuffled = Company.from_frames(rows.sample(frac=1, random_state=seed + 9), **settings)
    assert shuffled.fingerprint == company.fingerprint
    assert counts(shuffled) == counts(company)


def test_one_row_snapshots_are_read_by_their_window_or_not_at_all(tmp_path):
    text = "customer_id,tenure_days,churned,maturity\n" + "".join(
        f"c{i},{20 + 7 * i},{'yes' if i % 3 == 0 else 'no'},{'low' if i % 2 else 'high'}\n"
        for i in range(120)
    )
    settings = {"maturity": {"order": ["low", "high"]}}
    claim = claims.get("maturity-churn")
    refused = claim.estimate(load(tmp_path, text, **settings))
    assert refused.verdict == "not identifiable"
    assert refused.missing == ("customers.churn_window",)
    readings = {}
    for name, days in (("quarter", 91.3125), ("since the start", 10_000)):
        company = load(tmp_path, text, churn_window={"days": days}, **settings)
        lived = company.customers.agg(
            days=(company.customers.exit_day - company.customers.entry_day).sum()
        )
        readings[name] = float(lived.execute().iloc[0, 0])
        assert claim.estimate(company).verdict != "not identifiable"
    # 20, 27, … 90 days (11 customers) lie inside the quarter, all others lend it 91.3125 days
    assert readings["quarter"] == sum(20 + 7 * i for i in range(11)) + 109 * 91.3125
    assert readings["since the start"] == sum(20 + 7 * i for i in range(120))
