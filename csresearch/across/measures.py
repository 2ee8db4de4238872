"""One number of a claim's findings: where it is found, and how it is read with its intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from csresearch.findings import Estimate
from csresearch.pooling import ModelScale, model_scale
from csresearch.verdicts import ZeroCheck

PRIMARY = "primary"
NARROW = 0.90  # level of the interval of two one-sided tests at 5 %
_KEYS = ("name", "value", "ci_low", "ci_high", "confidence_level", "std_error", "scale", "role")


@dataclass(frozen=True)
class Measure:
    """One number that is pooled.

    Parameters
    ----------
    name : str
        How the estimate's name begins; ``PRIMARY`` for the finding's primary one.
    scale : str
        As in `Estimate`.
    """

    name: str
    scale: str = "ratio"

    @property
    def model(self) -> ModelScale:
        """The scale on which it is pooled."""
        return model_scale(self.scale)

    def find(self, records: Iterable[Mapping[str, Any]]) -> Estimate | None:
        """The estimate among a finding's records, if it is there and on the same scale."""
        for one in records:
            if self.name == PRIMARY:
                named = one["role"] == PRIMARY
            else:
                named = one["name"].startswith(self.name)
            if named and one["scale"] == self.scale:
                return Estimate(**{key: one[key] for key in _KEYS})
        return None

    def why_not(self, estimate: Estimate | None) -> str:
        """Why an estimate cannot be pooled; empty if it can."""
        if estimate is None or estimate.value is None:
            return "no estimate"
        if not self.model.holds(estimate.value):
            return "at the end of its scale"
        return "" if estimate.std_error else "no standard error"


@dataclass(frozen=True)
class Reading:
    """An estimate with its 95 % interval, and its 90 % one, as the rules read them."""

    estimate: Estimate
    narrow: tuple[float | None, float | None] = (None, None)

    @classmethod
    def of(cls, estimate: Estimate, part: float) -> Reading:
        """Read an estimate whose 90 % interval is not told: it reaches this part of the other."""
        ends, scale = (estimate.ci_low, estimate.ci_high), model_scale(estimate.scale)
        if estimate.value is None or None in ends:
            return cls(estimate)
        fits = all(map(scale.holds, (estimate.value, *ends)))
        to, back = (scale.to, scale.back) if fits else (float, float)
        here = to(estimate.value)
        low, high = (back(here + part * (to(end) - here)) for end in ends)
        return cls(estimate, (low, high))

    def zero_check(self, margin: tuple[float, float]) -> ZeroCheck:
        """The reading as a claim of zero takes it."""
        one = self.estimate
        if one.unbounded or (one.scale == "ratio" and one.value == 0):
            return ZeroCheck.from_estimate(one, margin)
        null = 1.0 if one.scale == "ratio" else 0.0
        wide = (one.ci_low, one.ci_high)
        return ZeroCheck(one.name, self.narrow, wide, margin, null, one.scale)
