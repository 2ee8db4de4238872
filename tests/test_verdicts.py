"""Every verdict is reached, exactly one at a time, by the rules of the table."""

import math
from dataclasses import replace
from itertools import pairwise, product
from statistics import NormalDist

import numpy as np
import pytest

from csresearch.findings import VERDICTS, Estimate
from csresearch.verdicts import (
    ZeroCheck,
    descriptive,
    enough_events,
    enough_events_for_zero,
    judge_effect,
    judge_share,
    judge_zero,
    judge_zero_in_group,
    not_answerable,
    not_identifiable,
)

SIX_TIMES = {"null": 1, "smallest_effect": 1.25, "claimed_region": (4.5, 8)}
NORMAL = NormalDist()
Z975 = NORMAL.inv_cdf(0.975)


def ratio(value, low, high, **bounds):
    return Estimate("lifetime ratio", value, low, high, **{**SIX_TIMES, **bounds})


def judge_six(value, low, high):
    return judge_effect(ratio(value, low, high), near_miss=3)


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (6.0, 4.6, 7.8, "reproduced"),
        (6.0, 3.1, 11.0, "reproduced"),  # the near bound past 3 is enough
        (6.0, 3.0, 12.0, "same direction, size unclear"),  # at the near miss is not past it
        (3.21, 3.01, 3.41, "same direction, smaller"),
        (3.2, 2.0, 4.6, "same direction, size unclear"),
        (9.5, 8.1, 11.0, "same direction, larger"),
        (9.5, 7.9, 11.4, "same direction, size unclear"),
        (0.5, 0.3, 0.8, "opposite"),
        (0.79, 0.65, 0.95, "opposite"),
        (0.81, 0.70, 0.94, "not reproduced"),  # other side, but short of 0.8
        (1.0, 0.9, 1.2, "not reproduced"),
        (1.15, 1.08, 1.22, "not reproduced"),  # a small effect on the claimed side
        (1.15, 1.04, 1.27, "same direction, smaller"),
        (1.0, 0.5, 2.0, "inconclusive"),
        (2.5, 0.9, 7.0, "inconclusive"),
        (6.0, 1.0, 36.0, "inconclusive"),  # the bound at the null is not beyond it
    ],
)
def test_each_row_of_the_table_for_six_times(value, low, high, verdict):
    judgement = judge_six(value, low, high)
    assert judgement.verdict == verdict
    assert f"{low:.2f}" in judgement.rule or f"{low:.1f}" in judgement.rule


def test_rule_names_the_row_and_its_numbers():
    assert judge_six(3.21, 3.01, 3.41).rule == (
        "the 95 % interval 3.01 to 3.41 is beyond 1.00 and wholly short of the claimed 4.50 to 8.00"
    )
    assert judge_six(6.0, 2.4, 15.0).rule == (
        "the 95 % interval 2.40 to 15.0 is beyond 1.00; the estimate 6.00 lies in the claimed "
        "4.50 to 8.00, but its near bound is not past 3.00"
    )


def test_near_miss_defaults_to_the_smallest_effect_that_counts():
    assert judge_effect(ratio(6.0, 1.3, 27.0)).verdict == "reproduced"
    assert judge_effect(ratio(6.0, 1.2, 30.0)).verdict == "same direction, size unclear"


@pytest.mark.parametrize("missing", [(None, None, None), (6.0, None, None), (6.0, 3.2, None)])
def test_no_interval_is_inconclusive_and_says_why(missing):
    judgement = judge_effect(ratio(*missing), absent="nobody with results left")
    assert judgement.verdict == "inconclusive"
    assert judgement.rule == "no interval for lifetime ratio: nobody with results left"


def test_thresholds_must_be_fixed_before_looking():
    with pytest.raises(ValueError, match="lifetime ratio: smallest_effect must be fixed"):
        judge_effect(ratio(2, 1, 3, smallest_effect=None))
    with pytest.raises(ValueError, match="interval must hold the estimate"):
        judge_six(5, 1, 3)


GRID = np.geomspace(0.05, 40, 25)
INTERVALS = [(lo, v, hi) for lo, v, hi in product(GRID, repeat=3) if lo <= v <= hi]


def by_the_table(value, low, high):
    """The table of claims.md once more, written as sets of verdicts that fit."""
    beyond = low > 1
    fits = {
        "reproduced": beyond and 4.5 <= value <= 8 and low > 3,
        "opposite": high < 1 and value < 0.8,
        "not reproduced": high < 1.25 and not (high < 1 and value < 0.8),
    }
    rest = beyond and not any(fits.values())
    fits["same direction, smaller"] = rest and high < 4.5
    fits["same direction, larger"] = rest and low > 8
    fits["same direction, size unclear"] = rest and high >= 4.5 and low <= 8
    return {verdict for verdict, fit in fits.items() if fit} or {"inconclusive"}


