"""What can be answered on what evidence, and what to collect next."""

import pandas as pd
import pytest
from company_files import load

from csresearch import claims, data_report
from csresearch.claims.grades import foreseen_grade
from csresearch.data_report.collect import Supposing

DATES = "customer_id,started_on,ended_on\na,2024-01-01,\nb,2024-01-05,2024-08-01\nc,2024-02-01,\n"
RESULTS = "customer_id,reached_on\na,2024-03-01\n"
MATURITY = (
    "customer_id,started_on,ended_on,maturity\na,2024-01-01,,low\nb,2024-01-05,2024-08-01,high\n"
)


def answerable(company):
    return claims.answerable(company).table.set_index("claim")


def collected(company):
    return data_report.to_collect(company).table.set_index("collect")


def test_dates_alone_answer_nothing_and_each_need_is_named(tmp_path):
    company = load(tmp_path, DATES)
    table = answerable(company)
    assert (table.loc[["C1", "C2", "C3"], "best grade"] == "none").all()
    gained = collected(company)
    assert "C1" in gained.loc["results", "what for"]
    assert "C2" in gained.loc["surveys.score", "what for"]
    maturity = gained.loc["customers.maturity and customers.maturity_on"]
    assert "C3" in maturity["what for"]
    assert maturity["what it is"].startswith("How prepared the customer was")


def test_the_most_useful_comes_first(tmp_path):
    gained = data_report.collect.gains(load(tmp_path, DATES))
    assert [gain.rank for gain in gained] == sorted(gain.rank for gain in gained)


def test_maturity_with_its_date_raises_the_evidence_on_results(tmp_path):
    company = load(tmp_path, DATES, RESULTS)
    assert answerable(company).loc["C1", "best grade"] == "B"
    assert "no maturity recorded" in answerable(company).loc["C1", "missing, or what lowers it"]
    gained = collected(company).loc["customers.maturity and customers.maturity_on"]
    assert "C1" in gained["what for"]


def test_the_date_of_maturity_alone_where_maturity_is_there(tmp_path):
    company = load(tmp_path, MATURITY, RESULTS)
    gained = collected(company)
    assert "better evidence for C1, C3" in gained.loc["customers.maturity_on", "what for"]


def test_results_without_dates_are_the_lowest_grade(tmp_path):
    company = load(tmp_path, DATES, "customer_id\na\n")
    assert answerable(company).loc["C1", "best grade"] == "D"
    gained = collected(company)
    assert "C1" in gained.loc["results.reached_on", "what for"]


def test_few_answers_and_little_maturity_are_foreseen(tmp_path):
    customers = DATES.replace("_on\n", "_on,maturity,maturity_on\n", 1)
    customers = customers.replace("01,\n", "01,,,\n").replace("08-01\n", "08-01,low,2024-01-05\n")
    surveys = "customer_id,surveyed_on,score\na,2024-03-01,7\nb,2024-09-01,3\nc,2024-03-01,\n"
    table = answerable(load(tmp_path, customers, surveys=surveys))
    # only a answered while at risk; only b has a maturity
    assert "67 % of customers never answered" in table.loc["C2", "missing, or what lowers it"]
    assert "67 % of customers have no maturity" in table.loc["C3", "missing, or what lowers it"]


def test_the_foreseen_grade_is_never_below_the_one_after_estimating(tmp_path):
    company = load(tmp_path, MATURITY, RESULTS)
    claim = claims.get("results-retention")
    letter, reasons = foreseen_grade(claim, company)
    found = claim.estimate(company)
    assert letter <= found.evidence_grade
    assert set(reasons) <= set(found.evidence_reasons)


def test_a_snapshot_asks_for_its_churn_window_first(tmp_path):
    company = load(
        tmp_path, "customer_id,tenure_days,churned,maturity\na,10,yes,low\nb,9,no,high\n"
    )
    assert (answerable(company)["best grade"] == "none").all()
    table = data_report.to_collect(company).table
    window = table.set_index("collect").loc["customers.churn_window"]
    assert "C3" in window["what for"] and "company.yml" in window["what it is"]


def test_what_is_supposed_reaches_what_follows_from_it(tmp_path):
    company = load(tmp_path, DATES, "customer_id\na\n")
    assert company.results_known == "undated"
    supposed = Supposing(company, ["results.reached_on"])
    assert supposed.results_known == "dated" and supposed.has("results")
    assert supposed.name == "Acme" and supposed.asked[-1] == "results"
    with pytest.raises(KeyError):
        supposed.has("customers.nonsense")


def test_a_company_with_everything_has_nothing_to_collect(root):
    from csresearch import load_company

    part = data_report.to_collect(load_company(root / "data/smallco/company.yml"))
    rows = part.table if part.table is not None else pd.DataFrame()
    for number in ("C1", "C2", "C3"):
        assert not rows.astype(str).apply(lambda c, n=number: c.str.contains(n)).any().any()
