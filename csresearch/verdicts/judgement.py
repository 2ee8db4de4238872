"""A verdict with the rule that fired, and what every rule needs to read an estimate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from csresearch.findings import Estimate


@dataclass(frozen=True)
class Judgement:
    """A verdict and the rule that fired, with its numbers."""

    verdict: str
    rule: str


def not_answerable(missing: Sequence[str]) -> Judgement:
    """Judge a claim whose columns are missing."""
    return Judgement("not answerable", f"needs {', '.join(missing)}, not in this data")


def not_identifiable(reason: str) -> Judgement:
    """Judge a claim whose columns are there but whose explanations cannot be told apart."""
    return Judgement("not identifiable", reason)


def descriptive(told: str) -> Judgement:
    """Judge a claim that states no effect to test: what is there is described, nothing is proved.

    Such a claim has neither a null nor a claimed region, so no row of the table can fire; too
    little data is still `no_interval` ("inconclusive").

    Parameters
    ----------
    told : str
        What was described, and by which rule ("3 of 5 kinds have an interval above 1").
    """
    return Judgement("descriptive", f"described, not tested: {told}")


def no_interval(name: str, absent: str = "") -> Judgement:
    """Judge an estimate without an interval: nothing can be said, for the reason given."""
    return Judgement("inconclusive", f"no interval for {name}: {absent or 'not to be estimated'}")


def has_interval(estimate: Estimate) -> bool:
    """Say whether value and both ends are there, if only as infinity."""
    there = None not in (estimate.value, estimate.ci_low, estimate.ci_high)
    return there or estimate.unbounded


def turned(scale: str, side: int = 1) -> Callable[[float], float]:
    """Return the map that puts the claimed side up: logs for ratios, the sign for the side."""
    if scale != "ratio":
        return lambda x: side * x
    return lambda x: side * (math.log(x) if x > 0 else -math.inf)