def test_exactly_one_verdict_and_it_is_the_tables():
    for low, value, high in INTERVALS:
        assert {judge_six(value, low, high).verdict} == by_the_table(value, low, high)


def test_turning_the_claim_round_turns_nothing_else():
    """1/ratio with mirrored thresholds and side −1 gives the same verdict."""
    mirrored = {"null": 1, "smallest_effect": 1 / 1.25, "claimed_region": (1 / 8, 1 / 4.5)}
    for low, value, high in INTERVALS[::7]:
        turned = ratio(1 / value, 1 / high, 1 / low, **mirrored)
        there = judge_effect(turned, near_miss=1 / 3, side=-1).verdict
        assert there == judge_six(value, low, high).verdict


def test_open_region_on_either_side():
    open_above = {"null": 1, "smallest_effect": 1.25, "claimed_region": (2, None)}
    assert judge_effect(ratio(9, 5, 16, **open_above)).verdict == "reproduced"
    open_below = {"null": 1, "smallest_effect": 0.8, "claimed_region": (None, 0.67)}
    judgement = judge_effect(ratio(0.5, 0.4, 0.62, **open_below), side=-1)
    assert judgement.verdict == "reproduced"
    assert "claimed 0.67 or less" in judgement.rule


ORDER = ["opposite", "not reproduced", "inconclusive", "same direction, smaller"]
ORDER += ["same direction, size unclear", "reproduced", "same direction, larger"]


@pytest.mark.parametrize("width", [0.02, 0.1, 0.3, 0.8])
def test_verdicts_are_monotone_in_the_estimate(width):
    """Sliding a narrow interval up passes the verdicts in order, up to "unclear" at the edges."""
    seen = []
    for centre in np.linspace(math.log(0.1), math.log(40), 400):
        ends = np.exp([centre, centre - width, centre + width])
        seen.append(judge_six(*ends).verdict)
    assert seen[0] == "opposite"
    assert seen[-1] == "same direction, larger"
    positions = [ORDER.index(verdict) for verdict in seen if "unclear" not in verdict]
    assert all(before <= after for before, after in pairwise(positions))


@pytest.mark.parametrize("std_error", [0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0])
def test_a_truth_at_the_near_miss_is_reproduced_at_most_once_in_forty(std_error):
    """On a fine grid of normal quantiles, so without chance: 0.025 is the rule's promise."""
    quantiles = np.linspace(0.0005, 0.9995, 1000)
    normal = np.array([NORMAL.inv_cdf(q) for q in quantiles])
    centres = math.log(3) + std_error * normal
    verdicts = [
        judge_six(*np.exp([c, c - Z975 * std_error, c + Z975 * std_error])).verdict for c in centres
    ]
    assert verdicts.count("reproduced") / 1000 <= 1 / 40


SHARE = {"scale": "share", "claimed_region": (0.75, None), "role": "primary"}
DIFFERENCE = {"scale": "points", "null": 0, "smallest_effect": 0.10}


def judge_group(share, difference):
    return judge_share(
        Estimate("share of churn", *share, **SHARE),
        Estimate("share of churn minus share of customers", *difference, **DIFFERENCE),
    )


@pytest.mark.parametrize(
    ("share", "difference", "verdict"),
    [
        ((0.80, 0.76, 0.84), (0.40, 0.35, 0.45), "reproduced"),
        ((0.76, 0.70, 0.82), (0.36, 0.30, 0.42), "reproduced"),
        ((0.76, 0.60, 0.88), (0.20, 0.05, 0.33), "same direction, size unclear"),
        ((0.55, 0.50, 0.60), (0.15, 0.11, 0.19), "same direction, smaller"),
        ((0.70, 0.62, 0.78), (0.30, 0.22, 0.38), "same direction, size unclear"),
        ((0.47, 0.46, 0.48), (0.06, 0.05, 0.07), "not reproduced"),
        ((0.78, 0.76, 0.80), (0.06, 0.04, 0.08), "not reproduced"),
        ((0.20, 0.15, 0.25), (-0.20, -0.26, -0.14), "opposite"),
        ((0.33, 0.28, 0.38), (-0.07, -0.12, -0.02), "not reproduced"),
        ((0.50, 0.30, 0.70), (0.10, -0.10, 0.30), "inconclusive"),
    ],
)
def test_shares_are_judged_jointly_with_the_base_share(share, difference, verdict):
    assert judge_group(share, difference).verdict == verdict


