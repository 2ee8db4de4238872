"""From the tempting number to the fair one: by which factor does each correction change it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from csresearch.findings.estimates import Estimate


@dataclass(frozen=True)
class BiasWaterfall:
    """A ratio corrected step by step.

    Parameters
    ----------
    steps : tuple of Estimate
        In order, named by what is corrected, role "step"; the first is the plain number.
    factors : tuple of float or None
        What each step multiplies the last known ratio by; None for the first.
    """

    steps: tuple[Estimate, ...]
    factors: tuple[float | None, ...]

    def summary(self) -> pd.DataFrame:
        """Columns ``label, value, ci_low, ci_high, factor, scale``, a step a row."""
        rows = [(s.name, s.value, s.ci_low, s.ci_high) for s in self.steps]
        table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high"])
        return table.assign(factor=pd.array(self.factors, dtype=float), scale="ratio")


def bias_waterfall(steps: Sequence[tuple[str, Estimate]]) -> BiasWaterfall:
    """By which factor does each correction change the ratio?

    Parameters
    ----------
    steps : sequence of (str, Estimate)
        Label and ratio, from the plain number to the fair one.

    Returns
    -------
    BiasWaterfall
        Steps and factors in order.

    Raises
    ------
    ValueError
        Without steps, or when one is not on the ratio scale.

    Notes
    -----
    Factors depend on the order of the steps and multiply to the whole. They are differences
    between estimates on the same customers, so no interval is given for them.

    Examples
    --------
    >>> steps = [("plain", Estimate("", 6.0)), ("from its day", Estimate("", 3.0))]
    >>> bias_waterfall(steps).factors
    (None, 0.5)
    """
    if not steps:
        raise ValueError("a waterfall needs at least one step, got none")
    before, factors = None, []
    for label, estimate in steps:
        if estimate.scale != "ratio":
            raise ValueError(f"step {label!r} must be a ratio, got scale {estimate.scale!r}")
        factors.append(estimate.value / before if estimate.value and before else None)
        before = estimate.value or before
    named = tuple(replace(estimate, name=label, role="step") for label, estimate in steps)
    return BiasWaterfall(named, tuple(factors))
