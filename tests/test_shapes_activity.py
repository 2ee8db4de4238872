"""Churn inferred from inactivity, maturity scored on several dates, results read from metrics."""

import pandas as pd
import pytest
from company_files import adds_up, found, load, write_company

from csresearch import claims, data_report
from csresearch.claims.shape_reasons import leans_on_results, with_shape_reasons
from csresearch.company import Company, load_company
from csresearch.company.checks import NOT_USED, SET_ASIDE, TOLD
from csresearch.errors import CompanyError
from csresearch.findings import Finding

STARTED = "customer_id,started_on\na,2024-01-01\nb,2024-01-01\nc,2024-01-01\nd,2024-12-01\n"
DONE = (
    "customer_id,done_on,behavior\n"
    "a,2024-01-10,usage\na,2024-04-09,usage\na,2024-07-09,usage\na,2024-12-01,note\n"
    "b,2024-03-01,usage\nb,2024-05-30,usage\nb,2024-08-28,usage\nb,2024-11-26,usage\n"
    "d,2024-12-05,usage\n"
)
USAGE = {"churn_after_inactive_days": 90, "activity": {"kinds": ["usage"]}}


def lives(company, *columns):
    table = company.customers.order_by("customer_id").select("customer_id", *columns).to_pandas()
    table = table.astype(object).where(table.notna(), "")
    return [tuple(str(cell)[:10] for cell in row) for row in table.itertuples(index=False)]


# --- churn inferred from inactivity


def test_who_did_nothing_for_so_long_left_with_the_last_activity(tmp_path):
    company = load(tmp_path, STARTED, behaviors=DONE, **USAGE)
    # everybody is observed until 90 days before 2024-12-31: 2024-10-02, day 275 of 2024
    assert lives(company, "ended_on", "exit_day", "churned") == [
        ("a", "2024-04-09", "99.0", "True"),  # 90 days after 01-10 is in time; 91 after 04-09 not
        ("b", "", "275.0", "False"),  # always within 90 days
        ("c", "2024-01-01", "0.5", "True"),  # never did anything
    ]
    assert found(company) == {
        ("started_on", "started less than churn_after_inactive_days before observed_until"): (
            1, "2024-12-01", SET_ASIDE,
        ),
        ("customer_id", "never active after the start"): (1, "c", TOLD),
        ("customer_id", "active again after churn_after_inactive_days without activity"): (
            1, "a", TOLD,
        ),
    }  # fmt: skip
    behaviors = found(company, "behaviors")
    assert behaviors["done_on", "after the customer's end"][0] == 2
    assert behaviors["done_on", "after the customer was last observed"][0] == 1
    assert adds_up(company)


def test_the_number_of_days_is_shown_beside_others(tmp_path):
    company = load(tmp_path, STARTED, behaviors=DONE, **{**USAGE, "churn_after_inactive_days": 91})
    tried = company.shape_tables["inactivity"].set_index("inactive_days")
    assert tried.index.tolist() == [60, 90, 91, 120, 180]
    assert tried.loc[90, ["customers", "churned", "returned"]].tolist() == [3, 2, 1]
    # with 91 days a goes on to 2024-07-09; with 180 days, no one can be told from 07-04 on
    assert tried.loc[91, ["customers", "churned", "returned"]].tolist() == [3, 2, 0]
    assert tried.loc[180, ["customers", "churned"]].tolist() == [3, 1]
    # 90 days: a lives 99 days, b 275, c none
    assert tried.loc[90, "churn_per_100_months"] == pytest.approx(100 * 2 / (99 + 275) * 30.4375)
    assert lives(company, "ended_on")[0] == ("a", "2024-07-09")
    shown = data_report.inferred_churn(company)
    assert shown.table["inactive_days"].tolist() == [60, 90, 91, 120, 180]
    assert "nothing followed for 91 days" in shown.text
    assert data_report.ruled_results(company).table is None


def test_the_day_last_seen_is_enough(tmp_path):
    text = (
        "customer_id,started_on,last_seen_on\na,2024-01-01,2024-03-01\nb,2024-01-01,2024-12-30\n"
        "c,2024-01-01,\nd,2024-01-01,2025-06-01\ne,2024-01-01,2024-10-02\n"
    )
    company = load(
        tmp_path, text, churn_after_inactive_days=90,
        activity={"table": "customers", "includes_results": "no"},
    )  # fmt: skip
    assert lives(company, "exit_day", "churned") == [
        ("a", "60.0", "True"), ("b", "275.0", "False"), ("c", "0.5", "True"),
        ("d", "275.0", "False"), ("e", "275.0", "True"),  # exactly 90 days ago
    ]  # fmt: skip
    future = "in the future (after observed_until)"
    assert found(company)["last_seen_on", future] == (1, "2025-06-01", NOT_USED)
    assert adds_up(company)


