"""A turn of the rate against the weak leaving first."""

import numpy as np
import pytest
from scipy import optimize, stats

from csresearch.survival.turn import turn_or_sorting


def counts(chances, n=20000):
    """Expected counts of a cohort whose chance of leaving per period is given."""
    at_risk = n * np.append(1.0, np.cumprod(1 - np.asarray(chances)))[:-1]
    return at_risk, at_risk * chances


def test_a_clean_step_by_hand():
    # 0.1 for three periods, then 0.02: the step meets every count, chances are 0.1 and 0.02
    found = turn_or_sorting(*counts([0.1] * 3 + [0.02] * 5))
    assert found.turn == 3
    assert (found.before, found.after) == pytest.approx((0.1, 0.02), rel=1e-12)
    assert found.clear


def test_sorting_that_fits_exactly_is_no_turn():
    # alpha 1, beta 4: hazards 1/5, 1/6, 1/7 … are the sorting model's own
    found = turn_or_sorting(*counts([1 / t for t in range(5, 17)]))
    assert found.advantage < -100 and not found.clear
    assert (found.sorting.alpha, found.sorting.beta) == pytest.approx((1, 4), rel=1e-3)


def test_two_kinds_of_customers_are_no_turn():
    # half leave with 0.1 a period and half with 0.005, nobody changes
    t = np.arange(24)
    here = 0.5 * 0.9**t + 0.5 * 0.995**t
    lost = 0.5 * 0.9**t * 0.1 + 0.5 * 0.995**t * 0.005
    assert not turn_or_sorting(2000 * here, 2000 * lost).clear


def test_a_rate_that_rises_is_no_turn_to_the_better():
    assert not turn_or_sorting(*counts([0.02] * 4 + [0.1] * 4)).clear


def test_slow_reference():
    rng = np.random.default_rng(4)
    n = np.linspace(400, 150, 12).round()
    d = rng.binomial(n.astype(int), np.where(np.arange(12) < 5, 0.09, 0.04))

    def loglik(chances):
        return stats.binom.logpmf(d, n, chances).sum()

    def minus(at):
        a, b = np.exp(at)
        return -loglik(a / (a + b + np.arange(12)))

    steps = []
    for k in range(1, 12):
        sides = d[:k].sum() / n[:k].sum(), d[k:].sum() / n[k:].sum()
        steps.append(loglik(np.where(np.arange(12) < k, *sides)))
    beta = max(-optimize.minimize(minus, s, method="Nelder-Mead").fun for s in ([0, 1], [2, 5]))
    found = turn_or_sorting(n, d)
    assert found.turn == 1 + int(np.argmax(steps))
    assert found.advantage == pytest.approx(2 * (max(steps) - beta) - 2, abs=1e-3)


def test_both_sides_need_losses():
    with pytest.raises(ValueError, match="no period has 10 losses on both sides: 12 in all"):
        turn_or_sorting([100, 90, 80], [9, 2, 1])
    with pytest.raises(ValueError, match="lost must lie between"):
        turn_or_sorting([10, 10], [11, 0])
