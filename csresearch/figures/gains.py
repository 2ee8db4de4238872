"""Pictures of what several kinds gain: the gain of each, and how few carry it together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREY,
    INK,
    LINE,
    RED,
    SAND,
    SAND_TEXT,
    SMALL,
    name_axes,
    percent_axis,
    quiet,
    rows_from_top,
    say_nothing_to_draw,
)
from csresearch.findings.labels import value_text

PALE_BLUE = "#9dbfd6"
SHOWN = ((-0.27, "chance", BLUE), (0.0, "if_alike", GREY), (0.27, "if_none", LINE))


def gains_by_kind(table: pd.DataFrame, ax: Axes, *, name: str = "departures avoided") -> Axes:
    """Draw what each kind gains, largest first, with the share carried so far.

    Parameters
    ----------
    table : DataFrame
        Columns ``label, value, ci_low, ci_high, share_so_far, chosen``, largest first; losses are
        drawn too, and count as nothing in the shares.
    ax : Axes
    name : str
        Of the value axis.
    """
    if table.empty:
        return say_nothing_to_draw(ax, "No kind of result has a gain to draw.")
    rows_from_top(ax, table["label"])
    for row, (_, one) in enumerate(table.iterrows()):
        color = RED if one["value"] < 0 else BLUE if one["chosen"] else PALE_BLUE
        ax.barh(row, one["value"], height=0.55, color=color, linewidth=0)
        ends = (one["ci_low"], one["ci_high"])
        ax.plot(ends, (row, row), color=INK, linewidth=1.3, zorder=3)
        words = f"{value_text(one['share_so_far'], 'share')}"
        words += " carried up to here" if row == 0 else ""
        ax.annotate(
            "below zero" if one["value"] < 0 else words, (1, row), (8, 0), va="center",
            xycoords=("axes fraction", "data"), textcoords="offset points",
            color=RED if one["value"] < 0 else INK, fontsize=SMALL,
        )  # fmt: skip
    ax.axvline(0, color=GREY, linewidth=1)
    ax.set_title("dark: the fewest kinds that carry 80 %", loc="left", color=BLUE, fontsize=SMALL)
    return quiet(name_axes(ax, name), grid="x", left=False)


def numbers_of_kinds(table: pd.DataFrame, ax: Axes, *, few: int = 3) -> Axes:
    """Draw the chance of each number of kinds, beside what luck alone would show.

    Parameters
    ----------
    table : DataFrame
        Columns ``kinds, chance, if_alike, if_none``; probabilities, ``if_alike`` missing where
        there is no gain to share out.
    ax : Axes
    few : int
        The most kinds that count as few.
    """
    if table.empty:
        return say_nothing_to_draw(ax, "No number of kinds to draw.")
    place = np.arange(len(table))
    there = table["kinds"].between(1, few).to_numpy()
    if there.any():
        ends = place[there][0] - 0.5, place[there][-1] + 0.5
        ax.axvspan(*ends, color=SAND, linewidth=0, zorder=0)
        ax.text(np.mean(ends), 1.02, "claimed", color=SAND_TEXT, fontsize=SMALL, ha="center",
                va="bottom", transform=ax.get_xaxis_transform())  # fmt: skip
    words = {"chance": "your data", "if_alike": "if all kinds gained alike",
             "if_none": "if no kind did anything"}  # fmt: skip
    for shift, column, color in SHOWN:
        if table[column].isna().all():
            continue
        heights = table[column].astype(float)
        ax.bar(place + shift, heights, 0.25, color=color, label=words[column], zorder=2)
    ax.set_xticks(place, ["none" if n == 0 else f"{n}" for n in table["kinds"]])
    ax.set_ylim(0, 1.0)
    ax.legend(frameon=False, fontsize=SMALL, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    name_axes(ax, "kinds of result that carry 80 % of the gain", "chance")
    return percent_axis(quiet(ax, grid="y"), "y")
