"""Rows of intervals on one value axis: what forests, waterfalls and specifications share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    GREY,
    INK,
    SAND,
    SAND_TEXT,
    SMALL,
    log_axis,
    name_axes,
    plain_ticks,
)
from csresearch.findings.labels import interval_text, is_number
from csresearch.findings.strip import round_values, tick_text

Region = tuple[float | None, float | None]


def known_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows that have a value."""
    return table[table["value"].map(is_number).astype(bool)].reset_index(drop=True)


def extent(known: pd.DataFrame, more: Sequence[float], scale: str = "ratio") -> tuple[float, float]:
    """Ends of an axis that shows all values and intervals, long intervals cut."""
    # a ratio beyond a million is one that was not estimated; it must not stretch the axis
    turn = (lambda v: math.log(min(max(v, 1e-6), 1e6))) if scale == "ratio" else float
    shown = [v for v in [*known["value"], *more] if scale != "ratio" or v > 0]
    values = [turn(v) for v in shown or [1.0]]  # a ratio of 0 is off every logarithmic axis
    reach = max(max(values) - min(values), 1.0 if scale == "ratio" else 0.1)
    lows = [turn(v) for v in known["ci_low"] if is_number(v) and (scale != "ratio" or v > 0)]
    highs = [turn(v) for v in known["ci_high"] if is_number(v) and (scale != "ratio" or v > 0)]
    low = max(min([*values, *lows]), min(values) - reach)
    high = min(max([*values, *highs]), max(values) + reach)
    pad = 0.06 * ((high - low) or reach)
    back = math.exp if scale == "ratio" else float
    return back(low - pad), back(high + pad)


def round_ticks(low: float, high: float, scale: str, most: int) -> list[tuple[float, str]]:
    """Return round values between two ends with their labels."""
    values = round_values((low, high), scale, most, first=1.0 if scale == "ratio" else 0.0)
    return [(value, tick_text(value, scale)) for value in values]


def value_axis(
    ax: Axes, seen: tuple[pd.DataFrame, float | None, Region | None], scale: str, name: str
) -> None:
    """Lay the horizontal value axis with its null line and claimed region."""
    known, null, region = seen
    ends = [x for x in (null, *(region or ())) if x is not None]
    low, high = extent(known, ends, scale)
    (log_axis if scale == "ratio" else plain_ticks)(ax, "x", round_ticks(low, high, scale, 7))
    ax.set_xlim(low, high)
    if region:
        start, end = (edge if x is None else x for x, edge in zip(region, (low, high), strict=True))
        ax.axvspan(start, end, color=SAND, linewidth=0, zorder=0)
        middle = math.sqrt(start * end) if scale == "ratio" else (start + end) / 2
        ax.annotate(
            "claimed", (middle, 1), (0, 3), xycoords=("data", "axes fraction"), ha="center",
            textcoords="offset points", color=SAND_TEXT, fontsize=SMALL,
        )  # fmt: skip
    if null is not None:
        ax.axvline(null, color=GREY, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
    name_axes(ax, name)


def interval_row(one: pd.Series, row: float, ax: Axes, color: str, *, size: float = 7) -> None:
    """Draw one interval and its point; an end beyond the axis becomes an arrow."""
    if not is_number(one["value"]):
        return
    low, high = ax.get_xlim()
    if is_number(one["ci_low"]) and is_number(one["ci_high"]):
        left, right = max(one["ci_low"], low), min(one["ci_high"], high)
        look = {"color": color, "linewidth": size / 2.6, "solid_capstyle": "round"}
        ax.plot((left, right), (row, row), zorder=3, **look)
        for end, cut, arrow in ((left, one["ci_low"], "<"), (right, one["ci_high"], ">")):
            if end != cut:
                ax.plot(end, row, marker=arrow, color=color, markersize=size, clip_on=False)
    ax.plot(one["value"], row, marker="o", color=color, markersize=size, zorder=4)


def row_text(one: pd.Series, row: float, ax: Axes, scale: str) -> None:
    """The number with its interval, in a column right of the picture."""
    words = interval_text(one["value"], (one["ci_low"], one["ci_high"]), scale)
    ax.annotate(
        words, (1, row), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
        va="center", color=INK if is_number(one["value"]) else GREY, fontsize=SMALL,
    )  # fmt: skip
