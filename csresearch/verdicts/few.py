"""The verdict on a claim that a few carry it all."""

from __future__ import annotations

from csresearch.findings import Estimate
from csresearch.findings.labels import value_text
from csresearch.verdicts.judgement import Judgement, has_interval, no_interval

SURE = 0.95
LUCKY = 0.05  # what many alike may show by luck this often says nothing about few


def judge_few(
    number: Estimate, *, chance_of_few: float, luck: float, absent: str = ""
) -> Judgement:
    """Say what the fewest that carry most of a gain mean, once there is a gain to be carried.

    Parameters
    ----------
    number : Estimate
        How many carry it, with ``null`` (the number if all gained alike) and ``claimed_region``
        (None, the most that count as few). The interval holds 95 % of its distribution.
    chance_of_few : float
        Chance that no more than those carry it.
    luck : float
        Chance that so small a number would show, with the same errors, if all gained alike.
        Errors alone make few look as if they carried it all, so few count only beside it.
    absent : str
        Why there is no number, if there is none.

    Returns
    -------
    Judgement
        "reproduced" when few carry it with probability 0.95 and luck would not show so; "not
        reproduced" when few carry it with probability 0.05 at most, unless surely fewer than all
        alike ("same direction, smaller"); "same direction, size unclear" when surely fewer than
        all alike; otherwise "inconclusive".
    """
    if number.null is None or number.claimed_region is None:
        raise ValueError(f"{number.name}: null and claimed region must be fixed to judge it")
    if not has_interval(number):
        return no_interval(number.name, absent)
    most = number.claimed_region[1]
    told = f"{most:.0f} or fewer carry it with probability {_chance(chance_of_few)}"
    null = f"all alike would be {number.null:.0f}"
    lucky = luck > LUCKY
    if chance_of_few >= SURE and not lucky:
        return Judgement("reproduced", f"{told}, and luck would show so {_often(luck)}; {null}")
    fewer = number.ci_high < number.null and not lucky
    if chance_of_few <= 1 - SURE:
        if fewer:
            return Judgement("same direction, smaller", f"{told}; surely fewer than if {null}")
        return Judgement("not reproduced", f"{told}; {null}")
    if fewer:
        return Judgement("same direction, size unclear", f"{told}, not 95 %; {null}")
    reason = f"luck would show so few {_often(luck)} were all alike" if lucky else null
    return Judgement("inconclusive", f"{told}; {reason}")


def _chance(chance: float) -> str:
    return value_text(chance, "probability")


def _often(chance: float) -> str:
    return f"in {_chance(chance)} of cases"
