"""Ratios by tenure and the proportionality check. Tolerance against R: 1e-8."""

import numpy as np
import pytest
from survival_frames import (
    heart,
    heart_table,
    joined,
    lung,
    lung_table,
    oracle,
    random_episodes,
    sets,
)

from csresearch.events import EventTable
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.designs import level_design
from csresearch.survival.proportionality import proportionality_check, ratio_by_tenure

R = oracle("proportionality")
REL = 1e-8
TWO = np.array([[0.0], [1.0]])


def made_risk(seed=3, n=150):
    table = EventTable.from_episodes(
        random_episodes(seed, n), start="start", stop="stop", event="event", by=["stratum", "state"]
    )
    return risk_sets(table, "state", ["stratum"])


# by hand


def test_two_bins_by_hand():
    # each bin holds one risk set of 2 and 1: without leaves (h runs to 0), then with (to inf)
    found = ratio_by_tenure(sets([[2, 1], [2, 1]], [[1, 0], [0, 1]]), TWO, [1])
    assert found.frame["ratio"].tolist() == [0.0, np.inf]
    assert found.frame["observed"].tolist() == [1.0, 1.0]
    # apart the likelihood reaches 1/2 · 1; together h/(2 + h)² is largest at h = 2: 1/8
    assert found.statistic == pytest.approx(2 * np.log((1 / 2) / (1 / 8)), rel=1e-9)
    assert found.df == 1


def test_check_by_hand():
    # days 1 and e: log tenure -1/2 and +1/2 about its mean; at h = 2 every p is 1/2
    risk = sets([[2, 1], [2, 1]], [[1, 0], [0, 1]], day=[1.0, np.e])
    found = proportionality_check(risk, TWO)
    # score -1/2 · (0 - 1/2) + 1/2 · (1 - 1/2) = 1/2; variance 1/4 · (1/4 + 1/4) = 1/8
    assert found.statistic == pytest.approx(2.0, rel=1e-10)
    assert found.slope[0] == pytest.approx(4.0, rel=1e-10)
    assert found.slope_std_error[0] == pytest.approx(np.sqrt(8), rel=1e-10)


# against R


@pytest.mark.parametrize("transform", ["log", "identity"])
def test_zph_lung(transform):
    columns = ["age", "sex", "ph.ecog"]
    risk = risk_sets(lung_table(joined(lung(), columns), ["who"]), "who")
    design = level_design(risk.levels, names=columns)
    found = proportionality_check(risk, design, transform=transform)
    values = [*found.column_statistic, found.statistic]
    np.testing.assert_allclose(values, R["lung_zph"][transform], rtol=REL)
    assert found.df == 3


@pytest.mark.parametrize("transform", ["log", "identity"])
def test_zph_time_dependent(transform):
    columns = ["transplant", "age"]
    risk = risk_sets(heart_table(joined(heart(), columns), ["who"]), "who")
    design = level_design(risk.levels, names=columns)
    found = proportionality_check(risk, design, transform=transform)
    values = [*found.column_statistic, found.statistic]
    np.testing.assert_allclose(values, R["heart_zph"][transform], rtol=REL)
    risk = risk_sets(heart_table(by=["transplant", "surgery"]), "transplant", ["surgery"])
    found = proportionality_check(risk, level_design(risk.levels), transform=transform)
    # R centres its times otherwise: 1e-13 rounding on small statistics
    assert found.statistic == pytest.approx(R["heart_strata_zph"][transform], rel=REL)


def test_bins_lung():
    risk = risk_sets(lung_table(lung(["sex"])), "sex")
    found = ratio_by_tenure(risk, level_design(risk.levels), [180, 365])
    expected = R["lung_bins"]
    np.testing.assert_allclose(np.log(found.frame["ratio"]), expected["coef"], rtol=REL)
    np.testing.assert_allclose(found.frame["std_error"], expected["se"], rtol=REL)
    gain = 2 * (expected["loglik"] - expected["loglik_common"])
    assert found.statistic == pytest.approx(gain, rel=REL)
    assert found.df == 2