@pytest.mark.parametrize(
    ("customers", "settings", "message"),
    [
        (STARTED, {"churn_after_inactive_days": 90}, "needs the behaviors table, or activity"),
        (STARTED, {"churn_after_inactive_days": 90, "activity": {"table": "customers"}},
         "includes_results: yes or no"),
        (STARTED, {"churn_after_inactive_days": 90,
                   "activity": {"table": "customers", "includes_results": "no"}},
         "needs last_seen_on"),
        ("customer_id,started_on,ended_on\na,2024-01-01,\n",
         {"churn_after_inactive_days": 90,
          "activity": {"table": "customers", "includes_results": "no"}},
         "holds ended_on, so leaving is known"),
        (STARTED, {"activity": {"kinds": ["x"]}}, "which is missing"),
    ],
)  # fmt: skip
def test_inactivity_that_cannot_be_read_is_refused(tmp_path, customers, settings, message):
    path = write_company(tmp_path, customers, **settings)
    with pytest.raises(CompanyError, match=message):
        load_company(path)


RESULTS = "customer_id,reached_on,result\na,2024-02-01,report sent\nb,2024-06-01,money saved\n"


@pytest.mark.parametrize(
    ("activity", "behaviors", "tested"),
    [
        ({"kinds": ["usage"]}, DONE, True),
        ({}, DONE + "a,2024-02-01,report sent\n", False),  # a kind of result counts as activity
        ({"kinds": ["usage"]}, DONE + "a,2024-02-01,report sent\n", True),  # here it does not
        ({"kinds": ["usage"], "includes_results": "yes"}, DONE, False),
    ],
)
def test_results_that_are_activity_cannot_be_tested_against_it(
    tmp_path, activity, behaviors, tested
):
    company = load(
        tmp_path, STARTED, RESULTS, behaviors=behaviors, churn_after_inactive_days=90,
        activity=activity,
    )  # fmt: skip
    finding = claims.get("results-retention").estimate(company)
    assert company.results_are_activity != tested
    assert (finding.verdict != "not identifiable") == tested
    if not tested:
        assert "a result is itself activity" in finding.rule


def test_inferred_leaving_lowers_the_grade_and_says_by_how_much_it_matters(tmp_path):
    company = load(tmp_path, STARTED, RESULTS, behaviors=DONE, **USAGE)
    finding = claims.get("results-retention").estimate(company)
    assert finding.evidence_grade > "B"
    (reason,) = [r for r in finding.evidence_reasons if "inferred" in r]
    assert "90 days without activity: with 60, 90, 120, 180 days" in reason
    assert reason[1:] in finding.parts["limits"].text
    plain = Finding(claim="x", title="x", verdict="inconclusive", rule="x", evidence_grade="A")
    assert with_shape_reasons(plain, company, on_results=False).evidence_grade == "B"
    assert leans_on_results((("results", "customers.had_result"),))
    assert not leans_on_results((("surveys.score",), ("customers.maturity",)))


# --- maturity scored on several dates


def test_the_last_score_by_day_30_counts_and_the_others_are_told(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on\n" + "".join(f"{c},2024-01-01,\n" for c in "abcd")
        + "e,2024-01-01,2024-01-10\n",
        maturity_scores="customer_id,scored_on,maturity\n"
        "a,2023-12-20,2\na,2024-01-31,9\na,2024-02-01,1\n"  # day 30 counts, day 31 does not
        "b,2024-03-01,5\nc,2024-01-05,3\nc,2024-01-05,7\nd,2024-01-05,\nd,2024-01-04,4\n"
        "e,2024-01-05,8\ne,2024-01-12,1\nf,2024-01-01,1\nd,when,1\n",
        maturity={"order": ["low", "high"], "cuts": [5]},
    )  # fmt: skip
    assert lives(company, "maturity") == [
        ("a", "high"), ("b", ""), ("c", ""), ("d", "low"), ("e", "high"),
    ]  # fmt: skip
    assert found(company, "maturity_scores") == {
        ("scored_on", "before the customer's start"): (1, "2023-12-20", TOLD),
        ("scored_on", "a later score by day 30 counts"): (1, "2023-12-20", NOT_USED),
        ("scored_on", "maturity scored after day 30"): (2, "2024-02-01", NOT_USED),
        ("scored_on", "after the customer's end"): (1, "2024-01-12", SET_ASIDE),
        ("scored_on", "not a date"): (1, "when", SET_ASIDE),
        ("maturity", "two different scores on the day that counts"): (2, "3", NOT_USED),
        ("maturity", "no score"): (1, "", NOT_USED),
        ("customer_id", "unknown customer"): (1, "f", SET_ASIDE),
    }
    assert adds_up(company)
    assert company.has("maturity") and company.has("maturity_on")


def test_maturity_stands_in_one_place(tmp_path):
    with pytest.raises(CompanyError, match=r"customers\.csv holds maturity .* and so does"):
        load(
            tmp_path, "customer_id,started_on,ended_on,maturity\na,2024-01-01,,low\n",
            maturity_scores="customer_id,scored_on,maturity\na,2024-01-01,low\n",
        )  # fmt: skip


