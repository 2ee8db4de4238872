"""The verdict on a claim of no impact in one group and some in another."""

from __future__ import annotations

import math

from csresearch.findings import Estimate
from csresearch.findings.labels import span_text, value_text
from csresearch.verdicts.judgement import Judgement, has_interval, no_interval, turned
from csresearch.verdicts.zero import ZeroCheck, judge_zero


def judge_zero_in_group(check: ZeroCheck, interaction: Estimate, *, absent: str = "") -> Judgement:
    """Say what two intervals mean for "nothing here, but something there".

    Parameters
    ----------
    check : ZeroCheck
        The group in which no impact is claimed.
    interaction : Estimate
        Its impact ÷ the other group's, with ``null`` and ``smallest_effect``; the claim says more
        than the null.
    absent : str
        Why there is no interval, if there is none.

    Returns
    -------
    Judgement
        Reproduced: practically zero there, and the interaction's interval beyond its null. Not
        reproduced: an impact there that is not practically zero; or the interaction's interval on
        the other side of its null, or wholly short of the smallest effect that counts. Otherwise
        inconclusive.

    Raises
    ------
    ValueError
        If the interaction's null or smallest effect is missing.
    """
    if interaction.null is None or interaction.smallest_effect is None:
        raise ValueError(f"{interaction.name}: null and smallest_effect must be fixed to judge it")
    zero = judge_zero([check], absent=absent)
    if zero.verdict == "not reproduced" or not check.known:
        return zero
    if not has_interval(interaction):
        decided = zero.verdict == "inconclusive"  # whatever the other group shows
        return zero if decided else no_interval(interaction.name, absent)
    turn = turned(interaction.scale)
    ends = (interaction.ci_low, interaction.ci_high)
    low, high = (turn(math.inf if end is None else end) for end in ends)
    null, least = turn(interaction.null), turn(interaction.smallest_effect)
    words = _words(interaction)
    if low > null:
        return Judgement(zero.verdict, f"{zero.rule}; {words} is beyond {_null(interaction)}")
    if high < least:
        smallest = value_text(interaction.smallest_effect, interaction.scale)
        short = f"{words} is wholly short of {smallest}, the smallest effect that counts"
        return Judgement("not reproduced", short)
    return Judgement("inconclusive", f"{zero.rule}; {words} is not beyond {_null(interaction)}")


def _null(interaction: Estimate) -> str:
    """No difference, written out."""
    return value_text(interaction.null, interaction.scale)


def _words(interaction: Estimate) -> str:
    """The interaction with its interval, for a rule."""
    ends = span_text(interaction.ci_low, interaction.ci_high, interaction.scale, exact=True)
    return f"{interaction.name}: the {round(100 * interaction.confidence_level)} % interval {ends}"
