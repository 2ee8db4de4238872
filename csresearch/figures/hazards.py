"""A churn rate over time beside what explains it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREEN,
    HALO,
    NORMAL,
    RED,
    name_axes,
    percent_axis,
    quiet,
    say_nothing_to_draw,
    spread,
)


def hazard_and_explanations(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw what leaves per month after a first result, beside one turn and beside sorting alone.

    Parameters
    ----------
    table : DataFrame
        Columns ``months`` ("0–3"…), ``share_leaving, share_if_sorting, share_if_turn``: chances
        per month; ``churned`` and ``customer_months`` for the interval.
    ax : Axes
    """
    table = table[table["customer_months"] > 0]
    if table.empty:
        return say_nothing_to_draw(ax, "Nobody was followed after a first result.")
    place = np.arange(len(table))
    error = np.sqrt(table["churned"].clip(lower=1)) / table["customer_months"]
    low = (table["share_leaving"] - 1.96 * error).clip(lower=0)
    ax.vlines(place, low, table["share_leaving"] + 1.96 * error, color=BLUE, linewidth=2, alpha=0.4)
    ax.plot(place, table["share_leaving"], "o", color=BLUE, markersize=6, zorder=4)
    ax.plot(place, table["share_if_sorting"], color=RED, linewidth=2)
    ax.step(place, table["share_if_turn"], where="mid", color=GREEN, linewidth=2)
    top = float((table["share_leaving"] + 1.96 * error)[table["churned"] >= 3].max())
    top = top if np.isfinite(top) and top > 0 else float(table["share_leaving"].max()) or 0.01
    ax.set_ylim(0, 1.1 * top)
    ax.set_xlim(-0.5, len(table) - 0.5)
    _names(table, ax, 1.1 * top)
    step = max(1, len(table) // 10)
    ax.set_xticks(place[::step], list(table["months"])[::step])
    name_axes(ax, "months since the first result", "leaving per month")
    return percent_axis(quiet(ax, grid="y"), "y")


def _names(table: pd.DataFrame, ax: Axes, top: float) -> None:
    """Name the three at the right end, pushed apart where they meet."""
    last = table.iloc[-1]
    named = [
        ("one turn", last["share_if_turn"], GREEN),
        ("only sorting", last["share_if_sorting"], RED),
        ("your customers", min(last["share_leaving"], top), BLUE),
    ]
    heights = spread([float(value) for _, value, _ in named], 0.07 * top)
    lift = max(0.0, 0.03 * top - min(heights))
    for (words, _, color), height in zip(named, heights, strict=True):
        ax.annotate(
            words, (1, height + lift), (6, 0), xycoords=("axes fraction", "data"), color=color,
            textcoords="offset points", va="center", fontsize=NORMAL, path_effects=HALO,
        )  # fmt: skip
