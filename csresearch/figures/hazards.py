"""A churn rate over time beside what explains it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.rows import round_ticks
from csresearch.figures.style import (
    BLUE,
    GREEN,
    HALO,
    NORMAL,
    RED,
    name_axes,
    plain_ticks,
    quiet,
    say_nothing_to_draw,
    spread,
)

SEEN_MONTHS = 50  # customer-months below which a quarter says nothing


def hazard_and_explanations(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw what leaves per month after a first result, beside one turn and beside sorting alone.

    Parameters
    ----------
    table : DataFrame
        Columns ``months`` ("0–3"…), ``share_leaving, share_if_sorting, share_if_turn``: chances
        per month; ``churned`` and ``customer_months`` for the interval.
    ax : Axes
    """
    table = table[table["customer_months"] >= SEEN_MONTHS]
    if table.empty:
        return say_nothing_to_draw(ax, "Hardly anybody was followed after a first result.")
    month = table["months"].str.split("–").str[0].astype(float) + 1.5
    reach = 1.96 * np.sqrt(table["churned"].clip(lower=1)) / table["customer_months"]
    high = table["share_leaving"] + reach
    top = 1.1 * float(min(high.max(), 2 * table["share_leaving"].max() or 0.01))
    low = (table["share_leaving"] - reach).clip(lower=0)
    ax.vlines(month, low, high.clip(upper=top), color=BLUE, linewidth=2, alpha=0.4)
    ax.plot(month, table["share_leaving"], "o", color=BLUE, markersize=6, zorder=4)
    ax.plot(month, table["share_if_sorting"], color=RED, linewidth=2)
    ax.step(month, table["share_if_turn"], where="mid", color=GREEN, linewidth=2)
    ax.set_ylim(0, top)
    ax.set_xlim(0, float(month.max()) + 1.5)
    _names(table, ax, top)
    ax.set_xticks(np.arange(0, month.max() + 1.5, 6))
    plain_ticks(ax, "y", round_ticks(0, top, "share", 6))
    return quiet(name_axes(ax, "months since the first result", "leaving per month"), grid="y")


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