# --- results defined by a rule on a metric

CUSTOMERS = "customer_id,started_on,ended_on\n" + "".join(f"{c},2024-01-01,\n" for c in "abcde")
METRICS = (
    "customer_id,measured_on,metric,value\n"
    "a,2024-01-11,revenue,10\na,2024-01-31,revenue,14\n"  # day 10 and 30: the baseline is 12
    "a,2024-02-01,revenue,14.3\na,2024-03-01,revenue,14.4\na,2024-04-01,revenue,20\n"
    "b,2024-01-11,revenue,10\nb,2024-01-20,revenue,30\nb,2024-06-01,revenue,23\n"
    "c,2024-03-01,revenue,10\nc,2024-04-01,revenue,100\n"  # nothing in the first 30 days
    "d,2024-01-05,revenue,0\nd,2024-04-01,revenue,100\n"  # no share of nothing
    "e,2024-01-05,errors,8\ne,2024-02-05,errors,4\ne,2024-03-05,errors,6\n"
    "e,2024-04-05,errors,4\ne,2024-05-05,errors,3\ne,2024-05-05,errors,5\ne,2024-01-06,other,3\n"
)
GROWN = {"metric": "revenue", "result": "revenue grown", "change": 0.2, "direction": "up"}
CUT = {"metric": "errors", "change": 4, "relative": "no", "direction": "down", "sustained": 2}


def test_results_are_read_from_metrics_by_rule(tmp_path):
    company = load(
        tmp_path, CUSTOMERS, "customer_id,reached_on,result\nb,2024-05-01,listed\n",
        metrics=METRICS, result_rules=[GROWN, CUT],
    )  # fmt: skip
    results = company.results.order_by("customer_id").to_pandas()
    rows = [tuple(row) for row in results.fillna(-1).itertuples(index=False)]
    assert rows == [
        ("a", 60.0, "revenue grown", pytest.approx(2.4)),  # 12 × 1.2 = 14.4 on 2024-03-01
        ("b", 121.0, "listed", -1),
        ("e", 125.0, "errors", -4.0),  # 4 on 04-05 and 4 (of 3 and 5) on 05-05
    ]
    assert company.results_known == "dated"
    summary = company.shape_tables["result_rules"]
    assert summary.to_numpy().tolist() == [
        ["revenue grown", "revenue", 4, 2, 1, 0],  # b's 23 is over 20 + 20 % no; 16 or less no
        ["errors", "errors", 1, 0, 1, 0],
    ]
    no_base = "no baseline above 0 for 'revenue grown' (no value by day 30)"
    assert data_report.ruled_results(company).table.equals(summary)
    assert "Nothing is inferred" in data_report.inferred_churn(company).text
    told = found(company, "metrics")
    assert told["customer_id", no_base] == (4, "c", TOLD)
    assert told["metric", "no rule is about this metric"] == (1, "other", NOT_USED)
    assert company.row_counts.set_index("table").loc["metrics", "used"] == 19
    claim = claims.get("results-retention").estimate(company)
    assert any("regression to the mean" in reason for reason in claim.evidence_reasons)


@pytest.mark.parametrize(
    ("changed", "day"),
    [
        ({}, 60.0),
        ({"baseline": "median"}, 60.0),
        ({"at_least": 3}, None),  # two values only
        ({"baseline_days": 10}, 30.0),  # 14 is over 10 + 20 %, and outside the baseline now
        ({"change": 2.4, "relative": False}, 60.0),
        ({"sustained": 2}, 91.0),  # dated when it is known to last
        ({"direction": "down"}, None),
    ],
)
def test_the_choices_of_a_rule(changed, day):
    rows = pd.DataFrame(
        [line.split(",") for line in METRICS.splitlines()[1:6]],
        columns=["customer_id", "measured_on", "metric", "value"],
    ).astype({"value": float})
    customers = pd.DataFrame(
        {"customer_id": ["a"], "started_on": ["2024-01-01"], "ended_on": [None]}
    )
    company = Company.from_frames(
        customers, metrics=rows.sample(frac=1, random_state=1),
        observed_until="2024-12-31", result_rules=[{**GROWN, **changed}],
    )  # fmt: skip
    days = company.results.to_pandas()["result_day"].tolist()
    assert days == ([] if day is None else [day])


def test_a_rule_about_no_metric_is_refused(tmp_path):
    with pytest.raises(CompanyError, match=r"no metric 'revenu'; did you mean 'revenue'"):
        load(tmp_path, CUSTOMERS, metrics=METRICS, result_rules=[{**GROWN, "metric": "revenu"}])
    path = write_company(tmp_path, CUSTOMERS, metrics=METRICS)
    with pytest.raises(CompanyError, match="need each other"):
        load_company(path)
