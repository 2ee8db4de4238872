"""Effort in pictures: who gets it and asks for it, and how a challenge is taken."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREY,
    INK,
    LINE,
    RED,
    SAND_TEXT,
    SMALL,
    name_axes,
    percent_axis,
    quiet,
    row_labels,
    rows_from_top,
    say_nothing_to_draw,
)
from csresearch.findings.labels import is_number, value_text

_BARS = (
    ("share_of_customers", "of customers", LINE),
    ("share_of_hours", "of the hours spent", BLUE),
    ("share_of_requests", "of what customers ask for", SAND_TEXT),
    ("share_of_churn", "of churn", RED),
)


def effort_shares(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw each band's share of customers, of effort, of requests and of churn.

    Parameters
    ----------
    table : DataFrame
        Columns ``band, share_of_customers, share_of_hours, share_of_requests, share_of_churn``; a
        share that is missing everywhere has no bars.
    ax : Axes
    """
    bars = [bar for bar in _BARS if table[bar[0]].map(is_number).any()]
    if table.empty or not bars:
        return say_nothing_to_draw(ax, "No band has customers.")
    height = 0.8 / len(bars)
    rows_from_top(ax, row_labels(table))
    for place, (column, words, color) in enumerate(bars):
        shift = (place - (len(bars) - 1) / 2) * height
        for row, share in enumerate(table[column]):
            ax.barh(row + shift, share, height=0.85 * height, color=color, linewidth=0)
            text = f"{value_text(share, 'share')} {words if row == 0 else ''}".strip()
            ink = GREY if color == LINE else INK
            ax.annotate(text, (share, row + shift), (5, 0), textcoords="offset points",
                        va="center", fontsize=SMALL, color=ink)  # fmt: skip
    ax.set_xlim(0, 1.35 * max(table[column].max() for column, _, _ in bars))
    return percent_axis(quiet(ax, left=False), "x")


def shares_by_score(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the share not worse the next time by the score before, challenged and not.

    Parameters
    ----------
    table : DataFrame
        Columns ``before, share_challenged, share_unchallenged``.
    ax : Axes
    """
    lines = (
        ("share_unchallenged", "without a challenge", GREY),
        ("share_challenged", "challenged", BLUE),
    )
    known = [line for line in lines if table[line[0]].notna().any()]
    if table.empty or not known:
        return say_nothing_to_draw(ax, "Nobody answered twice.")
    for column, words, color in known:
        rows = table[table[column].notna()]
        ax.plot(rows["before"], rows[column], color=color, marker="o", markersize=5, label=words)
    ax.set_ylim(0, 1.04)
    ax.legend(frameon=False, fontsize=SMALL, loc="lower left")
    name_axes(ax, "score before, lowest 0 to highest 10 of its scale", "next score not worse")
    return percent_axis(quiet(ax, grid="y"), "y")
