"""Log-rank, Mantel–Byar and landmark comparisons. Closed formulas: 1e-8 against R."""

from dataclasses import replace

import numpy as np
import pytest
from lifelines.datasets import load_rossi
from lifelines.statistics import multivariate_logrank_test
from scipy import stats
from survival_frames import (
    assert_interval,
    heart_table,
    lung,
    lung_table,
    oracle,
    patients,
    random_episodes,
    sets,
)

from csresearch.events import EventTable
from csresearch.risk_sets import risk_sets
from csresearch.survival.comparisons import log_rank
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.hazard_ratios import hazard_ratio

R = oracle("comparisons")
LANDMARKS = oracle("landmarks")
REL = 1e-8


def assert_test(test, expected):
    np.testing.assert_allclose(test.frame["observed"], expected["obs"], rtol=REL)
    np.testing.assert_allclose(test.frame["expected"], expected["exp"], rtol=REL)
    np.testing.assert_allclose(test.variance, expected["var"], rtol=REL, atol=1e-12)
    assert test.statistic == pytest.approx(expected["chisq"], rel=REL)
    assert test.p_value == pytest.approx(expected["p"], rel=1e-7)
    assert test.df == expected["df"]


def made_risk(seed=2):
    table = EventTable.from_episodes(
        random_episodes(seed), start="start", stop="stop", event="event", by=["stratum", "state"]
    )
    return risk_sets(table, "state", ["stratum"])


def landmark_table(day):
    """In the start–stop file the day of acceptance is day 1, in the oracle's it is day 0."""
    rows = patients()
    rows = rows[rows["stop"] > day + 1]
    group = (rows["transplant_day"] <= day + 1).map({True: "with", False: "without"})
    return heart_table(rows.assign(start=day + 1.0, group=group), ["group"])


# by hand


def test_two_days_by_hand():
    # day 1: 3 and 2 at risk, one of each leaves; day 2: 2 and 1 at risk, the second leaves
    test = log_rank(sets([[3, 2], [2, 1]], [[1, 1], [0, 1]], levels=("a", "b")))
    # expected in b: 2 · 2/5 + 1/3; variance 2 · (2/5)(3/5) · 3/4 + (1/3)(2/3)
    expected, variance = 0.8 + 1 / 3, 0.36 + 2 / 9
    assert test.frame["expected"].tolist() == pytest.approx([3 - expected, expected])
    assert test.statistic == pytest.approx((2 - expected) ** 2 / variance, rel=1e-13)
    assert test.frame["level"].tolist() == ["a", "b"]


# against R


def test_log_rank_lung():
    assert_test(log_rank(risk_sets(lung_table(lung(["sex"])), "sex")), R["lung_sex"])


def test_log_rank_four_groups():
    table = lung_table(lung(["ph.ecog"]), ["ph.ecog"])
    assert_test(log_rank(risk_sets(table, "ph.ecog")), R["lung_ecog"])


def test_log_rank_stratified():
    table = lung_table(lung(["ph.ecog"]), ["ph.ecog", "sex"])
    test = log_rank(risk_sets(table, "sex", ["ph.ecog"]))
    assert_test(test, R["lung_sex_strata_ecog"])


def test_log_rank_rossi():
    table = EventTable.from_episodes(
        load_rossi().assign(start=0), start="start", stop="week", event="arrest", by=["fin"]
    )
    assert_test(log_rank(risk_sets(table, "fin")), R["rossi_fin"])


def test_mantel_byar_heart():
    risk = risk_sets(heart_table(), "transplant")
    test, expected = log_rank(risk), R["heart_mantel_byar"]
    assert test.statistic == pytest.approx(0.175085839672178, rel=REL)
    assert test.p_value == pytest.approx(expected["p"], rel=REL)
    assert test.frame["observed"].tolist() == [expected["O0"], expected["O1"]]
    assert test.frame["expected"].tolist() == pytest.approx([expected["E0"], expected["E1"]])
    assert test.variance[1, 1] == pytest.approx(expected["V"], rel=REL)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_score_tests_differ_only_in_ties(ties):
    risk = risk_sets(heart_table(), "transplant")
    fit = cox_partial_likelihood(risk, np.array([[0.0], [1.0]]), ties=ties)
    assert fit.score_test == pytest.approx(R["heart_cox_score"][ties], rel=REL)


@pytest.mark.parametrize("day", [15, 30, 60, 90, 100])
def test_landmarks_heart(day):
    expected = LANDMARKS[f"L{day}"]
    table = landmark_table(day)
    groups = table.counts.groupby("group")[["entrance", "observed"]].sum().loc[["without", "with"]]
    assert groups["entrance"].tolist() == expected["n_group"]
    assert groups["observed"].tolist() == expected["events"]
    risk = risk_sets(table, "group")
    ratio = hazard_ratio(cox_partial_likelihood(risk, [[1.0], [0.0]]))  # "with" is the first
    assert_interval(ratio, *np.exp([expected["coef"], *expected["ci"]]))
    assert ratio.std_error == pytest.approx(expected["se"], rel=REL)
    assert log_rank(risk).statistic == pytest.approx(expected["chisq"], rel=REL)


def test_lifelines_agrees():
    rows = lung(["ph.ecog"])
    other = multivariate_logrank_test(rows["time"], rows["ph.ecog"], rows["status"])
    test = log_rank(risk_sets(lung_table(rows, ["ph.ecog"]), "ph.ecog"))
    assert test.statistic == pytest.approx(other.test_statistic, rel=1e-10)


# slow reference


@pytest.mark.parametrize("seed", [2, 3])
def test_hypergeometric_day_by_day(seed):
    risk = made_risk(seed)
    gap = variance = 0.0
    for n, d in zip(risk.at_risk, risk.observed, strict=True):
        table = stats.hypergeom(round(n.sum()), round(n[1]), round(d.sum()))
        gap += d[1] - table.mean()
        variance += table.var() if n.sum() > 1 else 0.0
    test = log_rank(risk)
    assert test.statistic == pytest.approx(gap**2 / variance, rel=1e-10)


# invariants


def test_observed_and_expected_add_up():
    test = log_rank(made_risk())
    assert test.frame["observed"].sum() == pytest.approx(test.frame["expected"].sum())
    np.testing.assert_allclose(test.variance.sum(axis=0), 0, atol=1e-12)


def test_labels_and_order_do_not_matter():
    risk = made_risk()
    swapped = replace(risk, at_risk=risk.at_risk[:, ::-1], observed=risk.observed[:, ::-1])
    assert log_rank(swapped).statistic == pytest.approx(log_rank(risk).statistic, rel=1e-12)


# limits


@pytest.mark.parametrize(
    "risk",
    [
        sets(np.zeros((0, 2)), np.zeros((0, 2))),
        sets([[3, 0], [2, 0]], [[1, 0], [1, 0]]),
        sets([[2, 2]], [[2, 2]]),  # everybody leaves at once: nothing is left to chance
    ],
)
def test_nothing_to_compare(risk):
    test = log_rank(risk)
    assert test.statistic is None and test.p_value is None and test.df == 0


def test_a_level_never_at_risk_costs_no_degree_of_freedom():
    test = log_rank(sets([[3, 2, 0], [2, 2, 0]], [[1, 0, 0], [0, 1, 0]]))
    assert test.df == 1
