"""Parts and tables that several claims show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csresearch import figures
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings import Finding
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import count_text
from csresearch.multiverse import Multiverse
from csresearch.survival.curves import SurvivalCurve, survival_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Parts(Mapping[str, Part]):
    """Parts by name, each made when it is first asked for: an estimate need not wait for them."""

    def __init__(self, makers: Mapping[str, Callable[[], Part]]):
        self._makers = dict(makers)
        self._made: dict[str, Part] = {}

    def __getitem__(self, name: str) -> Part:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a part, without making it: a mapping would hide what fails then."""
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def draw_interval(finding: Finding, ax: Axes) -> Axes:
    """A finding's interval against no difference and the claim; loads Matplotlib when drawn."""
    return figures.interval_picture(finding, ax)


def data_part(company: Company) -> Part:
    """What was loaded and what was set aside."""
    return Part("What was loaded", company.row_counts, company.data_summary.text)


def limits_part(reasons: Sequence[str], estimates: Iterable[Estimate] = ()) -> Part:
    """What lowered the evidence grade, and how strong an unmeasured cause would have to be."""
    lowered = "; ".join(reasons) or "nothing that the kit knows of lowered the grade"
    table = estimate_table(estimates)
    return Part("What these data cannot rule out", table, f"{lowered[0].upper()}{lowered[1:]}.")


def multiverse_part(
    every: Multiverse, *, null: float | None, region: tuple[float | None, float | None] | None
) -> Part:
    """All defensible analyses of a claim: how many agree, and which choice moves the answer."""
    look = {"choices": every.choices, "verdict": every.verdict, "scale": every.scale}
    draw = partial(figures.specification_curve, every.table, null=null, region=region, **look)
    size = figures.specification_size(every.table, every.choices)
    return Part("Many analysts", every.moves(), every.text, draw, size)


def enough_text(company: Company, n_events: int, enough: int | None, *, among: str = "") -> str:
    """How much data would do, for a finding that has too little; no count below the cell size."""
    left = count_text(n_events, smallest_cell=company.config.smallest_cell)
    needed = "more would be needed" if enough is None else f"about {enough:,} would be enough"
    return f" {left[0].upper()}{left[1:]} customers left{among}; {needed}."


def estimate_table(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """Estimates as rows ``label, value, ci_low, ci_high, scale``."""
    rows = [(e.name, e.value, e.ci_low, e.ci_high, e.scale) for e in estimates]
    return pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])


def span_labels(after: pd.Series, up_to: pd.Series) -> list[str]:
    """Spans of tenure in words: "month 3–6", "month 24+"."""
    spans = []
    for low, high in zip(after / DAYS_PER_MONTH, up_to / DAYS_PER_MONTH, strict=True):
        spans.append(f"month {low:.0f}–{high:.0f}" if np.isfinite(high) else f"month {low:.0f}+")
    return spans


def curve_table(curves: Mapping[str, SurvivalCurve], months: Sequence[float]) -> pd.DataFrame:
    """The share still here at some months, one row per curve and month it reaches."""
    rows = []
    for level, curve in curves.items():
        for month in months:
            at = survival_at(curve, month * DAYS_PER_MONTH)
            if at.value is not None:
                rows.append((f"{level}, month {month:g}", at.value, at.ci_low, at.ci_high))
    columns = ["label", "value", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns).assign(scale="share")
