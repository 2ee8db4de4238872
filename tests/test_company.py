"""Companies from files and frames: days of tenure by hand, the API, sources, and sizes."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from company_files import adds_up, found, load, write_company

from csresearch.company import Company, distinct, load_company
from csresearch.company.frames import SampledRows
from csresearch.errors import CompanyError

UNTIL = "2024-12-31"


def frames(customers, results=None, surveys=None, **config):
    """A company from lists of dicts."""
    tables = [t if t is None else pd.DataFrame(t) for t in (customers, results, surveys)]
    return Company.from_frames(*tables, **{"observed_until": UNTIL, **config})


def lives(company, *columns):
    """Rows of lifetimes() as tuples, NaN as None, in the order of ids."""
    table = company.lifetimes().order_by("customer_id").select(*columns).to_pandas()
    clean = table.astype(object).where(table.notna(), None)
    return [tuple(row) for row in clean.itertuples(index=False)]


def test_days_of_tenure_by_hand():
    company = frames(
        {
            "customer_id": ["a", "b", "c", "d", "e", "f"],
            "started_on": ["2024-01-01", "2024-01-01", "2024-03-01", "2022-12-31", "2024-12-31",
                           "2024-01-01"],
            "ended_on": ["2024-01-31", None, "2024-03-01", None, None, "2024-12-31"],
            "observed_from": [None, "2023-01-01", None, "2023-12-31", None, None],
        }
    )  # fmt: skip
    assert lives(company, "entry_day", "exit_day", "churned") == [
        (0, 30, True),
        (0, 365, False),  # 2024 is a leap year; observed from before the start = from the start
        (0, 0.5, True),  # left on its first day: half a day
        (365, 731, False),  # at risk only from observed_from
        (0, 0.5, False),  # started on the last day observed
        (0, 365, True),  # left on the last day observed
    ]
    assert adds_up(company)
    assert len(company.problems) == 0


def test_observation_can_end_earlier_for_one_customer():
    company = frames(
        {
            "customer_id": ["a", "b", "c", "d"],
            "started_on": ["2024-01-01"] * 4,
            "ended_on": [None, "2024-02-01", "2024-03-02", "2024-03-01"],
            "observed_until": ["2024-03-01", "2024-03-01", "2024-03-01", "2024-03-01"],
        }
    )
    assert lives(company, "exit_day", "churned") == [
        (60, False),
        (31, True),
        (60, False),  # left the day after it was last observed
        (60, True),
    ]


def test_results_before_the_start_count_from_it_and_the_first_one_counts():
    company = frames(
        {
            "customer_id": ["a", "b", "c", "d"],
            "started_on": ["2024-01-10"] * 4,
            "ended_on": [None, "2024-02-10", None, "2024-02-10"],
            "first_result_on": [None, None, "2024-01-20", None],
        },
        {
            "customer_id": ["a", "a", "c", "d", "d"],
            "reached_on": ["2024-03-10", "2024-02-10", "2024-01-30", "2024-01-01", "2024-02-11"],
        },
    )
    assert lives(company, "result_day", "had_result") == [
        (31, True),  # the earlier of two
        (None, False),
        (10, True),  # first_result_on is earlier than the results table
        (0, True),  # before the start: from day 0; the one after the end is set aside
    ]
    assert company.results_known == "dated"


def test_first_answered_survey_and_first_invitation():
    company = frames(
        {"customer_id": ["a", "b", "c"], "started_on": ["2024-01-01"] * 3, "ended_on": [None] * 3},
        surveys={
            "customer_id": ["a", "a", "a", "b", "a"],
            "surveyed_on": ["2024-01-11", "2024-01-21", "2024-01-31", "2024-01-06", "2024-01-21"],
            "score": [None, 7.0, 9.0, None, 8.0],
            "instrument": ["NPS", "NPS", "NPS", "NPS", "CSAT"],
        },
    )
    columns = ("invited_day", "survey_day", "score", "instrument")
    assert lives(company, *columns) == [
        (10, 20, 8, "CSAT"),  # of two on a day, the first instrument in the alphabet
        (5, None, None, None),
        (None, None, None, None),
    ]
    table = company.lifetimes("NPS").order_by("customer_id").to_pandas()
    assert table["score"].iloc[0] == 7


def test_a_snapshot_is_at_risk_only_in_its_window():
    company = frames(
        {
            "customer_id": ["a", "b", "c"],
            "tenure_days": [100, 10, 0],
            "churned": ["yes", "no", "1"],
        },
        churn_window={"days": 30},
    )
    assert lives(company, "entry_day", "exit_day", "churned") == [
        (70, 100, True),
        (0, 10, False),
        (0, 0.5, True),
    ]
    assert not company.dated
    assert not company.snapshot_without_window
    months = frames(
        {"customer_id": ["a"], "tenure_months": [4], "churned": [True]}, churn_window={"months": 1}
    )
    assert lives(months, "entry_day", "exit_day") == [(3 * 30.4375, 4 * 30.4375)]


def test_a_snapshot_without_a_window_loads_and_says_so():
    company = frames({"customer_id": ["a"], "tenure_days": [100], "churned": [False]})
    assert company.snapshot_without_window
    assert company.data_summary.first_start is None
    assert "1 customers: 0 churned" in company.data_summary.text


def test_results_without_dates_are_known_as_yes_or_no():
    customers = {
        "customer_id": ["a", "b", "c"],
        "started_on": ["2024-01-01"] * 3,
        "ended_on": [None] * 3,
    }
    flagged = frames({**customers, "had_result": ["yes", "no", None]})
    assert flagged.results_known == "undated"
    assert lives(flagged, "result_day", "had_result") == [(None, True), (None, False), (None, None)]
    listed = frames(customers, {"customer_id": ["b"], "result": ["saved money"]})
    assert listed.results_known == "undated"
    assert [had for (had,) in lives(listed, "had_result")] == [False, True, False]
    dated = frames(
        {"customer_id": ["a", "b"], "tenure_days": [9, 9], "churned": [True, False],
         "first_result_on": ["2024-01-01", None]}, churn_window={"days": 5},
    )  # fmt: skip
    assert dated.results_known == "undated"  # no start to count from
    assert lives(dated, "result_day", "had_result") == [(None, True), (None, False)]
    assert frames(customers).results_known == "none"
    assert [had for (had,) in lives(frames(customers), "had_result")] == [None, None, None]


def test_has_and_missing_name_tables_and_columns():
    company = frames(
        {"customer_id": ["a"], "started_on": ["2024-01-01"], "ended_on": [None], "plan": ["p"],
         "maturity": ["low"]},
        {"customer_id": ["a"], "reached_on": ["2024-02-01"]},
        segments=["plan"],
    )  # fmt: skip
    assert company.has("maturity") and company.has("customers.maturity") and company.has("plan")
    assert company.has("results") and company.has("results.reached_on")
    names = ["surveys.score", "customers.maturity_on", "results.value", "results"]
    assert company.missing(*names) == names[:3]
    with pytest.raises(KeyError, match="no column the kit knows"):
        company.has("customers.nonsense")


@pytest.mark.parametrize(
    ("maturity", "values", "expected", "low"),
    [
        ({"order": ["low", "high"]}, ["low", "high", "x"], ["low", "high", None], ("low",)),
        ({"order": ["l", "m", "h"], "low": ["l", "m"]}, ["m", "h", None], ["m", "h", None],
         ("l", "m")),
        ({}, [5, 1, 9, 3, 7, 8], ["middle", "low", "high", "low", "middle", "high"], ("low",)),
        ({}, ["5", "1", "9"], ["middle", "low", "high"], ("low",)),
        ({"order": ["poor", "rich"], "cuts": [10]}, [10, 10.5, None], ["poor", "rich", None],
         ("poor",)),
        ({}, ["gold", "tin", None], ["gold", "tin", None], ()),
        ({"low": ["tin"]}, ["gold", "tin", None], ["gold", "tin", None], ("tin",)),
        ({"order": [1, 2]}, [2, 1, 3], ["2", "1", None], ("1",)),
    ],
)  # fmt: skip
def test_maturity_as_bands_or_a_number(maturity, values, expected, low):
    ids = [f"c{i}" for i in range(len(values))]
    company = frames(
        {"customer_id": ids, "started_on": "2024-01-01", "ended_on": None, "maturity": values},
        maturity=maturity,
    )
    assert [band for (band,) in lives(company, "maturity")] == expected
    assert company.bands.low == low


def test_a_maturity_of_too_many_texts_is_refused():
    names = [f"note {i}" for i in range(60)]
    with pytest.raises(CompanyError, match="maturity holds 60 different texts"):
        frames({"customer_id": names, "started_on": UNTIL, "ended_on": None, "maturity": names})


CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3", "4"],
        "started_on": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2023-06-15"]),
        "ended_on": pd.to_datetime(["2024-06-01", None, "2024-03-20", None]),
        "maturity": ["low", "high", None, "low"],
        "recurring_revenue": [10.5, None, 3, 1e6],
        "plan": ["p", "q", "p", None],
    }
)
RESULTS = pd.DataFrame(
    {"customer_id": ["1", "2"], "reached_on": [dt.date(2024, 2, 1), dt.date(2024, 4, 1)]}
)
SETTINGS = {"segments": ["plan"], "maturity": {"order": ["low", "high"]}}


def same_company(one, other):
    for table in ("customers", "results", "surveys"):
        left, right = (c.tables[table].order_by("customer_id").to_pandas() for c in (one, other))
        pd.testing.assert_frame_equal(
            left.astype({"customer_id": str}), right.astype({"customer_id": str})
        )
    assert one.fingerprint == other.fingerprint


def test_csv_parquet_and_frames_give_the_same_company(tmp_path):
    frame = Company.from_frames(CUSTOMERS, RESULTS, observed_until=UNTIL, **SETTINGS)
    assert adds_up(frame)
    from_csv = load(
        tmp_path, CUSTOMERS.to_csv(index=False), RESULTS.to_csv(index=False), **SETTINGS
    )
    same_company(frame, from_csv)
    semicolons = CUSTOMERS.sample(frac=1, random_state=1).to_csv(
        index=False, sep=";", date_format="%d.%m.%Y", lineterminator="\r\n"
    )
    german = load(
        tmp_path, "\ufeff" + semicolons, RESULTS.to_csv(index=False),
        on_customers={"date_format": "%d.%m.%Y"}, **SETTINGS,
    )  # fmt: skip
    same_company(frame, german)
    (tmp_path / "company.yml").write_text(
        (tmp_path / "company.yml").read_text().replace(".csv", ".parquet")
        .replace("date_format: '%d.%m.%Y'\n", "")
    )  # fmt: skip
    typed = CUSTOMERS.astype({"customer_id": "int64"})
    pq.write_table(pa.Table.from_pandas(typed), tmp_path / "customers.parquet")
    pq.write_table(pa.Table.from_pandas(RESULTS), tmp_path / "results.parquet")
    parquet = load_company(tmp_path)
    same_company(frame, parquet)


def test_parquet_with_time_zones_and_float_ids(tmp_path):
    zone = pd.to_datetime(["2024-01-01T23:30Z", "2024-02-01T00:10Z"])
    table = pd.DataFrame(
        {"customer_id": [1.0, 2.0], "started_on": zone, "ended_on": [dt.date(2024, 3, 1), None]}
    )
    write_company(tmp_path, "", "customer_id,reached_on\n2,2024-02-11\n")
    pq.write_table(pa.Table.from_pandas(table), tmp_path / "customers.parquet")
    path = tmp_path / "company.yml"
    path.write_text(path.read_text().replace("customers.csv", "customers.parquet"))
    company = load_company(path)
    assert lives(company, "customer_id", "exit_day", "result_day") == [("1", 60, None),
                                                                       ("2", 334, 10)]  # fmt: skip


def test_the_fingerprint_notices_any_change_that_matters():
    base = Company.from_frames(CUSTOMERS, RESULTS, observed_until=UNTIL, **SETTINGS)
    assert len(base.fingerprint) == 64
    changed = [
        Company.from_frames(CUSTOMERS.iloc[1:], RESULTS, observed_until=UNTIL, **SETTINGS),
        Company.from_frames(CUSTOMERS, observed_until=UNTIL, **SETTINGS),
        Company.from_frames(CUSTOMERS, RESULTS, observed_until="2025-01-01", **SETTINGS),
        Company.from_frames(CUSTOMERS.replace({"low": "high"}), RESULTS, observed_until=UNTIL,
                            **SETTINGS),
    ]  # fmt: skip
    assert len({base.fingerprint, *(c.fingerprint for c in changed)}) == 5


def test_columns_values_and_words_for_empty_are_mapped(tmp_path):
    company = load(
        tmp_path,
        "Account,Since,Gone,Ready,Tier\n"
        "a, 01.02.2024 ,NA,beginner,1\n"
        "b,01.02.2024,never,EXPERT,2\n"
        "c,01.02.2024,01.03.2024,EXPERT,\n",
        on_customers={
            "columns": {"customer_id": "Account", "started_on": "Since", "ended_on": "Gone",
                        "maturity": "Ready", "plan": "Tier"},
            "values": {"maturity": {"beginner": "low", "EXPERT": "high"},
                       "ended_on": {"never": ""}, "plan": {"1": "basic"}},
            "date_format": "%d.%m.%Y",
        },
        segments=["plan"],
        maturity={"order": ["low", "high"]},
    )  # fmt: skip
    assert lives(company, "exit_day", "churned", "maturity", "plan") == [
        (334, False, "low", "basic"),
        (334, False, "high", "2"),
        (29, True, "high", None),
    ]
    assert len(company.problems) == 0


def test_a_table_can_come_from_a_query(tmp_path):
    path = write_company(
        tmp_path, "id,first,weeks\n7,2024-01-01,4\n8,2024-02-01,\n",
        on_customers={"file": None, "sql": "customers.sql", "files": {"raw": "customers.csv"}},
    )  # fmt: skip
    path.write_text(path.read_text().replace("  file: null\n", ""))
    query = """
    -- every column of a CSV is text
    select id as customer_id, cast(first as date) as started_on,
        cast(first as date) + 7 * cast(weeks as integer) as ended_on
    from raw; """
    (tmp_path / "customers.sql").write_text(query)
    assert lives(load_company(path), "customer_id", "exit_day", "churned") == [
        ("7", 28, True),
        ("8", 334, False),
    ]
    (tmp_path / "customers.sql").write_text("select nonsense from raw")
    with pytest.raises(CompanyError, match=r"customers\.sql: the query fails: .*nonsense"):
        load_company(path)
    (tmp_path / "customers.sql").write_text("select 1 as customer_id; drop table raw")
    with pytest.raises(CompanyError, match="the query fails"):
        load_company(path)


def test_files_are_searched_in_the_folders_named(tmp_path, monkeypatch):
    (tmp_path / "far").mkdir()
    path = write_company(
        tmp_path, "customer_id,started_on,ended_on\na,2024-01-01,\n",
        data_folders=[".", "$CSRESEARCH_TEST_DATA"],
    )  # fmt: skip
    (tmp_path / "customers.csv").rename(tmp_path / "far" / "customers.csv")
    monkeypatch.setenv("CSRESEARCH_TEST_DATA", str(tmp_path / "far"))
    assert load_company(tmp_path).data_summary.customers == 1
    assert load_company(path).name == "Acme"


def test_durations_for_lifelines():
    company = Company.from_frames(CUSTOMERS, RESULTS, observed_until=UNTIL, **SETTINGS)
    frame = company.durations(["maturity", "plan"])
    assert list(frame.columns) == [
        "customer_id", "durations", "event_observed", "entry", "maturity", "plan",
    ]  # fmt: skip
    assert frame["durations"].tolist() == [152, 334, 19, 565]
    assert frame["event_observed"].tolist() == [True, False, True, False]
    assert frame.attrs["customers"] == 4
    with pytest.raises(CompanyError, match="no column 'plann'; did you mean 'plan'"):
        company.durations(["plann"])


def test_episodes_split_at_the_result():
    company = frames(
        {
            "customer_id": list("abcde"),
            "started_on": ["2024-01-01"] * 5,
            "ended_on": ["2024-01-31", "2024-01-31", "2024-01-31", None, "2024-01-31"],
            "observed_from": [None, None, None, "2024-01-21", None],
        },
        {
            "customer_id": list("abde"),
            "reached_on": ["2024-01-11", "2024-01-31", "2024-01-11", "2024-01-01"],
        },
    )
    rows = company.episodes()
    assert rows[["customer_id", "start", "stop", "event", "state"]].to_numpy().tolist() == [
        ["a", 0, 10, False, "without"],
        ["a", 10, 30, True, "with"],
        ["b", 0, 30, True, "without"],  # a result on the day of leaving never counts
        ["c", 0, 30, True, "without"],
        ["d", 20, 365, False, "with"],  # reached before it was observed
        ["e", 0, 30, True, "with"],  # on the first day
    ]
    lagged = company.episodes(lag=5)
    assert lagged.query("customer_id == 'a'")[["start", "stop"]].to_numpy().tolist() == [
        [0, 15],
        [15, 30],
    ]
    assert (lagged["stop"] > lagged["start"]).all()


def test_frames_above_the_limit_are_a_fixed_sample_that_says_so():
    ids = [f"c{i:03}" for i in range(200)]
    company = frames({"customer_id": ids, "started_on": "2024-01-01", "ended_on": None})
    with pytest.warns(SampledRows, match="50 of 200 customers"):
        sample = company.durations(limit=50)
    assert len(sample) == 50
    assert sample.attrs["customers"] == 200
    shuffled = frames({"customer_id": ids[::-1], "started_on": "2024-01-01", "ended_on": None})
    with pytest.warns(SampledRows):
        assert shuffled.durations(limit=50)["customer_id"].equals(sample["customer_id"])


def test_settings_that_are_wrong_are_refused_for_frames_too():
    with pytest.raises(CompanyError, match="'observed_until' is missing"):
        Company.from_frames(CUSTOMERS)
    with pytest.raises(CompanyError, match="customers frame: column 'customer_id' is missing"):
        frames({"started_on": ["2024-01-01"], "ended_on": [None]})
    mixed = pd.DataFrame({"customer_id": [1, "a"], "started_on": UNTIL, "ended_on": [None, [1]]})
    with pytest.raises(CompanyError, match="customers frame: can't be read"):
        Company.from_frames(mixed, observed_until=UNTIL)


@pytest.mark.parametrize("counted", [1_000, 200_000])
@pytest.mark.parametrize("kind", ["close integers", "far integers", "texts"])
def test_duplicates_are_found_whatever_the_ids(kind, counted, monkeypatch):
    monkeypatch.setattr(distinct, "COUNTED", counted)
    rng = np.random.default_rng(3)
    ids = {
        "close integers": rng.permutation(5_000),
        "far integers": rng.permutation(5_000) * 10**15,
        "texts": np.array([f"id {i}" for i in rng.permutation(5_000)]),
    }[kind]
    table = pd.DataFrame({"customer_id": ids, "started_on": "2024-01-01", "ended_on": None})
    company = Company.from_frames(table, observed_until=UNTIL)
    assert distinct.all_distinct(company.customers.customer_id)
    twice = pd.concat([table, table.tail(3)], ignore_index=True)
    company = Company.from_frames(twice, observed_until=UNTIL)
    assert found(company)["customer_id", "duplicate customer id"][0] == 6
    assert adds_up(company)
