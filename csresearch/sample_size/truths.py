"""Which truth is planned for, where the claim is one, and the conditions of its verdict."""

from __future__ import annotations

import math
from collections.abc import Callable

from csresearch.claims import Claim
from csresearch.errors import CompanyError
from csresearch.findings import Estimate
from csresearch.planning import Condition
from csresearch.verdicts.judgement import turned

NUMBERLESS = ("key-results", "churn-types", "priorities")  # claims without a truth to choose
_LIMITS = {"share": (0.0, 1.0), "probability": (0.0, 1.0)}


def turn_of(scale: str) -> Callable[[float], float]:
    """Onto the scale on which estimates are normal: logs of ratios."""
    return turned(scale, 1)


def back_of(scale: str) -> Callable[[float], float]:
    """From the scale on which estimates are normal."""
    return math.exp if scale == "ratio" else float


def claimed_truth(estimate: Estimate, side: int = 1) -> float:
    """The value that is planned for where the claim is one of an effect.

    The middle of the claimed region; or as far past its near end as that is past the smallest
    effect that counts (past no difference, where that effect is its near end), whichever is
    nearer. At the very end of the region no amount of data is right more than every other time.
    """
    turn, back = turned(estimate.scale, side), back_of(estimate.scale)
    near, far = estimate.claimed_region[::side]
    start, smallest = turn(near), turn(estimate.smallest_effect)
    before = smallest if start > smallest else turn(estimate.null)
    start = max(start, smallest)
    values = [2 * start - before]
    if far is not None:
        values.append((start + turn(far)) / 2)
    return back(side * min(values))


def region_of(estimate: Estimate, side: int = 1) -> tuple[float, float]:
    """The claimed region on the scale on which estimates are normal, the claimed side up."""
    near, far = estimate.claimed_region[::side]
    turn = turned(estimate.scale, side)
    limit = _LIMITS.get(estimate.scale, (-math.inf, math.inf))[1]
    start = -math.inf if near is None else turn(near)
    # a share can't be past its own limit, so a region that ends there is open
    return start, math.inf if far is None or far >= limit else turn(far)


def reproduced(
    estimate: Estimate, std_error: float, truth: float, *, near_miss: float | None, side: int = 1
) -> Condition:
    """What calls an effect reproduced: the estimate in the region, the near bound past the miss."""
    turn = turned(estimate.scale, side)
    miss = estimate.smallest_effect if near_miss is None else near_miss
    past = max(turn(estimate.smallest_effect), turn(miss))
    return Condition(
        turn(truth),
        std_error,
        estimate_within=region_of(estimate, side),
        interval_within=(past, math.inf),
    )


def not_reproduced(estimate: Estimate, std_error: float, side: int = 1) -> Condition:
    """What calls no effect not reproduced: the interval wholly short of the smallest effect."""
    turn = turned(estimate.scale, side)
    bounds = (-math.inf, turn(estimate.smallest_effect))
    return Condition(turn(estimate.null), std_error, interval_within=bounds)


def check_truth(claim: Claim, truth: float) -> None:
    """Refuse a truth given by the user where the claim would not be true.

    Raises
    ------
    CompanyError
        Where it lies outside the claimed region, so that no data would call it reproduced; or
        where the claim states no number.
    """
    number, (low, high) = claim.number, claim.terms.claimed_region
    if claim.id in NUMBERLESS:
        raise CompanyError(f"--truth {number}={truth:g}: {number} states no number to be true.")
    lowest = 0.0 if claim.terms.scale == "ratio" and low is None else low
    inside = (lowest is None or truth > lowest) and (high is None or truth < high)
    if not (inside and math.isfinite(truth)):
        ends = f"above {low:g}" if high is None else f"below {high:g}"
        ends = ends if None in (lowest, high) else f"between {lowest:g} and {high:g}"
        raise CompanyError(
            f"--truth {number}={truth:g}: the claim is true {ends}, and elsewhere no amount of "
            "data calls it reproduced. Give a value inside."
        )
