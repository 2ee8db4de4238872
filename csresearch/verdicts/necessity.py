"""The verdict on a claim that some things are necessary: hardly anybody succeeds without them.

One candidate is enough for the claim, so what speaks for the best of them needs intervals that hold
for all at once; what speaks against the claim must hold for every candidate, each with its own
interval. Asked in this order:

1. *reproduced*: without at least one of them the chance is surely small and surely a fraction of
   the chance with it, also among comparable customers, while success itself is common enough;
2. *not identifiable*: the same, but not among comparable customers;
3. *opposite* or *not reproduced*: the chance without is surely not lower, for every candidate;
4. *same direction*: without one of them the chance is surely lower: *smaller* if every candidate
   is surely not necessary, else *size unclear*;
5. *inconclusive*: anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from csresearch.findings import Estimate
from csresearch.findings.labels import interval_text, value_text
from csresearch.verdicts.judgement import Judgement, has_interval, no_interval


@dataclass(frozen=True)
class Necessity:
    """How one candidate does.

    Parameters
    ----------
    name : str
    chance : Estimate
        Of success without it.
    ratio : Estimate
        Chance without ÷ with it, from the same day on.
    adjusted : Estimate
        Rate of success without ÷ with it among comparable customers.
    """

    name: str
    chance: Estimate
    ratio: Estimate
    adjusted: Estimate

    @property
    def judged(self) -> bool:
        """Whether both chances are known."""
        return has_interval(self.chance) and has_interval(self.ratio)

    @property
    def lowers(self) -> bool:
        """Whether the chance without it is surely lower."""
        return self.judged and self.ratio.ci_high < 1

    @property
    def held_up(self) -> bool:
        """Whether the same is sure among comparable customers."""
        adjusted = self.adjusted
        return has_interval(adjusted) and not adjusted.unbounded and adjusted.ci_high < 1


@dataclass(frozen=True)
class Bar:
    """What necessary means, fixed before looking.

    Parameters
    ----------
    chance : float
        The most the chance without may be.
    part : float
        The largest part of the chance with it.
    smallest : float
        The ratio above which a difference does not count.
    overall : float
        The least chance of success of all.
    """

    chance: float = 0.10
    part: float = 0.5
    smallest: float = 0.8
    overall: float = 0.20

    def cleared(self, one: Necessity) -> bool:
        """Whether the candidate is surely necessary."""
        sure = one.judged and one.chance.ci_high <= self.chance
        return sure and one.ratio.ci_high <= self.part

    def missed(self, one: Necessity) -> bool:
        """Whether the candidate is surely not necessary."""
        return one.judged and (one.chance.ci_low > self.chance or one.ratio.ci_low > self.part)


def leading(found: Sequence[Necessity], bar: Bar) -> Necessity | None:
    """The candidate nearest to being necessary; None where none could be judged."""
    judged = [one for one in found if one.judged]
    order = sorted(
        judged, key=lambda one: (not (bar.cleared(one) and one.held_up), one.ratio.ci_high)
    )
    return order[0] if order else None


def judge_necessity(
    found: Sequence[Necessity], alone: Sequence[Necessity], overall: Estimate, bar: Bar
) -> Judgement:
    """Say whether at least one of some candidates is necessary for success.

    Parameters
    ----------
    found : sequence of Necessity
        With intervals that hold for all of them at once, since the best of them is picked.
    alone : sequence of Necessity
        The same, each with its own 95 % interval.
    overall : Estimate
        Chance of success of all.
    bar : Bar

    Returns
    -------
    Judgement
        Exactly one verdict and the rule that fired.
    """
    best = leading(found, bar)
    if best is None:
        return no_interval("any behaviour", "too few are followed with it or without it")
    told = _told(best)
    if bar.cleared(best):
        return _necessary(best, overall, bar)
    judged = [one for one in alone if one.judged]
    if all(one.ratio.ci_low > bar.smallest for one in judged):
        return _not_needed(judged, [one for one in found if one.judged], bar)
    if not best.lowers:
        return Judgement("inconclusive", f"{told}; none is surely below 1 or surely above it")
    if not best.held_up:
        return Judgement("not identifiable", f"{told}; but {_comparable(best)}")
    if all(bar.missed(one) for one in judged):
        rule = (
            f"{told}, surely below 1; but no behaviour is necessary: without each of them more "
            f"than {_share(bar.chance)} get there, or over {bar.part:g} times as many as with it"
        )
        return Judgement("same direction, smaller", rule)
    rule = f"{told}, surely below 1, but not surely at most {_share(bar.chance)} and {bar.part:g}"
    return Judgement("same direction, size unclear", rule)


def _necessary(best: Necessity, overall: Estimate, bar: Bar) -> Judgement:
    """One candidate is surely necessary as it stands."""
    told = _told(best)
    if not best.held_up:
        return Judgement("not identifiable", f"{told}; but {_comparable(best)}")
    if overall.value is None or overall.value < bar.overall:
        rule = (
            f"{told}; but only {value_text(overall.value, 'share')} of all get a first result, "
            f"fewer than {_share(bar.overall)}, so a small chance says little"
        )
        return Judgement("same direction, size unclear", rule)
    rule = f"{told}: surely at most {_share(bar.chance)} and at most {bar.part:g} times"
    return Judgement("reproduced", rule)


def _not_needed(judged: Sequence[Necessity], at_once: Sequence[Necessity], bar: Bar) -> Judgement:
    """No candidate lowers the chance by an amount that counts; one may even raise it."""
    high = max(at_once, key=lambda one: one.ratio.ci_low)
    if high.ratio.ci_low > 1 and high.ratio.value > 1 / bar.smallest:
        return Judgement("opposite", f"{_told(high)}, surely above 1")
    low = min(judged, key=lambda one: one.ratio.ci_low)
    rule = f"for every behaviour the ratio is surely above {bar.smallest:g}; lowest: {_told(low)}"
    return Judgement("not reproduced", rule)


def _told(one: Necessity) -> str:
    """A candidate's two numbers."""
    level = f"{100 * one.chance.confidence_level:.4g} %"
    chance = interval_text(one.chance.value, _ends(one.chance), "probability", exact=True)
    ratio = interval_text(one.ratio.value, _ends(one.ratio), "ratio", exact=True)
    return (
        f"without '{one.name}' {chance} get a first result, {ratio} times its adopters' chance "
        f"({level} intervals)"
    )


def _comparable(one: Necessity) -> str:
    """What is left among comparable customers."""
    if one.adjusted.value is None:
        return "no comparable customers are both with and without it"
    ratio = interval_text(one.adjusted.value, _ends(one.adjusted), "ratio", exact=True)
    return f"among comparable customers the rate ratio is {ratio}, which does not exclude 1"


def _ends(estimate: Estimate) -> tuple[float | None, float | None]:
    """The interval."""
    return estimate.ci_low, estimate.ci_high


def _share(value: float) -> str:
    """A bound in per cent."""
    return value_text(value, "share")
