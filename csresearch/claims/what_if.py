"""How wrong would the data have to be? What several claims ask, and how the answers are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from csresearch.claims.ratio_multiverse import widened
from csresearch.findings.estimates import Estimate
from csresearch.findings.finding import TIPS
from csresearch.findings.labels import value_text
from csresearch.sensitivity.counted import Counted
from csresearch.sensitivity.counted_numbers import log_ratio

DAYS = (7.0, 14.0, 30.0, 60.0, 90.0)
SHARES = (0.01, 0.02, 0.05, 0.10, 0.20)
SHOWN = (1, 2, 4)  # of each: a little, more, much
STEPS = ("a_little", "more", "much")
STRENGTHS = (1.5, 2.0, 3.0, 5.0, 10.0)  # of an unmeasured cause
DRAWS, MOST, SEED = 40, 10_000, 20260104  # placebos, and customers they are dealt among

Judge = Callable[[Estimate], str]


@dataclass(frozen=True)
class WhatIf:
    """One way in which the data may be wrong, tried in steps.

    Parameters
    ----------
    label : str
        What is wrong, with ``{}`` for by how much.
    unit : str
        Scale of the sizes: "days" or "share".
    sizes : tuple of float
        From small to large.
    found : tuple of Estimate
        At each size.
    verdicts : tuple of str
    is_bound : bool
        Whether the numbers are only bounds, from which no verdict follows.
    """

    label: str
    unit: str
    sizes: tuple[float, ...]
    found: tuple[Estimate, ...]
    verdicts: tuple[str, ...]
    is_bound: bool = False

    def tips(self, verdict: str) -> int | None:
        """The first step at which the verdict is another; None where it never is."""
        others = (i for i, one in enumerate(self.verdicts) if one != verdict)
        return None if self.is_bound else next(others, None)

    def tip_text(self, verdict: str) -> str:
        """Where the verdict changes, and to what."""
        tip = self.tips(verdict)
        if tip is not None:
            return f"{self.size_text(tip)}: {self.verdicts[tip]}"
        return "only a bound" if self.is_bound else f"not up to {self.size_text(-1)}"

    def size_text(self, step: int) -> str:
        """A size in words."""
        return value_text(self.sizes[step], self.unit)

    def said(self, step: int) -> str:
        """What is wrong, by how much."""
        return self.label.format(self.size_text(step))


def tried(
    label: str,
    sizes: Sequence[float],
    number: Callable[[float], Estimate],
    judge: Judge,
) -> WhatIf:
    """Try every size."""
    found = tuple(number(size) for size in sizes)
    unit = "share" if max(sizes) <= 1 else "days"
    return WhatIf(label, unit, tuple(sizes), found, tuple(judge(one) for one in found))


def table_of(rows: Sequence[WhatIf], verdict: str) -> pd.DataFrame:
    """What the number would be, and where the verdict changes.

    Returns
    -------
    DataFrame
        One row a way of being wrong: ``if, a_little, more, much, verdict_changes_at``, in words.
    """
    table = []
    for row in rows:
        cells = [
            f"{row.size_text(i)}: {value_text(row.found[i].value, row.found[i].scale, exact=True)}"
            for i in SHOWN
        ]
        table.append((row.label.format("…"), *cells, row.tip_text(verdict)))
    return pd.DataFrame(table, columns=["if", *STEPS, "verdict_changes_at"])


def told(rows: Sequence[WhatIf], verdict: str) -> str:
    """What changes the verdict, in a sentence or two, the smallest error first."""
    tips = [(row.tips(verdict), row) for row in rows]
    changes = sorted(((tip, row) for tip, row in tips if tip is not None), key=lambda one: one[0])
    if not changes:
        return f"None of the errors tried changes the verdict, “{verdict}”."
    least = " or ".join(f"{row.said(tip)} (“{row.verdicts[tip]}”)" for tip, row in changes[:2])
    return (
        f"{TIPS} {least}. A size that changes “{verdict}” was found for {len(changes)} of "
        f"{len(rows)} errors."
    )


def moved(primary: Estimate, recorded: tuple[float, float], found: tuple[float, float]) -> Estimate:
    """The primary ratio had the data been otherwise.

    Parameters
    ----------
    primary : Estimate
        With what it is judged against.
    recorded, found : (float, float)
        Log ratio and error, as recorded and otherwise, from the same counts.

    Returns
    -------
    Estimate
        Multiplied, and its interval widened, by as much as those counts say; no value where they
        do not tell.
    """
    if primary.value is None or not np.isfinite([*recorded, *found]).all():
        nothing = ("value", "ci_low", "ci_high", "std_error")
        return replace(primary, **dict.fromkeys(nothing))
    factor = float(np.exp(found[0] - recorded[0]))
    ends = {
        name: None if getattr(primary, name) is None else getattr(primary, name) * factor
        for name in ("ci_low", "ci_high")
    }
    return widened(replace(primary, value=primary.value * factor, **ends), found[1] / recorded[1])


def ratio_under(
    primary: Estimate, recorded: Counted, covariate: Sequence[float]
) -> Callable[[Counted], Estimate]:
    """A function from counts to the primary ratio had they been the counts."""
    base = log_ratio(recorded, covariate)
    return lambda counted: moved(primary, base, log_ratio(counted, covariate))
