"""Where things stand in the interval picture, whoever draws it: range, ticks, marks, labels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from csresearch.findings import Estimate, Finding
from csresearch.findings.labels import ROLE_WORDS, mark_text

_NEUTRAL = {"ratio": 1.0, "correlation": 0.0, "points": 0.0, "difference": 0.0}
_NULL_WORDS = {"share": "share of customers", "correlation": "no link", "kinds": "all alike"}
_LIMITS = {"share": (0.0, 1.0), "probability": (0.0, 1.0), "correlation": (-1.0, 1.0)}
_ROLES = ("naive", "no_effect", "primary")
_PAD = 0.06


@dataclass(frozen=True)
class Mark:
    """One number on the strip: its kind is the estimate's role; text names it and says it."""

    kind: str
    text: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Strip:
    """A finding's numbers on one axis.

    Parameters
    ----------
    scale : str
        Of all its numbers; ratios stand on a log axis.
    low, high : float
        Ends of the axis. What lies beyond is drawn at the end, as cut off.
    marks : tuple of Mark
        From top to bottom: plain comparison, what no effect would show, the data.
    null : float or None
        No difference.
    too_small : (float, float) or None
        Between no difference and the smallest effect that counts.
    region : (float, float) or None
        The claimed region, cut to the axis.
    region_text, null_text : str
        Their labels.
    """

    scale: str
    low: float
    high: float
    marks: tuple[Mark, ...]
    null: float | None
    too_small: tuple[float, float] | None
    region: tuple[float, float] | None
    region_text: str
    null_text: str

    def at(self, value: float) -> float:
        """Return the place of a value, from 0 at the left end to 1 at the right end."""
        low, high, here = (_axis(self.scale, x) for x in (self.low, self.high, value))
        return min(1.0, max(0.0, (here - low) / (high - low)))

    def beyond(self, value: float) -> bool:
        """Whether a value lies outside the axis."""
        return not self.low <= value <= self.high

    def ticks(self, most: int = 7) -> list[tuple[float, str]]:
        """Return at most about `most` round values inside the axis, with their labels."""
        values = round_values((self.low, self.high), self.scale, most, first=self.null)
        return [(value, tick_text(value, self.scale)) for value in values]


def strip_of(finding: Finding) -> Strip | None:
    """Return the strip of a finding's primary estimate, or None if it has no number to show.

    The plain comparison and what no effect would show stand on it where they are on the same
    scale; without a primary estimate they stand alone.
    """
    found = [e for e in map(finding.first, _ROLES) if e is not None and _shown(e)]
    if not found:
        return None
    judged = finding.primary or found[0]
    return _strip(judged, [e for e in found if e.scale == judged.scale])


def strip_of_estimate(estimate: Estimate) -> Strip | None:
    """Return the strip of one estimate alone, as for a second measure of the same claim."""
    return _strip(estimate, [estimate]) if _shown(estimate) else None


def _shown(estimate: Estimate) -> bool:
    """Whether it has a place on a strip, if only beyond its end."""
    return estimate.value is not None or estimate.unbounded


def _strip(judged: Estimate, found: list[Estimate]) -> Strip:
    null = _NEUTRAL.get(judged.scale) if judged.null is None else judged.null
    start, end = judged.claimed_region or (None, None)
    open_end = 1.0 if end is None and judged.scale == "share" else None
    inside = (e.value for e in found if e.value or judged.scale != "ratio")
    fixed = [null, start, end, open_end, judged.smallest_effect, *inside]
    marks = tuple(_mark(e) for e in found)
    ends = [end for one in marks if one.kind == "primary" for end in (one.low, one.high)]
    low, high = _range(judged.scale, [x for x in fixed if x is not None], ends)
    region = None
    if judged.claimed_region:
        region = (low if start is None else start, high if end is None else end)
    holds = region is not None and null is not None and region[0] < null < region[1]
    zero = holds and None not in (start, end)
    return Strip(
        judged.scale,
        low,
        high,
        marks,
        null,
        None if holds else _too_small(null, judged.smallest_effect),
        region,
        "counts as zero" if zero else f"claimed: {_region_text(judged)}" if region else "",
        _NULL_WORDS.get(judged.scale, "no difference"),
    )


