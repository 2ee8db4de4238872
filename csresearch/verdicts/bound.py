"""The verdict on a claim that something is not more than so much: one-sided, never a p-value."""

from __future__ import annotations

from csresearch.findings import Estimate
from csresearch.findings.labels import value_text
from csresearch.verdicts.judgement import Judgement, has_interval, no_interval


def judge_at_most(estimate: Estimate, upper: float | None, *, absent: str = "") -> Judgement:
    """Say what an estimate means for the claim that the truth is below the smallest effect.

    Reproduced when the one-sided 95 % upper bound is below it; not reproduced when the two-sided
    95 % interval lies wholly above no difference and the bound does not; otherwise inconclusive.

    Parameters
    ----------
    estimate : Estimate
        With ``null`` and ``smallest_effect``.
    upper : float or None
        One-sided 95 % upper bound.
    absent : str
        Why there is no interval, if there is none.
    """
    if upper is None or not has_interval(estimate):
        return no_interval(estimate.name, absent)
    words = {
        name: value_text(x, estimate.scale, exact=True)
        for name, x in (
            ("bound", upper),
            ("least", estimate.smallest_effect),
            ("null", estimate.null),
            ("low", estimate.ci_low),
            ("high", estimate.ci_high),
        )
    }
    told = f"the 95 % upper bound {words['bound']} is"
    if upper < estimate.smallest_effect:
        return Judgement(
            "reproduced", f"{told} below {words['least']}, the smallest effect that counts"
        )
    reached = f"{told} not below {words['least']}"
    interval = f"the 95 % interval {words['low']} to {words['high']}"
    if estimate.ci_low > estimate.null:
        return Judgement(
            "not reproduced", f"{interval} is wholly above {words['null']}, and {reached}"
        )
    return Judgement("inconclusive", f"{reached}, and {interval} holds {words['null']}")
