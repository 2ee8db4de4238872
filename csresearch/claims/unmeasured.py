"""An unmeasured cause of any strength: what it would leave, and what would explain it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.claims.what_if import STRENGTHS
from csresearch.findings.labels import fixed, value_text
from csresearch.sensitivity.confounding import corner, corrected, strength_needed

LONGEST = 20.0  # strengths drawn
POINTS = 60


@dataclass(frozen=True)
class Explained:
    """A risk ratio and what it would have to fall to.

    Parameters
    ----------
    risk_ratio : float
        At least 1.
    targets : mapping of str to float
        Risk ratios below it, by what is said of them.
    number : callable
        From a risk ratio to the claim's own number.
    """

    risk_ratio: float
    targets: Mapping[str, float]
    number: Callable[[np.ndarray], np.ndarray]

    @property
    def factors(self) -> dict[str, float]:
        """By how much the risk ratio would have to be inflated."""
        return {name: self.risk_ratio / target for name, target in self.targets.items()}

    def text(self, where: str, beyond: str = "") -> str:
        """What it takes, where both strengths are equal."""
        takes = "; ".join(
            f"from {fixed(corner(factor), 1)} on {name}"
            for name, factor in sorted(self.factors.items(), key=lambda one: one[1])
        )
        if not takes:
            return ""
        return (
            f"A cause k times as common {where} that multiplies the chance of leaving k times"
            f"{beyond}: {takes}."
        )


def strengths_table(found: Explained, scale: str) -> pd.DataFrame:
    """What is at least left at each strength, in words."""
    left = corrected(found.risk_ratio, STRENGTHS).to_numpy()
    told = found.number(left)
    columns = {
        f"{a:g} times as common": [
            value_text(number, scale, exact=True) if risk > 1 else "nothing"
            for number, risk in zip(numbers, risks, strict=True)
        ]
        for a, numbers, risks in zip(STRENGTHS, told.T, left.T, strict=True)
    }
    rows = [f"multiplies leaving by {b:g}" for b in STRENGTHS]
    return pd.DataFrame({"a cause that": rows, **columns})


def curves_of(found: Explained, like: Mapping[str, float]) -> pd.DataFrame:
    """The curves of all causes that are strong enough.

    Parameters
    ----------
    found : Explained
    like : mapping of str to float
        Bias factors of what is measured, by name, drawn as a yardstick.

    Returns
    -------
    DataFrame
        Columns ``label, yardstick, corner, more_common, multiplies``, sorted along each curve.
    """
    factors = [(name, False, factor) for name, factor in found.factors.items()]
    factors += [(name, True, factor) for name, factor in like.items()]
    parts = []
    for label, yardstick, factor in factors:
        if not factor < LONGEST / 2:
            continue
        reach = float(strength_needed(factor, [LONGEST])[0])  # the curve is the same both ways
        a = factor + np.geomspace(reach - factor, LONGEST - factor, POINTS)
        columns = {"more_common": a, "multiplies": strength_needed(factor, a)}
        known = {"label": label, "yardstick": yardstick, "corner": corner(factor)}
        parts.append(pd.DataFrame({**known, **columns}))
    columns = ["label", "yardstick", "corner", "more_common", "multiplies"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
