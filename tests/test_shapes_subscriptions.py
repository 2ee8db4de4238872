"""Several rows of a customer become one: subscriptions, trials, repeated scorings."""

import numpy as np
import pandas as pd
import pytest
from company_files import adds_up, found, load, write_company

from csresearch.company import Company, load_company
from csresearch.company.checks import NOT_USED, SET_ASIDE, TOLD
from csresearch.errors import CompanyError

# observed until 2024-12-31; with 30 days of grace leaving is known up to 2024-12-01
HEADER = "customer_id,started_on,ended_on\n"
GRACE = {"grace_days": 30}


def lives(company, *columns):
    """Rows of customers as tuples of text, in the order of ids."""
    table = company.customers.order_by("customer_id").select(*columns).to_pandas()
    table = table.astype(object).where(table.notna(), "")
    return [tuple(str(cell)[:10] for cell in row) for row in table.itertuples(index=False)]


def counts(company):
    """Rows in, used, merged and set aside, of customers."""
    row = company.row_counts.iloc[0]
    return tuple(int(row.get(name, 0)) for name in ("rows_in", "used", "merged", "set_aside"))


DATES = ("customer_id", "started_on", "ended_on", "exit_day", "churned")


def test_subscriptions_that_overlap_or_follow_within_the_grace_period_are_one_lifetime(tmp_path):
    company = load(
        tmp_path,
        HEADER + "adjacent,2023-01-01,2023-03-31\nadjacent,2023-04-30,2023-06-30\n"  # gap of 30
        "gap,2023-01-01,2023-03-31\ngap,2023-05-01,2023-06-30\n"  # gap of 31: a new lifetime
        "inside,2023-01-01,2023-12-31\ninside,2023-02-01,2023-03-01\n"
        "inside,2024-01-15,2024-02-01\n"  # 15 days after the long one, not 320 after the short
        "open,2024-06-01,\nopen,2024-01-01,2024-05-31\n"
        "running,2024-01-01,2025-06-30\n",  # ends after observed_until: has no end yet
        subscriptions=GRACE,
    )
    assert lives(company, *DATES) == [
        ("adjacent", "2023-01-01", "2023-06-30", "180.0", "True"),
        ("gap", "2023-01-01", "2023-03-31", "89.0", "True"),
        ("inside", "2023-01-01", "2024-02-01", "396.0", "True"),
        ("open", "2024-01-01", "", "335.0", "False"),  # to 2024-12-01, in a leap year
        ("running", "2024-01-01", "", "335.0", "False"),
    ]
    assert counts(company) == (10, 5, 4, 1)
    assert adds_up(company)
    assert found(company) == {
        ("started_on", "a lifetime before or after the one that counts"): (
            1, "2023-05-01", SET_ASIDE,
        ),
        ("customer_id", "came back after a gap longer than grace_days"): (1, "gap", TOLD),
        ("ended_on", "ends after observed_until"): (1, "2025-06-30", NOT_USED),
    }  # fmt: skip


def test_an_end_less_than_the_grace_period_ago_is_not_known_to_be_one(tmp_path):
    text = HEADER + "a,2024-01-01,2024-12-20\nb,2024-01-01,2024-12-01\nc,2024-12-15,\n"
    company = load(tmp_path, text, subscriptions=GRACE)
    assert lives(company, *DATES) == [
        ("a", "2024-01-01", "2024-12-20", "335.0", "False"),
        ("b", "2024-01-01", "2024-12-01", "335.0", "True"),
    ]  # c started after the last day on which leaving is known
    assert counts(company) == (3, 2, 0, 1)
    reason = "ended less than grace_days before observed_until"
    assert found(company)["ended_on", reason] == (1, "2024-12-20", TOLD)
    taken = load(tmp_path, text, subscriptions={**GRACE, "unsettled": "churned"})
    assert lives(taken, *DATES) == [
        ("a", "2024-01-01", "2024-12-20", "354.0", "True"),
        ("b", "2024-01-01", "2024-12-01", "335.0", "True"),
        ("c", "2024-12-15", "", "16.0", "False"),
    ]


BACK = (
    "customer_id,started_on,ended_on,plan\n"
    "1,2023-01-01,2023-03-01,s\n1,2023-03-10,2023-04-01,m\n1,2024-01-01,2024-03-01,l\n"
    "2,2023-01-01,,s\n"
)


