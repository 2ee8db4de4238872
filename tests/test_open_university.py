"""Real data: the cohort, and agreement with R on every ratio named for it."""

import json
import math

import ibis
import pytest
from needs import ROOT, needs

from csresearch import claims
from csresearch.claims import key_behaviors
from csresearch.claims.behaviors_steps import Adoption, kinds_of
from csresearch.claims.behaviors_study import Study
from csresearch.company import load_company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.history import read_history
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood

pytestmark = needs("open-university")

SQL_FOLDER = ROOT / "data" / "open-university"
R = json.loads((ROOT / "tests" / "oracles" / "open_university.json").read_text())
STRATA = {
    "unadjusted": (),
    "by_maturity": ("maturity",),
    "by_presentation": ("presentation",),
    "by_both": ("maturity", "presentation"),
}
# Numbers published with the cohort (churn rate without ÷ with results); rounded there, so 2 %.
PUBLISHED = {
    "ever_at_any_time": 6.7,
    "ever_before_exit": 7.6,
    "lag_0_unadjusted": 2.79,
    "lag_0_by_maturity": 2.72,
    "lag_0_by_presentation": 3.34,
    "lag_0_by_both": 3.21,
    "lag_7_unadjusted": 2.38,
    "lag_14_unadjusted": 2.15,
    "lag_28_unadjusted": 1.89,
    "lag_7_by_presentation": 2.90,
    "lag_14_by_presentation": 2.49,
    "lag_28_by_presentation": 2.26,
    "landmark_28": 1 / 0.69,
    "landmark_60": 1 / 0.52,
    "landmark_90": 1 / 0.53,
}


@pytest.fixture(scope="module")
def company():
    return load_company(SQL_FOLDER)


@pytest.fixture(scope="module")
def history(company):
    lives = company.lifetimes()
    return read_history(lives.mutate(change_day=lives.result_day), ["maturity", "presentation"])


@pytest.fixture(scope="module")
def had_result_at_all(company):
    """As a plain comparison sees it: a result counts from the start, whenever it came."""
    lives = company.lifetimes()
    day = lives.had_result.ifelse(0.0, ibis.null("float64"))
    return read_history(lives.mutate(change_day=day))


def log_hazard_ratio(table, strata=()):
    """Log of the churn rate with ÷ without results, and its standard error."""
    sets = risk_sets(table, "state", strata)
    fit = cox_partial_likelihood(sets, [[float(level == "with")] for level in sets.levels])
    return float(fit.coef[0]), float(fit.std_error[0])


def estimate(key, history, had_result_at_all):
    kind, _, rest = key.partition("_")
    if key == "ever_at_any_time":
        return log_hazard_ratio(had_result_at_all.event_table())
    if key == "ever_before_exit":
        return log_hazard_ratio(history.ever_table())
    if kind == "landmark":
        return log_hazard_ratio(history.landmark_table(float(rest)))
    lag, _, strata = rest.partition("_")
    return log_hazard_ratio(history.event_table(lag_days=float(lag)), STRATA[strata])


def test_the_cohort(company, history):
    assert history.n_customers == R["n_customers"] == 29_411
    assert history.n_events == R["n_events"] == 6_974
    rows = company.row_counts.set_index("table")
    assert rows.loc["customers", "set_aside"] == 0
    assert len(set(history.frame["presentation"])) == 22


def test_results_after_the_end_are_set_aside_and_those_before_the_start_told(company):
    found = company.problems.groupby(["column", "effect"])["rows"].sum()
    assert found.to_dict() == {
        ("reached_on", "row set aside"): 466,
        ("reached_on", "told"): 129,
        ("done_on", "row set aside"): 251,
        ("done_on", "told"): 147,
    }


def test_days_lived_and_churn_by_state(history):
    table = history.event_table(by=())
    for state in ("without", "with"):
        assert table.where(state=state).exposure == R["person_days"][state]
        assert table.where(state=state).n_events == R["events"][state]