def test_bins_heart_with_a_separated_one():
    risk = risk_sets(heart_table(), "transplant")
    frame = ratio_by_tenure(risk, level_design(risk.levels), [60, 365]).frame
    expected = R["heart_bins"]
    np.testing.assert_allclose(np.log(frame["ratio"][:2]), expected["coef"], rtol=REL)
    np.testing.assert_allclose(frame["std_error"][:2], expected["se"], rtol=REL)
    assert frame["ratio"][2] == np.inf == frame["ci_high"][2]  # the likelihood's own limit
    assert 0 < frame["ci_low"][2] < 1 and np.isnan(frame["std_error"][2])


# slow reference


def test_score_statistic_from_numerical_derivatives():
    """x · g(t) as a covariate of its own, the likelihood written out, differentiated by steps."""
    risk = made_risk()
    fit = cox_partial_likelihood(risk, TWO, ties="breslow")
    time = np.log(risk.day)
    time -= np.average(time, weights=risk.observed.sum(axis=1))

    def loglik(b, theta):
        total = 0.0
        for n, d, g in zip(risk.at_risk, risk.observed, time, strict=True):
            slope = b + theta * g
            total += d[1] * slope - d.sum() * np.log(n[0] + n[1] * np.exp(slope))
        return total

    b, step = fit.coef[0], 1e-3
    score = (loglik(b, step) - loglik(b, -step)) / (2 * step)
    shifts = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    mixed = -sum(s * loglik(b + i * step, j * step) for i, j, s in shifts) / (4 * step**2)
    own, other = (
        -(loglik(b + i, j) + loglik(b - i, -j) - 2 * loglik(b, 0)) / step**2
        for i, j in ((0, step), (step, 0))
    )
    slow = score**2 / (own - mixed**2 / other)
    found = proportionality_check(risk, TWO, ties="breslow")
    assert found.statistic == pytest.approx(slow, rel=1e-4)  # central differences: step²


# invariants and limits


def test_one_bin_is_the_common_fit():
    risk = made_risk()
    frame = ratio_by_tenure(risk, TWO, []).frame
    fit = cox_partial_likelihood(risk, TWO)
    assert frame["ratio"].tolist() == pytest.approx([np.exp(fit.coef[0])])
    assert ratio_by_tenure(risk, TWO, []).p_value is None


def test_bins_share_out_the_events():
    risk = made_risk()
    found = ratio_by_tenure(risk, TWO, [5, 10, 20])
    assert found.frame["observed"].sum() == risk.n_events
    assert found.df == 3 and 0 <= found.p_value <= 1


def test_units_of_tenure_do_not_matter_for_log():
    risk = made_risk()
    found = proportionality_check(risk, TWO)
    scaled = sets(
        risk.at_risk, risk.observed, levels=risk.levels, day=30 * risk.day, stratum=risk.stratum
    )
    assert proportionality_check(scaled, TWO).statistic == pytest.approx(found.statistic, rel=1e-9)


def test_a_fading_effect_is_found():
    early, late = [[900, 900]] * 10, [[900, 900]] * 10
    observed = [[20, 5]] * 10 + [[10, 10]] * 10
    found = proportionality_check(sets(early + late, observed), TWO)
    assert found.p_value < 1e-3 and found.slope[0] > 0


@pytest.mark.parametrize(
    "risk",
    [
        sets(np.zeros((0, 2)), np.zeros((0, 2))),
        sets([[2, 1]], [[1, 0]]),  # separated
        sets([[2, 2]], [[1, 1]]),  # one day: no tenure to compare
    ],
)
def test_nothing_to_check(risk):
    found = proportionality_check(risk, TWO)
    assert found.statistic is None and found.p_value is None


# errors


def test_bad_edges_and_transform():
    with pytest.raises(ValueError, match=r"edges_days must rise from above 0, got \[90, 30\]"):
        ratio_by_tenure(made_risk(), TWO, [90, 30])
    with pytest.raises(ValueError, match="transform must be 'log' or 'identity', got 'rank'"):
        proportionality_check(made_risk(), TWO, transform="rank")
