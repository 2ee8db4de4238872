"""Forecasts in pictures: hit rates beside their base rates, chances told against what happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREY,
    HALO,
    LINE,
    NORMAL,
    SMALL,
    name_axes,
    percent_axis,
    quiet,
    row_labels,
    rows_from_top,
    say_nothing_to_draw,
)
from csresearch.findings.labels import is_number, value_text


def hits_beside_base(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how often a judgement was right beside how often it would be right without knowing.

    Parameters
    ----------
    table : DataFrame
        Columns ``label, value, ci_low, ci_high, share_base``, one row a direction.
    ax : Axes
    """
    known = table[table["value"].map(is_number).astype(bool)].reset_index(drop=True)
    if known.empty:
        return say_nothing_to_draw(ax, "No hit rate can be estimated on this data.")
    rows_from_top(ax, row_labels(known))
    for row, one in known.iterrows():
        first = row == 0
        ax.barh(row - 0.18, one["value"], height=0.32, color=BLUE, linewidth=0)
        end = one["value"]
        if is_number(one["ci_low"]) and is_number(one["ci_high"]):
            ends = (one["ci_low"], one["ci_high"])
            ax.plot(ends, (row - 0.18,) * 2, color="#0d3352", linewidth=1.4)
            end = max(ends)
        right = " turned out right" if first else ""
        _beside(ax, (end, row - 0.18), value_text(one["value"], "share") + right, BLUE)
        ax.barh(row + 0.18, one["share_base"], height=0.32, color=LINE, linewidth=0)
        base = " of all judged" if first else ""
        _beside(
            ax, (one["share_base"], row + 0.18), value_text(one["share_base"], "share") + base, GREY
        )
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    return percent_axis(quiet(ax, grid="x", left=False), "x")


def calibration(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the share that stayed against the chance told: on the diagonal they are alike.

    Parameters
    ----------
    table : DataFrame
        Columns ``customers, share_told, share_stayed, share_from, share_to``.
    ax : Axes
    """
    known = table[table["share_stayed"].map(is_number).astype(bool)]
    if known.empty:
        return say_nothing_to_draw(ax, "No chance told can be held against what happened.")
    ax.plot((0, 1), (0, 1), color=GREY, linewidth=1, linestyle=(0, (3, 3)))
    ax.text(0.02, 0.98, "above the line: stayed more often than told", va="top", color=GREY,
            fontsize=SMALL)  # fmt: skip
    ax.text(0.98, 0.02, "below: less often", ha="right", color=GREY, fontsize=SMALL)
    ax.vlines(known["share_told"], known["share_from"], known["share_to"], color=BLUE, alpha=0.5)
    size = 30 + 170 * known["customers"] / known["customers"].max()
    ax.scatter(known["share_told"], known["share_stayed"], s=size.astype(float), color=BLUE,
               zorder=3, clip_on=False)  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    ax.set_xticks(np.arange(0, 1.01, 0.25))
    ax.set_yticks(np.arange(0, 1.01, 0.25))
    name_axes(ax, "chance to stay, as told at kickoff", "share that stayed")
    return percent_axis(percent_axis(quiet(ax, grid="both"), "x"), "y")


def _beside(ax: Axes, place: tuple[float, float], words: str, color: str) -> None:
    """A label right of a bar, or at its end where there is no room."""
    inside = place[0] > 0.8
    ax.annotate(
        words, place, (-6 if inside else 6, 0), textcoords="offset points", va="center",
        ha="right" if inside else "left", color=color, fontsize=NORMAL, path_effects=HALO,
    )  # fmt: skip
