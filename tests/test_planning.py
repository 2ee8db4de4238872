"""Precision and power: by hand, against statsmodels and lifelines, by simulation, at the limits."""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import power_under_cph
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import power_ztost_prop

from csresearch.events import EventTable
from csresearch.planning import (
    Alike,
    Condition,
    Pace,
    Question,
    chance_ratio_error,
    log_ratio_error,
    log_ratio_information,
    scaled_share_error,
    somers_d_error,
)
from csresearch.planning.conditions import REACH_90
from csresearch.pooling import random_effects
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.verdicts import SegmentEffect, Spread, judge_alike

PACE = Pace(customers=120, here=100, departures=20, leaving=0.02, starts=3.0, months=24.0)


def beyond(truth, std_error):
    """A 95 % interval wholly above zero."""
    return Condition(truth, std_error, interval_within=(0.0, math.inf))


def test_schoenfelds_table_by_hand():
    # Schoenfeld 1983: (1.960 + 0.842)² ÷ (¼ (log 2)²) = 65.3 departures show a ratio of 2 with
    # 80 % power where half are exposed; 90 %: (1.960 + 1.282)² ÷ 0.1201 = 87.5
    of_one_departure = beyond(math.log(2), 1 / math.sqrt(0.25))
    assert Question((of_one_departure,)).needed(0.8) == pytest.approx(65.35, abs=0.01)
    assert Question((of_one_departure,)).needed(0.9) == pytest.approx(87.48, abs=0.01)


def test_one_bound_is_statsmodels_power_of_a_normal_test():
    for n in (20, 80, 300):
        ours = beyond(0.3, math.sqrt(2 / n)).power(1.0)
        theirs = NormalIndPower().power(0.3, n, alpha=0.025, alternative="larger")
        assert float(ours) == pytest.approx(theirs, abs=1e-12)


def test_two_bounds_are_statsmodels_two_one_sided_tests():
    for n in (100, 200, 800):
        error = math.sqrt(0.5 * 0.5 / n)
        ours = Condition(0.5, error, interval_within=(0.4, 0.6), reach=REACH_90).power(1.0)
        theirs = power_ztost_prop(0.4, 0.6, n, 0.5, dist="norm", variance_prop=0.5, discrete=False)
        assert float(ours) == pytest.approx(float(np.ravel(theirs[0])[0]), abs=1e-9)


def test_a_hazard_ratio_near_one_is_lifelines_power():
    # lifelines' is Freedman's, which agrees with Schoenfeld's near a ratio of 1
    n, chance, ratio = 1_000, 0.3, 1.25
    theirs = power_under_cph(n, n, chance * ratio, chance, ratio)
    left = n * chance * (1 + ratio)
    share = ratio / (1 + ratio)
    ours = beyond(math.log(ratio), 1 / math.sqrt(left * share * (1 - share))).power(1.0)
    assert float(ours) == pytest.approx(theirs, abs=0.02)


@pytest.fixture(scope="module")
def risk():
    """Customers of whom some change state while observed; nobody leaves on the same day."""
    rng = np.random.default_rng(3)
    n, rows = 400, []
    for customer, (leaves, changes) in enumerate(rng.uniform(0, 100, (n, 2))):
        exit_day = leaves + customer * 1e-6
        if changes < exit_day:
            rows.append((0.0, changes, False, "without"))
            rows.append((changes, exit_day, customer % 3 == 0, "with"))
        else:
            rows.append((0.0, exit_day, customer % 2 == 0, "without"))
    episodes = pd.DataFrame(rows, columns=["start", "stop", "observed", "state"])
    counts = pd.concat(
        [
            pd.DataFrame({"day": episodes["start"], "state": episodes["state"], "entrance": 1}),
            pd.DataFrame(
                {
                    "day": episodes["stop"],
                    "state": episodes["state"],
                    "observed": episodes["observed"].astype(int),
                    "censored": (~episodes["observed"]).astype(int),
                }
            ),
        ]
    ).fillna(0)
    return risk_sets(EventTable.from_counts(counts.assign(moved=0), ["state"]), "state")


def test_information_is_the_partial_likelihoods_at_its_estimate(risk):
    fit = cox_partial_likelihood(risk, [[float(one == "with")] for one in risk.levels])
    told = log_ratio_information(risk, "with", float(fit.coef[0]))
    assert told == pytest.approx(1 / fit.covariance[0, 0], rel=1e-6)


def test_information_of_one_share_is_schoenfelds_and_clusters_are_carried_over(risk):
    at_risk = np.full((50, 2), (30.0, 70.0))
    flat = type(risk)(("a", "b"), np.zeros(50), np.arange(50.0), at_risk, np.full((50, 2), 0.5))
    assert log_ratio_information(flat, "a", 0.0) == pytest.approx(50 * 0.3 * 0.7)
    plain = log_ratio_error(risk, "with", 0.5)
    seen = (0.0, 2 * log_ratio_error(risk, "with", 0.0))
    assert log_ratio_error(risk, "with", 0.5, seen=seen) == pytest.approx(2 * plain)
    nobody = type(risk)(("a", "b"), np.zeros(1), np.zeros(1), np.array([[5.0, 0.0]]),
                        np.array([[1.0, 0.0]]))  # fmt: skip
    assert log_ratio_error(nobody, "b", 0.0) is None
    with pytest.raises(ValueError, match="there is no state 'other', only"):
        log_ratio_information(risk, "other", 0.0)


