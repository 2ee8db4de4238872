"""Shares that add up: bars of several parts, and curves stacked on one another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    HALO,
    INK,
    NORMAL,
    SERIES,
    SMALL,
    name_axes,
    percent_axis,
    quiet,
    rows_from_top,
    say_nothing_to_draw,
    spread,
    wrapped,
)

_MONTH_DAYS = 30.4375


def stacked_shares(table: pd.DataFrame, ax: Axes, *, name: str = "share of churn") -> Axes:
    """Draw one bar a row, cut into the shares of its parts.

    Parameters
    ----------
    table : DataFrame
        A column ``label``, and a column of shares for each part; each row sums to 1.
    ax : Axes
    name : str
        Of the shares.
    """
    parts = [column for column in table.columns if column != "label"]
    table = table.dropna(subset=parts)
    if table.empty or not parts:
        return say_nothing_to_draw(ax, "Nobody left, so there is nothing to divide.")
    rows_from_top(ax, table["label"], size=SMALL)
    start = np.zeros(len(table))
    for part, color in zip(parts, _colors(len(parts)), strict=True):
        share = table[part].to_numpy(float)
        ax.barh(range(len(table)), share, 0.62, left=start, color=color, linewidth=0, label=part)
        for row, (low, width) in enumerate(zip(start, share, strict=True)):
            if width >= 0.06:
                ax.text(low + width / 2, row, f"{100 * width:.0f}", ha="center", va="center",
                        color="white", fontsize=SMALL)  # fmt: skip
        start = start + share
    ax.set_xlim(0, 1)
    ax.legend(
        ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False, fontsize=SMALL,
        labelcolor=INK, handlelength=1, borderaxespad=0.2,
    )  # fmt: skip
    return percent_axis(quiet(name_axes(ax, name), left=False), "x")


def stacked_incidence(
    curves: Mapping[str, pd.DataFrame], ax: Axes, *, horizon_months: float
) -> Axes:
    """Draw the share that has left, by kind, one kind on top of the other.

    Parameters
    ----------
    curves : mapping of label to DataFrame
        Columns ``day, incidence``, the same days in all.
    ax : Axes
    horizon_months : float
        Where the axis ends.
    """
    if not curves:
        return say_nothing_to_draw(ax, "Nobody left, so no kind of churn has a curve.")
    below, ends = 0.0, []
    for frame, color in zip(curves.values(), _colors(len(curves)), strict=True):
        shown = frame[frame["day"] <= horizon_months * _MONTH_DAYS]
        months, height = shown["day"] / _MONTH_DAYS, shown["incidence"].to_numpy()
        ax.fill_between(months, below, below + height, step="post", color=color, linewidth=0)
        ends.append(float(np.atleast_1d(below + height / 2)[-1]))
        below = below + height
    top = 1.08 * float(np.max(below)) or 1.0
    names = {label: wrapped(label, 24) for label in curves}
    gap = 0.11 if any("\n" in name for name in names.values()) else 0.07  # two lines or one
    for label, frame, place, color in zip(
        curves, curves.values(), spread(ends, gap * top), _colors(len(curves)), strict=True
    ):
        last = frame[frame["day"] <= horizon_months * _MONTH_DAYS]["incidence"].iloc[-1]
        ax.annotate(
            f"{names[label]} {100 * last:.0f} %", (1, max(place, 0.02 * top)), (6, 0),
            xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            color=color, fontsize=NORMAL, path_effects=HALO,
        )  # fmt: skip
    ax.set_xlim(0, horizon_months)
    ax.set_ylim(0, top)
    name_axes(ax, "months since start", "has left")
    return percent_axis(quiet(ax), "y")


def _colors(n: int) -> list[str]:
    """Blue, red, green …; the last one again from where they run out."""
    return [SERIES[min(i, len(SERIES) - 1)] for i in range(n)]