def test_low_maturity_holds_41_percent_of_students_and_47_percent_of_withdrawals(history):
    churn = history.event_table(by=["maturity"]).counts.groupby("maturity")["observed"].sum()
    starts = history.frame.groupby("maturity", observed=True)["n"].sum()
    assert churn["low"] / churn.sum() == pytest.approx(R["share_of_churn_low"], rel=1e-12)
    assert starts["low"] / starts.sum() == pytest.approx(R["share_of_customers_low"], rel=1e-12)
    assert round(R["share_of_churn_low"], 2) == 0.47
    assert round(R["share_of_customers_low"], 2) == 0.41


@pytest.mark.parametrize("key", R["cox"])
def test_ratios_equal_those_of_r(key, history, had_result_at_all):
    """1e-8: R stops its own Newton steps at 4e-10 of the coefficient."""
    coef, std_error = estimate(key, history, had_result_at_all)
    assert coef == pytest.approx(R["cox"][key]["coef"], rel=1e-8)
    assert std_error == pytest.approx(R["cox"][key]["std_error"], rel=1e-8)


@pytest.mark.parametrize("key", PUBLISHED)
def test_ratios_are_the_published_ones(key, history, had_result_at_all):
    coef, _ = estimate(key, history, had_result_at_all)
    assert math.exp(-coef) == pytest.approx(PUBLISHED[key], rel=0.02)


def test_the_interval_of_the_fair_ratio_is_the_published_one(history):
    coef, std_error = log_hazard_ratio(history.event_table(), STRATA["by_both"])
    low, high = (math.exp(-coef + z * std_error) for z in (-1.959964, 1.959964))
    assert (round(low, 2), round(high, 2)) == (3.01, 3.41)


# what else can be run on it


def test_behaviours_are_hand_ins_by_day_30_and_clicks_are_usage(company):
    done = company.behaviors.group_by("behavior").agg(
        rows=lambda t: t.count(),
        last=lambda t: t.behavior_day.max(),
        most=lambda t: t.quantity.max(),
    )
    found = done.to_pandas().set_index("behavior")
    assert set(found.index) == {
        "tutor-marked assessment by day 30",
        "computer-marked assessment by day 30",
        "usage",
    }
    assert found["last"].max() == 30 and found.loc["usage", "last"] == 0
    assert found.loc["usage", "most"] > 1000
    assert found["rows"].sum() == company.row_counts.set_index("table").loc["behaviors", "used"]


def test_handing_in_cannot_be_told_from_passing(company):
    adoption = Adoption(company, kinds_of(company), (), 7 * DAYS_PER_MONTH)
    judged = Study(adoption, key_behaviors.BAR).judgement
    assert judged.verdict == "not identifiable"
    assert "77 % of first results are dated on the very day" in judged.rule


def test_the_ratio_by_module(company):
    finding = claims.get("same-drivers").estimate(company)
    by_module = {
        e.name.removeprefix("lifetime ratio, module "): e
        for e in finding.estimates
        if e.name.startswith("lifetime ratio, module ")
    }
    assert list(by_module) == ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG"]
    assert all(e.ci_low > 1.25 for e in by_module.values())
    row = finding.part("every_column").table.set_index("label").loc["module"]
    assert row["verdict"] == "reproduced" and row["ci_low"] > 2
    assert "customers of one parent" in finding.part("fair").text


MISSING = {
    "satisfaction-retention": ("surveys.score",),
    "results-satisfaction": ("surveys.score",),
    "bad-fit": ("customers.expected_result",),
    "effort-by-maturity": ("efforts",),
    "kickoff-judgement": ("customers.kickoff_judgement",),
    "standard-process": ("customers.process",),
    "which-wins": ("surveys.score",),
    "challenge": ("efforts.kind", "surveys.score"),
}


@pytest.mark.parametrize("claim", claims.all(), ids=lambda claim: claim.id)
def test_the_other_claims_say_what_is_missing(claim, company):
    assert claim.missing(company) == MISSING.get(claim.id, ())