@pytest.mark.parametrize(
    ("which", "expected", "rows"),
    [
        ("first", [("1", "2023-01-01", "2023-04-01", "s", ""), ("2", "2023-01-01", "", "s", "")],
         (4, 2, 1, 1)),
        ("last", [("1", "2024-01-01", "2024-03-01", "l", ""), ("2", "2023-01-01", "", "s", "")],
         (4, 2, 0, 2)),
        ("separate", [("1", "2023-01-01", "2023-04-01", "s", "1"),
                      ("1 (2)", "2024-01-01", "2024-03-01", "l", "1"),
                      ("2", "2023-01-01", "", "s", "2")], (4, 3, 1, 0)),
    ],
)  # fmt: skip
def test_reactivations(tmp_path, which, expected, rows):
    company = load(
        tmp_path, BACK,
        "customer_id,reached_on\n1,2023-02-01\n1,2023-08-01\n1,2024-02-01\n2,2023-02-01\n",
        subscriptions=GRACE, reactivation=which, segments=["plan"],
    )  # fmt: skip
    columns = ("customer_id", "started_on", "ended_on", "plan", "parent_id")
    assert lives(company, *columns) == expected
    assert counts(company) == rows
    assert adds_up(company)
    reached = company.results.order_by(["customer_id", "result_day"]).to_pandas()
    days = list(zip(reached["customer_id"], reached["result_day"], strict=True))
    assert (
        days
        == {
            "first": [("1", 31), ("2", 31)],  # those after its end are set aside
            "last": [("1", 0), ("1", 0), ("1", 31), ("2", 31)],  # before its start: from the start
            "separate": [("1", 31), ("1 (2)", 31), ("2", 31)],  # each in its own lifetime
        }[which]
    )
    assert company.has("parent_id") == (which == "separate")


def test_separate_lifetimes_stay_below_the_parent_there_is(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,parent_id\n"
        "a,2022-01-01,2022-02-01,p\na,2023-01-01,2023-02-01,p\nb,2022-01-01,,\n",
        subscriptions=GRACE, reactivation="separate",
    )  # fmt: skip
    assert lives(company, "customer_id", "parent_id") == [("a", "p"), ("a (2)", "p"), ("b", "b")]


def test_an_unusable_subscription_spoils_the_customer_and_both_are_written(tmp_path):
    company = load(
        tmp_path,
        HEADER + "a,2023-01-01,2023-06-01\na,2023-05-01,someday\nb,2023-01-01,2022-01-01\n"
        "b,2023-02-01,\nc,2023-01-01,\nd,2023-01-01,\nd,2025-03-01,2026-03-01\n,2023-01-01,\n",
        subscriptions=GRACE,
    )
    assert lives(company, "customer_id") == [("c",), ("d",)]  # d's next one has not begun
    assert {key: rows for key, (rows, *_) in found(company).items()} == {
        ("customer_id", "no customer id"): 1,
        ("ended_on", "not a date"): 1,
        ("ended_on", "end before start"): 1,
        ("customer_id", "another row of the customer can't be used"): 2,
        ("started_on", "in the future (after observed_until)"): 1,
    }
    assert counts(company) == (8, 2, 0, 6)
    (written,) = company.write_set_aside(tmp_path / "out")
    rows = pd.read_csv(written)
    assert len(rows) == 6
    assert rows["set aside because"].str.contains("another row").sum() == 2


def test_what_a_lifetime_takes_from_which_row(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,maturity,recurring_revenue,churn_reason,notice_on\n"
        "a,2023-06-01,2023-12-31,high,5,price,2023-12-01\n"
        "a,2023-01-01,2023-06-01,low,100,moved,2023-05-01\n"
        "a,2023-01-01,2023-03-01,,20,,\n",
        subscriptions=GRACE, maturity={"order": ["low", "high"]},
    )  # fmt: skip
    assert lives(company, "maturity", "recurring_revenue", "churn_reason", "notice_day") == [
        ("low", "120.0", "price", "334.0")  # revenue at the start; reason and notice of the end
    ]


def test_trials_are_set_aside_and_converts_start_with_the_first_paid_day(tmp_path):
    text = (
        "customer_id,started_on,ended_on,plan\n"
        "a,2023-01-01,2023-01-31,Trial\na,2023-02-01,,pro\n"
        "b,2023-01-01,2023-01-31,free\nc,2023-01-01,,pro\n"
    )
    trials = {"column": "plan", "values": ["Trial", "free"]}
    company = load(tmp_path, text, "customer_id,reached_on\na,2023-03-01\nb,2023-01-05\n",
                   subscriptions=GRACE, trials=trials)  # fmt: skip
    assert lives(company, "customer_id", "started_on") == [("a", "2023-02-01"), ("c", "2023-01-01")]
    assert counts(company) == (4, 2, 0, 2)
    assert found(company) == {("customer_id", "trial"): (2, "a", SET_ASIDE)}
    assert found(company, "results") == {
        ("customer_id", "its customer is set aside"): (1, "b", SET_ASIDE)
    }
    counted = load(tmp_path, text, subscriptions=GRACE, trials={**trials, "use": "counted"})
    assert lives(counted, "customer_id", "started_on", "ended_on") == [
        ("a", "2023-01-01", ""), ("b", "2023-01-01", "2023-01-31"), ("c", "2023-01-01", ""),
    ]  # fmt: skip
    assert adds_up(company) and adds_up(counted)


