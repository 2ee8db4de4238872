"""The verdict on a claim of an effect, or of a group's share.

The rows of the table, in the order in which they are asked (ratios on the log scale):

1. *reproduced*: the interval is wholly beyond the null on the claimed side, the estimate lies in
   the claimed region and the near bound is past the near miss;
2. *opposite*: wholly beyond the null on the other side, estimate past the smallest effect mirrored;
3. *not reproduced*: wholly short of the smallest effect that counts;
4. *same direction, smaller / larger / size unclear*: beyond the null on the claimed side and wholly
   short of the region, wholly past it, or neither;
5. *inconclusive*: anything else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from csresearch.findings import Estimate
from csresearch.findings.labels import span_text, value_text
from csresearch.verdicts.judgement import Judgement, has_interval, no_interval, turned


def judge_effect(
    estimate: Estimate, *, near_miss: float | None = None, side: int = 1, absent: str = ""
) -> Judgement:
    """Say what an interval means for a claim of an effect.

    Parameters
    ----------
    estimate : Estimate
        With ``null``, ``smallest_effect`` and ``claimed_region``; judged on the log scale if its
        scale is "ratio".
    near_miss : float or None
        The value the near bound must be past to call the claim reproduced, so that a truth at the
        near miss is called reproduced at most one time in forty: 3 for "six times"; the smallest
        effect that counts if not given.
    side : {1, -1}
        Whether the claim says more or less than the null.
    absent : str
        Why there is no interval, if there is none ("nobody with results left").

    Returns
    -------
    Judgement
        Exactly one verdict and the rule that fired.

    Raises
    ------
    ValueError
        If a threshold is missing, or the interval does not hold the estimate.
    """
    _need(estimate, "null", "smallest_effect", "claimed_region")
    if not has_interval(estimate):
        return no_interval(estimate.name, absent)
    reading = _read(estimate, side)
    miss = estimate.smallest_effect if near_miss is None else near_miss
    return _judge(reading, reading, miss)


def judge_share(share: Estimate, difference: Estimate, *, absent: str = "") -> Judgement:
    """Say what a group's share of churn means, jointly with its difference from its base share.

    The group's share of customers is itself an estimate, so beyond the null and short of the
    smallest effect are read from the difference's interval, and the claimed region from the
    share's own.

    Parameters
    ----------
    share : Estimate
        The group's share of churn, with ``claimed_region``.
    difference : Estimate
        Share of churn minus share of customers, with ``null`` 0 and ``smallest_effect`` 0.10.
    absent : str
        Why there is no interval, if there is none.

    Returns
    -------
    Judgement
        Exactly one verdict and the rule that fired.
    """
    _need(difference, "null", "smallest_effect")
    _need(share, "claimed_region")
    for estimate in (share, difference):
        if not has_interval(estimate):
            return no_interval(estimate.name, absent)
    return _judge(_read(difference, 1), _read(share, 1), difference.smallest_effect)


@dataclass(frozen=True)
class _Reading:
    """An estimate turned so that the claimed side is up, ratios as logs."""

    estimate: Estimate
    side: int
    value: float
    low: float
    high: float

    def turn(self, x: float) -> float:
        return turned(self.estimate.scale, self.side)(x)

    @property
    def null(self) -> float:
        return self.turn(self.estimate.null)

    @property
    def smallest(self) -> float:
        return self.turn(self.estimate.smallest_effect)

    @property
    def region(self) -> tuple[float, float]:
        near, far = self.estimate.claimed_region[:: self.side]
        start = -math.inf if near is None else self.turn(near)
        return start, math.inf if far is None else self.turn(far)

    def words(self, x: float, *, unit: bool = True) -> str:
        return value_text(x, self.estimate.scale, exact=True, unit=unit)

    @property
    def value_words(self) -> str:
        return "(infinite)" if self.estimate.unbounded else self.words(self.estimate.value)

    @property
    def interval_words(self) -> str:
        ends = (self.estimate.ci_low, self.estimate.ci_high)
        level = round(100 * self.estimate.confidence_level)
        return f"{level} % interval {span_text(*ends, self.estimate.scale, exact=True)}"

    @property
    def region_words(self) -> str:
        low, high = self.estimate.claimed_region
        if high is None:
            return f"claimed {self.words(low)} or more"
        prefix = "" if low is None else f"{self.words(low, unit=False)} to "
        return f"claimed {prefix}{self.words(high)}{' or less' if low is None else ''}"


def _read(estimate: Estimate, side: int) -> _Reading:
    turn = turned(estimate.scale, side)
    numbers = (estimate.value, estimate.ci_low, estimate.ci_high)
    value, *ends = (turn(math.inf if x is None else x) for x in numbers)
    low, high = sorted(ends)
    if not low - 1e-9 <= value <= high + 1e-9:
        raise ValueError(f"{estimate.name}: the interval must hold the estimate, got {estimate!r}")
    return _Reading(estimate, side, value, low, high)


def _judge(effect: _Reading, size: _Reading, near_miss: float) -> Judgement:
    """Ask the rows in order; `effect` is read against the null, `size` against the region."""
    start, end = size.region
    inside = start <= size.value <= end
    past = effect.low > max(effect.smallest, effect.turn(near_miss))
    if inside and past:
        rule = (
            f"{size.estimate.name} {size.value_words} lies in the "
            f"{size.region_words}, and the near bound of the {effect.interval_words} is past "
            f"{effect.words(near_miss)}"
        )
        return Judgement("reproduced", rule)
    against = _against(effect)
    if against is not None:
        return against
    if effect.low <= effect.null:
        both = f"{effect.words(effect.estimate.null)} and effects that count"
        return Judgement("inconclusive", f"the {effect.interval_words} holds both {both}")
    return _same_direction(effect, size, f"its near bound is not past {effect.words(near_miss)}")


def _against(effect: _Reading) -> Judgement | None:
    """Opposite or not reproduced, whichever fits first."""
    interval, least = effect.interval_words, effect.words(effect.estimate.smallest_effect)
    if effect.high < effect.null and effect.value < 2 * effect.null - effect.smallest:
        rule = (
            f"the {interval} is beyond {effect.words(effect.estimate.null)} on the other side, and "
            f"the estimate {effect.value_words} is past {least} mirrored"
        )
        return Judgement("opposite", rule)
    if effect.high < effect.smallest:
        rule = f"the {interval} is wholly short of {least}, the smallest effect that counts"
        return Judgement("not reproduced", rule)
    return None


def _same_direction(effect: _Reading, size: _Reading, shortfall: str) -> Judgement:
    """The three sizes of an effect that is beyond the null on the claimed side."""
    start, end = size.region
    sure = f"the {effect.interval_words} is beyond {effect.words(effect.estimate.null)}"
    other = "" if size is effect else f"{size.estimate.name}, {size.interval_words}, is "
    if size.high < start:
        rule = f"{sure} and {other}wholly short of the {size.region_words}"
        return Judgement("same direction, smaller", rule)
    if size.low > end:
        rule = f"{sure} and {other}wholly past the {size.region_words}"
        return Judgement("same direction, larger", rule)
    reason = f"{other or 'is '}neither wholly short of the {size.region_words} nor wholly past it"
    if start <= size.value <= end:
        reason = f"the estimate {size.value_words} lies in the {size.region_words}, but {shortfall}"
    return Judgement("same direction, size unclear", f"{sure}; {reason}")


def _need(estimate: Estimate, *names: str) -> None:
    for name in names:
        if getattr(estimate, name) is None:
            raise ValueError(f"{estimate.name}: {name} must be fixed before it can be judged")
