"""One claim over many companies, and all claims in small panels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from csresearch.figures.rows import Region, interval_row, known_rows, row_text, value_axis
from csresearch.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LINE,
    PALE,
    RED,
    SMALL,
    name_axes,
    quiet,
    rows_from_top,
    say_nothing_to_draw,
)

COLUMNS = 3  # of panels
NAMED = 30  # companies, up to which each row has its name
VERDICT_COLORS = {
    "reproduced": GREEN,
    "same direction": "#8fbf9f",
    "against": RED,
    "inconclusive": LINE,
    "not identifiable": PALE,
}


@dataclass(frozen=True, eq=False)
class Panel:
    """A claim's companies, their average and the next one.

    Parameters
    ----------
    title : str
    rows : DataFrame
        Columns ``label, value, ci_low, ci_high, low``, in order; low: graded low, shown apart.
    ends : DataFrame
        The same columns for the average and the next company.
    scale : str
    null : float or None
    region : (float or None, float or None) or None
        What is claimed.
    """

    title: str
    rows: pd.DataFrame
    ends: pd.DataFrame
    scale: str
    null: float | None
    region: Region | None


def pooled_forest(panel: Panel, ax: Axes, *, name: str = "") -> Axes:
    """Draw one company a row, then their average and where the next one is expected.

    Parameters
    ----------
    panel : Panel
        Companies graded low are grey.
    ax : Axes
    name : str
        Of the value axis.
    """
    if known_rows(panel.rows).empty:
        return say_nothing_to_draw(ax, "No company's findings have an estimate to pool.")
    table = pd.concat([panel.rows, panel.ends], ignore_index=True)
    value_axis(ax, (known_rows(table), panel.null, panel.region), panel.scale, name)
    height, ends = _height(panel), list(panel.ends["label"])
    few = len(panel.rows) <= NAMED
    rows_from_top(ax, [*(panel.rows["label"] if few else [""] * height), *ends])
    _draw(panel, ax, size=7)
    for row, (_, one) in enumerate((table if few else panel.ends).iterrows()):
        row_text(one, row if few else height + row, ax, panel.scale)
    return quiet(ax, grid="x", left=False)


def pooled_panels(panels: Sequence[Panel], ax: Axes) -> Axes:
    """Draw a small forest for every claim: companies in blue, average and next one below.

    Parameters
    ----------
    panels : sequence of Panel
    ax : Axes
        Gives its room to the panels.
    """
    if not panels:
        return say_nothing_to_draw(ax, "No claim could be pooled.")
    ax.axis("off")
    rows = math.ceil(len(panels) / COLUMNS)
    wide, high = 1 / COLUMNS, 1 / rows
    for place, panel in enumerate(panels):
        row, column = divmod(place, COLUMNS)
        bottom = 1 - (row + 1) * high + 0.19 * high
        inner = ax.inset_axes((column * wide, bottom, 0.86 * wide, 0.62 * high))
        table = pd.concat([panel.rows, panel.ends], ignore_index=True)
        value_axis(inner, (known_rows(table), panel.null, panel.region), panel.scale, "")
        inner.set_yticks([])
        inner.set_ylim(_height(panel) + len(panel.ends) - 0.2, -0.8)
        _draw(panel, inner, size=5)
        inner.set_title(panel.title, loc="left", fontsize=SMALL, color=INK, pad=14)
        quiet(inner, grid="x", left=False)
    return ax


def verdict_bars(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how many companies came to which verdict, a claim a row.

    Parameters
    ----------
    table : DataFrame
        Column ``claim`` and a count for each of the verdicts drawn.
    ax : Axes
    """
    if table.empty:
        return say_nothing_to_draw(ax, "No finding could be read.")
    rows_from_top(ax, list(table["claim"]))
    start = pd.Series(0.0, index=table.index)
    for verdict, color in VERDICT_COLORS.items():
        counts = table[verdict].astype(float)
        ax.barh(range(len(table)), counts, left=start, color=color, height=0.66, label=verdict)
        start += counts
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=SMALL,
        labelcolor=GREY,
    )  # fmt: skip
    ax.set_xlim(0, max(float(start.max()), 1.0))
    ax.xaxis.get_major_locator().set_params(integer=True)
    return quiet(name_axes(ax, "companies"), grid="x", left=False)


def _draw(panel: Panel, ax: Axes, *, size: float) -> None:
    """Companies, then a line, then the average and the next company."""
    height = _height(panel)
    if len(panel.rows) > NAMED:
        _draw_many(panel.rows, np.linspace(0, height - 1, len(panel.rows)), ax)
    else:
        for row, (_, one) in enumerate(panel.rows.iterrows()):
            interval_row(one, row, ax, GREY if one["low"] else BLUE, size=size)
    ax.axhline(height - 0.5, color=LINE, linewidth=0.8)
    for row, (_, one) in enumerate(panel.ends.iterrows(), start=height):
        interval_row(one, row, ax, INK, size=max(size, 5))


def _height(panel: Panel) -> int:
    """Rows that the companies take; many share them."""
    return min(len(panel.rows), NAMED)


def _draw_many(rows: pd.DataFrame, places: np.ndarray, ax: Axes) -> None:
    """More companies than can be told apart: all intervals at once, cut where the axis ends."""
    low, high = ax.get_xlim()
    graded_low = rows["low"].to_numpy(bool)
    numbers = rows[["ci_low", "ci_high", "value"]].to_numpy(float)
    ends = numbers[:, :2].clip(low, high)
    for mine, color in ((~graded_low, BLUE), (graded_low, GREY)):  # one color is drawn quickly
        lines = np.stack([ends[mine], np.repeat(places[mine, None], 2, axis=1)], axis=2)
        ax.add_collection(
            LineCollection(lines, color=color, linewidth=0.7, alpha=0.5, zorder=3), autolim=False
        )
        ax.plot(numbers[mine, 2], places[mine], "o", markersize=1.4, color=color, zorder=4)
