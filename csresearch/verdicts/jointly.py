"""The verdict on an effect that must come with a large share of failures."""

from __future__ import annotations

from csresearch.findings import Estimate
from csresearch.findings.labels import value_text
from csresearch.verdicts.judgement import Judgement, has_interval


def with_share(judgement: Judgement, share: Estimate) -> Judgement:
    """Lower a reproduced effect whose share of failures is not the claimed one.

    Parameters
    ----------
    judgement : Judgement
        Of the effect alone.
    share : Estimate
        With ``claimed_region``; the share's own interval decides.

    Returns
    -------
    Judgement
        As it was unless "reproduced": then "same direction, smaller" if the share is surely below
        its region, and "same direction, size unclear" if it is below it or not known.
    """
    if share.claimed_region is None:
        raise ValueError(f"{share.name}: the claimed region must be fixed to judge it")
    if judgement.verdict != "reproduced":
        return judgement
    least = share.claimed_region[0]
    words = f"claimed {value_text(least, 'share')} or more"
    if not has_interval(share):
        rule = f"{judgement.rule}; but {share.name} cannot be seen yet ({words})"
        return Judgement("same direction, size unclear", rule)
    told = f"{share.name} is {value_text(share.value, 'share')} ({words})"
    if share.ci_high < least:
        return Judgement("same direction, smaller", f"{judgement.rule}; but {told}")
    if share.value < least:
        return Judgement("same direction, size unclear", f"{judgement.rule}; but {told}")
    return Judgement("reproduced", f"{judgement.rule}; {told}")
