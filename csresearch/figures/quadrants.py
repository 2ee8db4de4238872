"""Happy or not, with results or without: four fields, and scores side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from csresearch.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    NORMAL,
    PALE,
    RED,
    SMALL,
    name_axes,
    percent_axis,
    quiet,
    say_nothing_to_draw,
)
from csresearch.findings.labels import is_number, value_text

_FIELDS = {  # column, row from below, what it is called, whether the two conflict
    "happy, results": (1, 1, "happy and succeeding", False),
    "happy, no results": (1, 0, "happy and failing", True),
    "unhappy, results": (0, 1, "unhappy and succeeding", True),
    "unhappy, no results": (0, 0, "unhappy and failing", False),
}
_CONFLICT = "#f6e3e0"
_LEFT, _WIDE = 0.06, 0.88  # of the bar inside a field


def four_fields(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the share of time in each of the four fields, against independence.

    Parameters
    ----------
    table : DataFrame
        Columns ``label`` (the four states), ``share_of_months, share_if_independent``; where
        known ``value``, the churn rate a month.
    ax : Axes
    """
    rows = {one["label"]: one for _, one in table.iterrows()}
    if not any(is_number(one["share_of_months"]) for one in rows.values()):
        return say_nothing_to_draw(ax, "Nobody who answered was followed.")
    most = max(max(r["share_of_months"], r["share_if_independent"]) for r in rows.values())
    for state, (column, row, words, conflict) in _FIELDS.items():
        fill = _CONFLICT if conflict else PALE
        ax.add_patch(Rectangle((column + 0.01, row + 0.01), 0.98, 0.98, color=fill, linewidth=0))
        if state in rows:
            _field(rows[state], (column, row), ax, (words, conflict, most))
    ax.set(xlim=(0, 2), ylim=(0, 2))
    ax.set_xticks([0.5, 1.5], ["unhappy", "happy"])
    ax.set_yticks([0.5, 1.5], ["no results", "results"])
    for side in ax.spines.values():
        side.set_visible(False)
    ax.tick_params(length=0, colors=INK, labelsize=NORMAL)
    return ax


def _field(one: pd.Series, place: tuple[int, int], ax: Axes, look: tuple[str, bool, float]) -> None:
    """One field: its name, its share of the time, and a bar against independence."""
    (x, y), (words, conflict, most) = place, look
    color = RED if conflict else GREY
    ax.text(x + _LEFT, y + 0.82, words, color=color, fontsize=NORMAL, fontweight="bold")
    share = value_text(one["share_of_months"], "share")
    ax.text(x + _LEFT, y + 0.5, share, color=INK, fontsize=20)
    ax.text(x + _LEFT, y + 0.4, "of customer-months", color=GREY, fontsize=SMALL)
    if is_number(one.get("value")):
        rate = f"{value_text(one['value'], 'share', exact=True)} leave a month"
        ax.text(x + 1 - _LEFT, y + 0.5, rate, ha="right", color=BLUE, fontsize=NORMAL)
    wide = _WIDE / most
    ax.add_patch(Rectangle((x + _LEFT, y + 0.2), wide * one["share_of_months"], 0.09, color=color))
    at = x + _LEFT + wide * one["share_if_independent"]
    ax.plot((at, at), (y + 0.17, y + 0.32), color=INK, linewidth=1.6)
    none = f"the line: {value_text(one['share_if_independent'], 'share')} if unrelated"
    ax.text(x + _LEFT, y + 0.07, none, color=INK, fontsize=SMALL)


def scores_by_result(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw which share of the answers without and with results gives each score.

    Parameters
    ----------
    table : DataFrame
        Columns ``instrument, score, without, with_results, share_without, share_with``; the
        instrument with most answers is drawn.
    ax : Axes
    """
    if table.empty or not table[["without", "with_results"]].to_numpy().sum():
        return say_nothing_to_draw(ax, "No answers to draw.")
    counts = table["without"] + table["with_results"]
    main = counts.groupby(table["instrument"]).sum().idxmax()
    rows = table[table["instrument"] == main]
    place = np.arange(len(rows))
    pairs = ((-0.2, "share_without", GREY, "without results"),
             (0.2, "share_with", GREEN, "with results"))  # fmt: skip
    for height, (shift, column, color, words) in zip((0.96, 0.88), pairs, strict=True):
        ax.bar(place + shift, rows[column].fillna(0), 0.36, color=color)
        n = int(rows["without" if column == "share_without" else "with_results"].sum())
        ax.text(0.01, height, f"{words}: {n:,} answers", transform=ax.transAxes, color=color)
    ax.set_xticks(place, [f"{score:g}" for score in rows["score"]])
    ax.set_ylim(0, 1.2 * max(rows[["share_without", "share_with"]].max()))
    name_axes(ax, f"score ({main})", "share of the answers")
    return percent_axis(quiet(ax, grid="y"), "y")