def test_share_rule_tells_both_intervals():
    rule = judge_group((0.55, 0.50, 0.60), (0.15, 0.11, 0.19)).rule
    assert rule == (
        "the 95 % interval 11.0 to 19.0 points is beyond 0.0 points and share of churn, "
        "95 % interval 50.0 to 60.0 %, is wholly short of the claimed 75.0 % or more"
    )


def test_share_without_interval():
    judgement = judge_group((None, None, None), (0.1, 0.0, 0.2))
    assert judgement.verdict == "inconclusive"
    assert "no interval for share of churn" in judgement.rule


def check(narrow, wide, name="Somers' D", margin=(-0.10, 0.10), **options):
    return ZeroCheck(name, narrow, wide, margin, **options)


RATIO = {"name": "ratio per SD", "margin": (0.90, 1.11), "null": 1.0, "scale": "ratio"}


@pytest.mark.parametrize(
    ("correlation", "per_sd", "verdict", "words"),
    [
        (((-0.02, 0.03), (-0.03, 0.04)), ((0.97, 1.04), (0.96, 1.05)), "reproduced", "lies inside"),
        (
            ((0.02, 0.06), (0.01, 0.07)),
            ((0.97, 1.04), (0.96, 1.05)),
            "reproduced",
            "practically zero, not exactly (Somers' D)",
        ),
        (((-0.02, 0.03), (-0.03, 0.04)), ((0.75, 0.82), (0.74, 0.83)), "not reproduced", "per SD"),
        (((0.12, 0.20), (0.11, 0.21)), ((0.97, 1.04), (0.96, 1.05)), "not reproduced", "0.110"),
        (((0.05, 0.12), (0.04, 0.13)), ((0.97, 1.04), (0.96, 1.05)), "not reproduced", "outside"),
        (((-0.12, 0.12), (-0.14, 0.14)), ((0.9, 1.3), (0.8, 1.4)), "inconclusive", "reaches"),
        (((-0.02, 0.03), (-0.03, 0.04)), ((0.89, 1.1), (0.88, 1.12)), "inconclusive", "reaches"),
        # at the bound is not inside
        (((-0.02, 0.10), (-0.03, 0.11)), ((0.97, 1.04), (0.96, 1.05)), "inconclusive", "reaches"),
    ],
)
def test_zero_claims(correlation, per_sd, verdict, words):
    judgement = judge_zero([check(*correlation), check(*per_sd, **RATIO)])
    assert judgement.verdict == verdict
    assert words in judgement.rule


def test_zero_claim_without_interval():
    nothing = check((None, None), (None, None))
    fine = check((0.97, 1.04), (0.96, 1.05), **RATIO)
    assert judge_zero([nothing, fine]).verdict == "inconclusive"
    assert "all scores equal" in judge_zero([nothing, fine], absent="all scores equal").rule
    assert judge_zero([]).verdict == "inconclusive"
    clear = check((0.7, 0.8), (0.69, 0.81), **RATIO)
    assert judge_zero([nothing, clear]).verdict == "not reproduced"


def test_zero_check_from_estimate_uses_the_standard_error_on_its_scale():
    # ratio 1.05, log standard error 0.02: exp(log 1.05 ± 1.644854 · 0.02) = 1.0160, 1.0851
    estimate = Estimate("per SD", 1.05, 1.0096, 1.0920, std_error=0.02, null=1)
    made = ZeroCheck.from_estimate(estimate, (0.9, 1.11))
    assert made.interval90 == pytest.approx((1.01602, 1.08512), abs=1e-5)
    assert made.interval95 == (1.0096, 1.0920)
    plain = Estimate("D", 0.0, -0.0392, 0.0392, std_error=0.02, scale="correlation", null=0)
    assert ZeroCheck.from_estimate(plain, (-0.1, 0.1)).interval90 == pytest.approx(
        (-0.0329, 0.0329), abs=1e-4
    )
    assert not ZeroCheck.from_estimate(Estimate("D", None), (-0.1, 0.1)).known


def test_every_zero_verdict_is_one_of_three_on_a_grid():
    grid = np.linspace(-0.3, 0.3, 13)
    for centre, reach in product(grid, [0.01, 0.05, 0.2]):
        narrow, wide = (
            (centre - reach, centre + reach),
            (centre - 1.2 * reach, centre + 1.2 * reach),
        )
        verdict = judge_zero([check(narrow, wide)]).verdict
        assert verdict == judge_zero([check(narrow[::-1], wide)]).verdict
        inside = abs(centre) + reach < 0.1
        excludes = abs(centre) > 1.2 * reach
        wanted = "reproduced" if inside else "not reproduced" if excludes else "inconclusive"
        assert verdict == wanted