def _mark(estimate: Estimate) -> Mark:
    role = "primary" if estimate.role == "secondary" else estimate.role
    if estimate.unbounded:
        text = f"{ROLE_WORDS[role]} {mark_text(estimate.ci_low, estimate.scale)} or more"
        return Mark(role, text, math.inf, estimate.ci_low, math.inf)
    text = f"{ROLE_WORDS[role]} {mark_text(estimate.value, estimate.scale)}"
    return Mark(role, text, estimate.value, estimate.ci_low, estimate.ci_high)


def _too_small(null: float | None, smallest: float | None) -> tuple[float, float] | None:
    if null is None or smallest is None or null == smallest:
        return None
    return min(null, smallest), max(null, smallest)


def _region_text(estimate: Estimate) -> str:
    start, end = estimate.claimed_region
    if end is None:
        return f"{tick_text(start, estimate.scale)} or more"
    text = tick_text(end, estimate.scale)
    return f"{text} or less" if start is None else f"{_bare(start, estimate.scale)} to {text}"


def _axis(scale: str, value: float) -> float:
    return math.log(max(value, 1e-9)) if scale == "ratio" else value


def _range(scale: str, fixed: list[float], ends: Iterable[float | None]) -> tuple[float, float]:
    """Everything that must be seen, and the interval as far as it leaves that readable."""
    places = [_axis(scale, x) for x in fixed]
    low, high = min(places), max(places)
    reach = max(high - low, 1.0) if scale == "ratio" else 3 * max(high - low, 0.02)
    for end in ends:
        if end is not None:
            low = min(low, max(_axis(scale, end), min(places) - reach))
            high = max(high, min(_axis(scale, end), max(places) + reach))
    pad = _PAD * max(high - low, 0.1 if scale == "ratio" else 0.01)
    least, most = _LIMITS.get(scale, (-math.inf, math.inf))
    low, high = max(low - pad, least), min(high + pad, most)
    return (math.exp(low), math.exp(high)) if scale == "ratio" else (low, high)


def round_values(
    ends: tuple[float, float], scale: str, most: int, *, first: float | None = None
) -> list[float]:
    """Return round values between two ends: 1, 2, 3, 6, 10 … for ratios, else even steps.

    About `most` of them at the closest; `first` is kept where it is one of them.
    """
    low, high = ends
    wide = scale == "ratio" and high / low > 2.5
    values = _log_ticks(low, high) if wide else _even(low, high, most)
    apart = 0.7 / most * (_axis(scale, high) - _axis(scale, low))
    kept: list[float] = []
    for value in sorted(values, key=lambda x: (x != first, abs(_axis(scale, x)))):
        if all(abs(_axis(scale, value) - _axis(scale, other)) >= apart for other in kept):
            kept.append(value)
    return sorted(kept)


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 3, 6) if high / low < 300 else (1,)
    values = (float(f"{step}e{decade}") for decade in decades for step in steps)
    return [value for value in values if low <= value <= high]


def _even(low: float, high: float, most: int) -> list[float]:
    rough = (high - low) / most
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(s * decade for s in (1, 2, 2.5, 5, 10) if s * decade >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]


def _bare(value: float, scale: str) -> str:
    shown = 100 * value if scale in ("share", "probability", "points") else value
    return f"{round(shown, 6) + 0.0:g}".replace("-", "−")


def tick_text(value: float, scale: str) -> str:
    """Write a round value as on an axis: "2×", "40 %", "−0.1"."""
    unit = {"ratio": "×", "share": " %", "probability": " %"}.get(scale, "")
    return _bare(value, scale) + unit
