"""The shifted-beta-geometric: rates that fall with nobody bonding."""

import numpy as np
import pytest
from scipy import integrate, stats
from survival_frames import oracle

from csresearch.survival.sorting import fit_beta_geometric

R = oracle("sorting")


def counts_of(survivors):
    n = np.array(survivors, float)
    return n[:-1], -np.diff(n)


def made(seed, alpha=0.8, beta=3.0, n=3000, periods=8):
    """Cohorts of different ages: customers with a chance of their own to leave each period."""
    rng = np.random.default_rng(seed)
    chance = rng.beta(alpha, beta, n)
    left, age = rng.geometric(chance), rng.integers(1, periods + 1, n)
    t = np.arange(1, periods + 1)
    at_risk = [((left >= i) & (age >= i)).sum() for i in t]
    return at_risk, [((left == i) & (age >= i)).sum() for i in t]


# by hand


def test_one_free_curve_by_hand():
    # two periods and two parameters: the model meets 0.4 and 0.3 exactly, if
    # alpha/(alpha+beta) = 0.4 and alpha/(alpha+beta+1) = 0.3: alpha + beta = 3, alpha = 1.2
    fit = fit_beta_geometric([100, 60], [40, 18])
    assert (fit.alpha, fit.beta) == pytest.approx((1.2, 1.8), rel=1e-6)
    assert fit.hazards(3) == pytest.approx([0.4, 0.3, 1.2 / 5], rel=1e-7)
    assert fit.survival(2) == pytest.approx([1, 0.6, 0.42], rel=1e-7)
    assert fit.polarisation == pytest.approx(1 / 4, rel=1e-6)
    # periods 2 and 3 over period 1: (0.3 + 0.24) / 2 / 0.4
    assert fit.hazard_ratio((2, 3), (1, 1)).value == pytest.approx(0.675, rel=1e-6)


# as published


@pytest.mark.parametrize("name", ["high_end", "regular"])
def test_fader_and_hardie(name):
    fit = fit_beta_geometric(*counts_of(R[name]["survivors"]))
    assert round(fit.alpha, 3) == R[name]["alpha"] and round(fit.beta, 3) == R[name]["beta"]
    assert round(fit.loglik, 1) == R[name]["loglik"]
    assert fit.loglik > fit.loglik_constant + 10


# slow reference


def test_the_hazards_are_integrals_over_customers():
    fit = fit_beta_geometric(*counts_of(R["regular"]["survivors"]))
    beta = stats.beta(fit.alpha, fit.beta)
    for t in (1, 2, 5):
        left = integrate.quad(lambda p, t=t: beta.pdf(p) * p * (1 - p) ** (t - 1), 0, 1)[0]
        here = integrate.quad(lambda p, t=t: beta.pdf(p) * (1 - p) ** (t - 1), 0, 1)[0]
        assert fit.hazards(t)[-1] == pytest.approx(left / here, rel=1e-6)


def test_the_errors_are_those_of_the_likelihood():
    """Curvature by differences, and the ratio's error through numerical slopes."""
    n, d = counts_of(R["high_end"]["survivors"])
    fit, t = fit_beta_geometric(n, d), np.arange(1, 8)

    def loglik(at):
        a, b = np.exp(at)
        h = a / (a + b + t - 1)
        return (d * np.log(h) + (n - d) * np.log(1 - h)).sum()

    at, step = np.log([fit.alpha, fit.beta]), 1e-4
    hessian = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            ends = [
                loglik(at + step * (a * np.eye(2)[i] + b * np.eye(2)[j]))
                for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            hessian[i, j] = (ends[0] - ends[1] - ends[2] + ends[3]) / (4 * step**2)
    np.testing.assert_allclose(fit.covariance, np.linalg.inv(-hessian), rtol=1e-4)

    def log_ratio(at):
        a, b = np.exp(at)
        h = a / (a + b + t - 1)
        return np.log(h[4:7].mean() / h[0:2].mean())

    slope = [(log_ratio(at + 1e-6 * e) - log_ratio(at - 1e-6 * e)) / 2e-6 for e in np.eye(2)]
    error = np.sqrt(slope @ fit.covariance @ slope)
    found = fit.hazard_ratio((5, 7), (1, 2))
    assert found.value == pytest.approx(np.exp(log_ratio(at)), rel=1e-9)
    assert found.std_error == pytest.approx(error, rel=1e-5)


def test_cohorts_of_different_ages_give_the_truth_back():
    """60 companies of 3,000 customers: the ratio's interval holds the truth."""
    truth = np.mean([0.8 / (3.8 + t) for t in (4, 5)]) / (0.8 / 3.8)
    hits = []
    for seed in range(60):
        ratio = fit_beta_geometric(*made([2, seed])).hazard_ratio((5, 6), (1, 1))
        hits.append(ratio.ci_low < truth < ratio.ci_high)
    assert np.mean(hits) > 0.86


# invariants


def test_scale_and_splits():
    n, d = counts_of(R["regular"]["survivors"])
    fit, more = fit_beta_geometric(n, d), fit_beta_geometric(10 * n, 10 * d)
    assert more.alpha == pytest.approx(fit.alpha, rel=1e-5)
    np.testing.assert_allclose(more.covariance, fit.covariance / 10, rtol=1e-4)
    assert (np.diff(fit.hazards(20)) < 0).all()
    assert fit.hazard_ratio((5, 7), (1, 1)).value < 1


# limits and errors


@pytest.mark.parametrize("lost", [[10, 10, 10], [10, 20, 40]])
def test_a_rate_that_does_not_fall_means_no_sorting(lost):
    fit = fit_beta_geometric([100, 100, 100], lost)
    assert fit.alpha == fit.beta == np.inf and fit.polarisation == 0
    assert fit.hazards(3) == pytest.approx([sum(lost) / 300] * 3)
    ratio = fit.hazard_ratio((2, 3), (1, 1))
    assert ratio.value == pytest.approx(1) and ratio.ci_low is None


def test_errors():
    with pytest.raises(ValueError, match="at least two periods"):
        fit_beta_geometric([10], [1])
    with pytest.raises(ValueError, match="between 0 and at_risk"):
        fit_beta_geometric([10, 5], [1, 6])
    with pytest.raises(ValueError, match="who leave and customers who stay"):
        fit_beta_geometric([10, 10], [0, 0])
    with pytest.raises(ValueError, match="one number lost for each period"):
        fit_beta_geometric([10, 10], [0])
    with pytest.raises(ValueError, match="from 1 on"):
        fit_beta_geometric([10, 8], [2, 1]).hazard_ratio((0, 1), (1, 1))