def test_all_ten_verdicts_can_be_reached():
    reached = {judge_six(v, lo, hi).verdict for lo, v, hi in INTERVALS}
    reached |= {descriptive("2 of 5 kinds").verdict}
    reached |= {not_answerable(["surveys.score"]).verdict, not_identifiable("no dates").verdict}
    assert reached == set(VERDICTS)
    assert not_answerable(["surveys.score", "x"]).rule == (
        "needs surveys.score, x, not in this data"
    )


def test_enough_events_by_hand():
    # ratio 2.5 with log standard error 0.6 at 12 events: log 2.5 / (1.959964 + 0.841621) = 0.32706,
    # log 1.25 / (2 · 1.959964) = 0.056925; 12 · (0.6 / 0.32706)² = 40.39 -> 41
    estimate = Estimate("r", 2.5, 0.8, 8.0, std_error=0.6, null=1, smallest_effect=1.25)
    assert enough_events(estimate, 12) == 41
    # ratio 1: only a narrow interval decides, 12 · (0.6 / 0.056925)² = 1333.2 -> 1400
    none = Estimate("r", 1.0, 0.3, 3.3, std_error=0.6, null=1, smallest_effect=1.25)
    assert enough_events(none, 12) == 1400
    assert enough_events(Estimate("r", None, null=1, smallest_effect=1.25), 12) is None


def test_enough_events_for_zero_by_hand():
    # margin 0.10, standard error 0.08 at 50 events: 0.10 / (1.644854 + 1.281552) = 0.034171,
    # 50 · (0.08 / 0.034171)² = 274.1 -> 280
    estimate = Estimate("D", 0.02, -0.1, 0.1, std_error=0.08, scale="correlation", null=0)
    assert enough_events_for_zero(estimate, 50, (-0.10, 0.10)) == 280
    assert enough_events_for_zero(Estimate("D", 0.0, null=0), 50, (-0.1, 0.1)) is None


def test_a_description_says_that_nothing_was_tested():
    assert descriptive("2 of 5 kinds").rule == "described, not tested: 2 of 5 kinds"


# --- intervals that are open on one side: nobody of one group left


def open_above(low):
    return Estimate("ratio", math.inf, low, math.inf, **SIX_TIMES)


def open_below(high):
    return Estimate("ratio", 0.0, 0.0, high, **SIX_TIMES)


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [
        (open_above(0.7), "inconclusive"),
        (open_above(1.1), "same direction, size unclear"),
        (open_above(3.5), "same direction, size unclear"),
        (open_above(8.2), "same direction, larger"),
        (open_below(0.7), "opposite"),
        (open_below(1.1), "not reproduced"),
        (open_below(1.3), "inconclusive"),
    ],
)
def test_an_infinite_ratio_is_judged_by_the_limit_it_has(estimate, verdict):
    assert judge_effect(estimate, near_miss=3.0).verdict == verdict


def test_an_infinite_ratio_lies_in_a_region_without_end():
    ratio = replace(open_above(2.14), claimed_region=(1.5, None))
    found = judge_effect(ratio)
    assert found.verdict == "reproduced"
    assert "(infinite) lies in the claimed 1.50 or more" in found.rule
    assert "95 % interval 2.14 or more" in found.rule
    assert ratio.unbounded and ratio.text == "2.1 or more"
    assert ratio.excludes(2) and not ratio.excludes(3)


def test_an_interval_open_on_one_side_shows_no_zero_but_may_rule_it_out():
    def judged(estimate):
        return judge_zero([ZeroCheck.from_estimate(estimate, (0.8, 1.25))])

    assert judged(open_below(17.46)).verdict == "inconclusive"
    assert "the 95 % interval 0.00 to 17.5 reaches outside" in judged(open_below(17.46)).rule
    assert judged(open_below(0.9)).verdict == "not reproduced"
    assert judged(open_above(1.1)).verdict == "not reproduced"
    assert judged(open_above(0.9)).verdict == "inconclusive"
    assert judged(Estimate("ratio", 0.0)).rule.startswith("no interval")


def test_in_a_group_what_is_undecided_there_stays_so_without_an_interaction():
    check = ZeroCheck.from_estimate(open_below(17.46), (0.8, 1.25))
    gap = Estimate("high ÷ low", None, null=1.0, smallest_effect=1.25)
    found = judge_zero_in_group(check, gap)
    assert found.verdict == "inconclusive" and "0.00 to 17.5" in found.rule
    known = replace(gap, value=math.inf, ci_low=1.4, ci_high=math.inf)
    assert "1.40 or more is beyond 1.0" in judge_zero_in_group(check, known).rule