def test_trials_with_a_paid_date_on_one_row(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,status,paid_on\n"
        "a,2023-01-01,,trial,\nb,2023-01-01,,paid,2023-02-01\nc,2023-01-01,,paid,\n"
        "d,2023-01-01,2023-01-15,trial,2023-01-31\n",
        trials={"column": "status", "values": ["trial"]},
    )
    assert lives(company, "customer_id", "started_on") == [("b", "2023-02-01"), ("c", "2023-01-01")]
    assert counts(company) == (4, 2, 0, 2)
    with pytest.raises(CompanyError, match=r"no column 'state'; did you mean 'status'"):
        load(
            tmp_path, "customer_id,started_on,ended_on,status\na,2023-01-01,,x\n",
            trials={"column": "state", "values": ["trial"]},
        )  # fmt: skip


def test_rows_repeated_for_each_scoring(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,maturity,maturity_on\n"
        "a,2024-01-01,,low,2024-01-02\na,2024-01-01,,high,2024-01-31\na,2024-01-01,,low,2024-02-01\n"
        "b,2024-01-01,,low,2024-01-02\nb,2024-01-01,2024-05-01,low,2024-01-03\n"
        "c,2024-01-01,,high,\nd,2024-01-01,,high,\nd,2024-01-01,,low,\n"
        "e,2024-01-01,,low,2024-03-01\n",
        maturity={"order": ["low", "high"], "repeated_rows": True},
    )
    assert lives(company, "customer_id", "maturity") == [
        ("a", "high"),  # the last by day 30
        ("c", "high"),  # the only one, its date unknown
        ("d", ""),  # two, and no date says which
        ("e", ""),  # too late
    ]
    assert counts(company) == (9, 4, 3, 2)
    assert adds_up(company)
    assert {key: (rows, effect) for key, (rows, _, effect) in found(company).items()} == {
        ("customer_id", "rows of the customer differ in more than maturity"): (2, SET_ASIDE),
        ("maturity", "scored differently, and not on one last date by day 30"): (1, NOT_USED),
        ("maturity_on", "maturity recorded after day 30"): (1, NOT_USED),
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"subscriptions": {}}, r"line \d+: 'subscriptions.grace_days' is missing"),
        ({"subscriptions": {"grace_days": -1}}, "grace_days' is '-1'.*greater than or equal to 0"),
        ({"reactivation": "last"}, "reactivation: needs subscriptions"),
        ({"subscriptions": GRACE, "snapshots": {"taken_on": "ended_on"}}, "different files"),
        ({"trials": {"column": "plan", "values": []}}, "trials.values"),
    ],
)
def test_contradictions_are_refused(tmp_path, settings, message):
    path = write_company(tmp_path, HEADER + "a,2023-01-01,\n", **settings)
    with pytest.raises(CompanyError, match=message):
        load_company(path)


def slow_lifetimes(rows, grace, until):
    """Reference: day by day, on which days a customer has a subscription; None = still here."""
    first, last = min(s for s, _ in rows), None
    day = first
    while day <= until:
        begun = [e for s, e in rows if s <= day]
        reach = max(until if e is None else min(e, until) for e in begun)
        following = [s for s, _ in rows if day < s <= until]
        open_ = any(e is None or e > until for s, e in rows if s <= day)
        if open_:
            return first, None
        if not following or min(following) - reach > pd.Timedelta(days=grace):
            last = reach
            break
        day = min(following)
    return first, last


@pytest.mark.parametrize("seed", range(2))
def test_random_subscriptions_against_a_slow_reference_in_any_row_order(seed):
    numbers = np.random.default_rng(seed)
    until = pd.Timestamp("2024-12-31")
    n = 120
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(numbers.integers(0, 730, n), unit="D")
    length = pd.to_timedelta(numbers.integers(0, 200, n), unit="D")
    end = (start + length).to_series(index=range(n)).where(numbers.random(n) > 0.1)
    rows = pd.DataFrame(
        {"customer_id": numbers.integers(0, 40, n), "started_on": start, "ended_on": end}
    )
    settings = {"observed_until": "2024-12-31",
                "subscriptions": {**GRACE, "unsettled": "churned"}}  # fmt: skip
    company = Company.from_frames(rows, **settings)
    got = company.customers.order_by("customer_id").to_pandas()
    expected = {}
    for name, own in rows.groupby("customer_id"):
        ends = [None if pd.isna(e) else e for e in own["ended_on"]]
        expected[name] = slow_lifetimes(list(zip(own["started_on"], ends, strict=True)), 30, until)
    assert [(s, None if pd.isna(e) else e)
            for s, e in zip(got["started_on"], got["ended_on"], strict=True)] == list(
        expected.values()
    )  # fmt: skip
    assert adds_up(company)
    shuffled = Company.from_frames(rows.sample(frac=1, random_state=seed), **settings)
    assert shuffled.fingerprint == company.fingerprint
    assert counts(shuffled) == counts(company)
