"""The verdict on a claim of zero: equivalence, never a p-value over 0.05."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from csresearch.findings import Estimate
from csresearch.findings.labels import span_text, value_text
from csresearch.verdicts.judgement import Judgement, no_interval

Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class ZeroCheck:
    """One measure of a claim of zero: its two intervals and the bounds within which it is zero.

    Parameters
    ----------
    name : str
        Of the measure, in plain words.
    interval90, interval95 : (float, float)
        The 90 % interval is that of two one-sided tests at 5 % (TOST).
    margin : (float, float)
        Bounds of practical zero, in the measure's unit.
    null : float
        Exactly zero: 0, or 1 for a ratio.
    scale : str
        For writing the numbers.
    """

    name: str
    interval90: Interval
    interval95: Interval
    margin: tuple[float, float]
    null: float = 0.0
    scale: str = "correlation"

    @classmethod
    def from_estimate(cls, estimate: Estimate, margin: tuple[float, float]) -> ZeroCheck:
        """Take the 95 % interval as it is and make the 90 % one from the standard error.

        A ratio of 0, or infinite, has no standard error, and its intervals are open on one side
        whatever their level: the 95 % one stands for both, since neither lies within any bounds.
        """
        ratio = estimate.scale == "ratio"
        null = (1.0 if ratio else 0.0) if estimate.null is None else estimate.null
        narrow: Interval = (None, None)
        if estimate.value is not None and estimate.std_error is not None:
            centre = math.log(estimate.value) if ratio else estimate.value
            reach = NormalDist().inv_cdf(0.95) * estimate.std_error
            ends = (centre - reach, centre + reach)
            narrow = (math.exp(ends[0]), math.exp(ends[1])) if ratio else ends
        wide = (estimate.ci_low, estimate.ci_high)
        if ratio and (estimate.value == 0 or estimate.unbounded) and estimate.ci_low is not None:
            narrow = wide = (estimate.ci_low, math.inf if estimate.unbounded else estimate.ci_high)
        return cls(estimate.name, narrow, wide, margin, null, estimate.scale)

    @property
    def known(self) -> bool:
        """Whether both intervals are there."""
        return None not in (*self.interval90, *self.interval95)

    @property
    def inside(self) -> bool:
        """Whether the 90 % interval lies inside the bounds."""
        low, high = self.margin
        return self.known and low < min(self.interval90) and max(self.interval90) < high

    @property
    def excludes_null(self) -> bool:
        """Whether the 95 % interval excludes exactly zero."""
        return self.known and not self.interval95[0] <= self.null <= self.interval95[1]

    @property
    def narrow_words(self) -> str:
        """Write the interval that must lie inside the bounds."""
        level = 95 if self.interval90 == self.interval95 else 90
        return f"the {level} % interval {self.words(self.interval90)}"

    def words(self, interval: Interval) -> str:
        """Write one of its intervals."""
        return span_text(*interval, self.scale, exact=True)


def judge_zero(checks: Sequence[ZeroCheck], *, absent: str = "") -> Judgement:
    """Say what the intervals mean for a claim of zero, every measure having to be zero.

    Reproduced when every 90 % interval lies inside its bounds; not reproduced when a 95 % interval
    excludes zero and its 90 % one reaches outside the bounds; otherwise inconclusive. A p-value
    over 0.05 is never zero.
    """
    for check in checks:
        if check.excludes_null and not check.inside:
            return Judgement("not reproduced", _not_zero(check))
    unknown = [check.name for check in checks if not check.known]
    if unknown or not checks:
        return no_interval(" and ".join(unknown) or "any measure", absent)
    inside = "; ".join(
        f"{c.name}: {c.narrow_words} "
        f"{'lies inside' if c.inside else 'reaches outside'} {c.words(c.margin)}"
        for c in checks
    )
    if not all(check.inside for check in checks):
        return Judgement("inconclusive", f"{inside}, and no 95 % interval that does excludes zero")
    near = [check.name for check in checks if check.excludes_null]
    exact = f"; practically zero, not exactly ({', '.join(near)})" if near else ""
    return Judgement("reproduced", inside + exact)


def _not_zero(check: ZeroCheck) -> str:
    """Write why one measure is not zero."""
    return (
        f"{check.name}: the 95 % interval {check.words(check.interval95)} excludes "
        f"{value_text(check.null, check.scale)} and {check.narrow_words} reaches outside "
        f"{check.words(check.margin)}"
    )