def test_power_is_what_draws_of_estimates_give():
    both = Condition(0.6, 0.3, (0.2, 1.0), (0.1, math.inf))
    drawn = np.random.default_rng(7).normal(0.6, 0.3 / math.sqrt(2), 200_000)
    met = (drawn > 0.2) & (drawn < 1.0) & (drawn - 1.959964 * 0.3 / math.sqrt(2) > 0.1)
    assert float(both.power(2.0)) == pytest.approx(met.mean(), abs=0.004)
    # two conditions on one estimate: at least what is told
    other = beyond(0.6, 0.3)
    joint = met & (drawn - 1.959964 * 0.3 / math.sqrt(2) > 0)
    assert float(Question((both, other)).power(2.0)) <= joint.mean() + 0.004


def test_what_is_needed_gives_the_power_and_rises_with_it():
    asked = Question((Condition(0.5, 0.4, (0.1, 0.9), (0.0, math.inf)), beyond(0.7, 0.5)))
    needed = [asked.needed(power) for power in (0.5, 0.8, 0.9, 0.99)]
    assert needed == sorted(needed)
    assert [round(float(asked.power(n)), 6) for n in needed] == [0.5, 0.8, 0.9, 0.99]


def test_a_truth_on_the_edge_is_never_sure_and_powers_are_chances():
    edge = Condition(0.1, 0.4, (0.1, math.inf))
    assert Question((edge,)).needed(0.8) is None
    assert float(edge.power(1e6)) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="power must lie between 0 and 1, got 1"):
        Question((edge,)).needed(1)


def test_shares_and_ratios_of_chances():
    # a binomial's error is its own at any truth: √(0.2 × 0.8 ÷ 50) = 0.0566
    seen = math.sqrt(0.5 * 0.5 / 50)
    assert scaled_share_error(seen, 0.5, 0.2) == pytest.approx(math.sqrt(0.2 * 0.8 / 50))
    with pytest.raises(ValueError, match="strictly between 0 and 1, got 1"):
        scaled_share_error(seen, 0.5, 1)
    # relative errors 0.3 and 0.4: √(0.09 + 0.16) = 0.5
    assert chance_ratio_error((0.1, 0.03), (0.5, 0.2)) == pytest.approx(0.5)


def test_somers_d_of_two_groups_that_do_not_differ():
    drawn = np.random.default_rng(5).random((4_000, 30))
    first, second = drawn[:, :10, None], drawn[:, None, 10:]
    spread = np.sign(first - second).mean(axis=(1, 2)).std()
    assert somers_d_error(10, 20) == pytest.approx(spread, rel=0.03)


def test_alike_is_what_the_kits_own_rule_says():
    asked = Alike(math.log(2.0), 0.25, 5, math.log(1.25), 0.2)
    drawn = np.random.default_rng(2).normal(math.log(2.0), 0.25 / math.sqrt(3), (150, 5))
    found = [judged(effects, np.full(5, 0.25 / math.sqrt(3))) for effects in drawn]
    share = np.mean([verdict == "reproduced" for verdict in found])
    assert 0.2 < share < 0.95
    assert float(asked.power(3.0)) == pytest.approx(share, abs=3 * math.sqrt(0.25 / 150))
    assert asked.needed(0.9) > asked.needed(0.8)
    assert Alike(math.log(1.2), 0.25, 5, math.log(1.25), 0.2).needed(0.8) is None


def judged(effects, errors):
    """The kit's verdict on made segments."""
    found = random_effects(effects, errors)
    ends = np.exp(found.segments[["ci_low", "ci_high"]].to_numpy())
    own = np.exp(effects[:, None] + np.array([-1.96, 1.96]) * errors[:, None])
    segments = [SegmentEffect(str(i), tuple(own[i]), tuple(ends[i])) for i in range(len(effects))]
    spread = Spread(segments, float(np.exp(found.mean.value)), None, found.tau, found.q_p_value)
    return judge_alike(spread, smallest=1.25, most_tau=0.2).verdict


def test_departures_to_come_are_those_stepped_by_the_day():
    here, gone, step = 100.0, 20.0, 1 / 1_000
    for _ in range(12_000):
        leave = here * 0.02 * step
        here, gone = here - leave + 3.0 * step, gone + leave
    assert float(PACE.departures_after(12.0)) == pytest.approx(gone, rel=1e-4)
    alone = 20 + 100 * (1 - math.exp(-0.24))
    assert float(PACE.departures_after(12.0, newcomers=False)) == pytest.approx(alone)


def test_months_until_and_what_never_comes():
    months = PACE.months_until(2.0, "departures")
    assert float(PACE.times_after(months, "departures")) == pytest.approx(2.0)
    assert PACE.months_until(2.0, "starts") == pytest.approx(120 / 3)
    assert PACE.months_until(2.0, "steady") == pytest.approx(24)
    assert PACE.months_until(0.5, "departures") == 0
    # all 100 gone make 120 departures, six times as many; more never come without new customers
    assert PACE.months_until(6.1, "departures", newcomers=False) is None
    assert PACE.months_until(2.0, "starts", newcomers=False) is None
    still = Pace(customers=10, here=10, departures=0, leaving=0.0, starts=0.0, months=1.0)
    assert still.months_until(2.0, "departures") is None
    with pytest.raises(ValueError, match="no clock 'sun'"):
        PACE.times_after(1.0, "sun")


def test_reaches_are_normal_quantiles():
    assert pytest.approx(NormalDist().inv_cdf(0.95)) == REACH_90
    assert beyond(0.0, 1.0).reach == pytest.approx(NormalDist().inv_cdf(0.975))
