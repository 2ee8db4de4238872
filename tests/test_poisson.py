"""Poisson regression on counts. 1e-9 against statsmodels' iterated least squares."""

import numpy as np
import pytest
import statsmodels.api as sm

from csresearch.survival.aliasing import independent_columns
from csresearch.survival.poisson import poisson_regression


def made(seed, *, cells=400, bins=12, factors=6):
    """Counts by bin of tenure and a few factors, bins of very different rates."""
    rng = np.random.default_rng(seed)
    bin_of = np.append(np.arange(bins), rng.integers(0, bins, cells - bins))
    design = np.hstack([np.eye(bins)[bin_of], rng.random((cells, factors)) < 0.4])
    exposure = rng.exponential(1000, cells)
    coef = np.append(rng.uniform(-9, -3, bins), rng.normal(0, 0.7, factors))
    return rng.poisson(exposure * np.exp(design @ coef)), exposure, design


# by hand


def test_two_rates_by_hand():
    # 20 events in 10,000 days and 10 in 20,000: 0.002 and a quarter of it; errors 1/20, 1/20 + 1/10
    fit = poisson_regression([20, 10], [10_000, 20_000], [[1, 0], [1, 1]])
    assert np.exp(fit.coef) == pytest.approx([0.002, 0.25], rel=1e-12)
    assert np.diag(fit.covariance) == pytest.approx([1 / 20, 1 / 20 + 1 / 10], rel=1e-12)


# against statsmodels


@pytest.mark.parametrize("seed", range(4))
def test_against_statsmodels(seed):
    observed, exposure, design = made(seed)
    fit = poisson_regression(observed, exposure, design)
    glm = sm.GLM(observed, design, family=sm.families.Poisson(), offset=np.log(exposure))
    other = glm.fit(tol=1e-14, maxiter=200)
    assert fit.coef == pytest.approx(other.params, abs=1e-9)
    assert fit.covariance == pytest.approx(other.cov_params(), rel=1e-7, abs=1e-9)


# invariants


def test_expected_events_equal_observed_ones_in_every_column():
    observed, exposure, design = made(9)
    fit = poisson_regression(observed, exposure, design)
    expected = exposure * np.exp(design @ fit.coef)
    assert design.T @ expected == pytest.approx(design.T @ observed, rel=1e-9)


def test_rows_may_be_split_and_days_be_years():
    observed, exposure, design = made(10)
    fit = poisson_regression(observed, exposure, design)
    twice = np.vstack([design, design])
    halves = np.append(np.zeros_like(observed), observed), np.append(exposure, exposure) / 2
    assert poisson_regression(*halves, twice).coef == pytest.approx(fit.coef, abs=1e-9)
    years = poisson_regression(observed, exposure / 365.25, design)
    assert years.coef[12:] == pytest.approx(fit.coef[12:], abs=1e-9)


# limits


def test_a_level_without_events_runs_away():
    fit = poisson_regression([5, 0, 4, 0], [10.0] * 4, [[1, 0], [1, 1], [1, 0], [1, 1]])
    assert fit.coef[1] < -12
    assert np.exp(fit.coef[0]) == pytest.approx(9 / 20)


def test_columns_that_make_each_other_up_share_the_effect():
    one = poisson_regression([20, 10], [1e4, 1e4], [[1, 0], [1, 1]])
    both = poisson_regression([20, 10], [1e4, 1e4], [[1, 0, 0], [1, 1, 1]])
    assert both.coef[1:].sum() == pytest.approx(one.coef[1])
    design = np.array([[1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0]])
    assert independent_columns(design.T @ design).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("observed", "exposure"), [([0, 0], [1, 1]), ([-1, 2], [1, 1]), ([1, 2], [0, 1])]
)
def test_bad_counts_are_refused(observed, exposure):
    with pytest.raises(ValueError, match="positive exposure are needed"):
        poisson_regression(observed, exposure, [[1], [1]])
