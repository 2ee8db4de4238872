"""The second road: lifelines and statsmodels agree with the kit, and say when there is nothing."""

from functools import cache

import pandas as pd
import pytest
from needs import ROOT

from csresearch import claims
from csresearch.claims.answers import answer_rows
from csresearch.company import load_company
from csresearch.findings import Estimate
from csresearch.second_road import (
    agreement,
    chance_by,
    cox_ratio,
    poisson_ratio,
    time_varying_ratio,
)

STRATA = ["maturity", "plan"]


@cache
def company(name):
    return load_company(ROOT / "data" / name)


@cache
def primary(name):
    return claims.get("results-retention").estimate(company(name), strata=("maturity",)).primary


def test_lifelines_agrees_on_time_dependent_results():
    episodes = company("smallco").episodes(["maturity"])
    road = time_varying_ratio(episodes)
    kit = claims.get("results-retention").estimate(company("smallco"), strata=()).primary
    # both Efron; a result and an exit on one day are the only ties
    assert road.value == pytest.approx(kit.value, rel=1e-4)
    assert road.std_error == pytest.approx(kit.std_error, rel=1e-3)


@pytest.mark.parametrize("name", ["steadfast", "mirage"])
def test_poisson_regression_agrees_on_counts(name):
    road = poisson_ratio(company(name).event_table(["maturity", "state"]), ["maturity"])
    kit = primary(name)
    # steps of tenure for its every day; at steadfast renewals gather churn within a step
    assert road.value == pytest.approx(kit.value, rel=0.06)
    assert kit.ci_low < road.value < kit.ci_high


def test_poisson_regression_on_one_span_by_hand():
    # 2 left in 40 days without a result, 1 in 80 with one: 4 times the rate, error √(1/2 + 1)
    columns = ["state", "day", "entrance", "observed", "censored", "moved"]
    rows = [("without", 0.0, 4, 0, 0, 0), ("without", 10.0, 0, 2, 2, 0)]
    rows += [("with", 0.0, 8, 0, 0, 0), ("with", 10.0, 0, 1, 7, 0)]
    road = poisson_ratio(pd.DataFrame(rows, columns=columns))
    assert road.value == pytest.approx(4, rel=1e-10)
    assert road.std_error == pytest.approx(1.5**0.5, rel=1e-8)
    turned = poisson_ratio(pd.DataFrame(rows, columns=columns), above="with")
    assert turned.value == pytest.approx(1 / 4, rel=1e-10)


@pytest.mark.parametrize("name", ["steadfast", "mirage"])
def test_cox_on_rows_agrees_on_scores(name):
    found = claims.get("satisfaction-retention").estimate(company(name))
    kit = found.named("churn-rate ratio per SD of the score")
    road = cox_ratio(answer_rows(company(name)), "z", ["months_at_survey", "instrument"])
    assert road.value == pytest.approx(kit.value, rel=1e-6)
    assert road.std_error == pytest.approx(kit.std_error, rel=1e-5)


NO_ONE_LEFT = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b"],
        "start": [0.0, 5, 0],
        "stop": [5.0, 9, 9],
        "event": [False, False, False],
        "state": ["without", "with", "without"],
    }
)


def test_nothing_to_fit_gives_no_value():
    assert time_varying_ratio(NO_ONE_LEFT).value is None
    one_state = NO_ONE_LEFT.assign(state="without", event=[False, True, True])
    assert time_varying_ratio(one_state).value is None
    assert time_varying_ratio(NO_ONE_LEFT.head(0)).value is None
    durations = pd.DataFrame({"durations": [3.0, 4], "event_observed": [True, True], "z": [1.0, 1]})
    assert cox_ratio(durations, "z").value is None
    columns = ["state", "day", "entrance", "observed", "censored", "moved"]
    counts = pd.DataFrame([("with", 0.0, 2, 0, 0, 0), ("with", 5.0, 0, 2, 0, 0)], columns=columns)
    assert poisson_ratio(counts).value is None


def test_where_lifelines_finds_no_maximum_there_is_no_value():
    rows = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 3, 4],
            "start": [0.0, 5, 0, 0, 0],
            "stop": [5.0, 9, 3, 9, 9],
            "event": [False, False, True, False, False],
            "state": ["without", "with", "without", "with", "with"],
        }
    )
    durations = pd.DataFrame(
        {"durations": [3.0, 9, 9], "event_observed": [True, False, False], "z": [1.0, 0, 0]}
    )
    assert time_varying_ratio(rows).value is None
    assert cox_ratio(durations, "z").value is None


def test_where_all_who_are_there_leave_before_others_come_there_is_no_curve():
    rows = pd.DataFrame(
        {
            "durations": [5.0, 9, 40, 50],
            "event_observed": [True, True, True, False],
            "entry": [0.0, 0, 20, 20],
        }
    )
    assert chance_by(rows, 45.0).value is None


def test_late_entry_is_taken_by_cox():
    rows = pd.DataFrame(
        {
            "durations": [5.0, 6, 7, 8, 9, 10],
            "event_observed": [True] * 6,
            "z": [1.0, 0, 1, 0, 1, 0],
            "entry": [0.0, 0, 4, 5.5, 0, 6],
        }
    )
    late, early = cox_ratio(rows, "z", entry=True), cox_ratio(rows, "z")
    assert late.value != early.value
    assert late.ci_low < late.value < late.ci_high


def road(value, low=None, high=None):
    return Estimate("another", value, low, high)


def test_agreement_in_words():
    kit = Estimate("kit", 2.0, 1.5, 2.6)
    near = agreement(kit, road(2.04), road(1.98))
    assert near.text == "They agree: at most 2.0 % apart, 2.0 here."
    assert near.table["road"].tolist() == ["the kit, from counts", "another", "another"]
    assert agreement(kit, road(3.0)).text.startswith("They do not agree; trust neither")
    far = agreement(kit, road(2.5)).text  # inside, but nobody would call it agreeing
    assert far == "They are at most 25.0 % apart, 2.0 here: no more than the wide interval allows."
    assert "finds nothing on this data" in agreement(kit, road(None)).text
    for nothing in (None, Estimate("kit", None)):
        assert agreement(nothing, road(2.0)).text == "No estimate to compare: see the verdict."


def test_no_counts_are_nothing_to_fit():
    counts = company("smallco").event_table(["maturity", "state"])
    assert poisson_ratio(counts.iloc[:0].astype(object), ["maturity"]).value is None
