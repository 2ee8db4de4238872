"""What was recorded: cells left empty, events month by month, surveys sent and answered."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREY,
    HALO,
    LINE,
    NORMAL,
    RED,
    SERIES,
    date_axis,
    name_axes,
    percent_axis,
    quiet,
    rows_from_top,
    say_nothing_to_draw,
)


def empty_cells(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how often each column is empty, for customers who left and who stayed.

    Parameters
    ----------
    table : DataFrame
        Columns ``column, share_of_left, share_of_stayed``.
    ax : Axes
    """
    if len(table) == 0:
        return say_nothing_to_draw(ax, "No cell is empty.")
    rows = range(len(table))
    ax.hlines(
        rows, table["share_of_left"], table["share_of_stayed"], color=LINE, linewidth=3, zorder=1
    )
    for column, color in (("share_of_stayed", BLUE), ("share_of_left", RED)):
        ax.plot(table[column], rows, "o", color=color, markersize=7, zorder=3, clip_on=False)
    rows_from_top(ax, list(table["column"]))
    ax.set_xlim(0, 1)
    for place, color, words in ((0.0, RED, "left"), (0.12, BLUE, "stayed")):
        ax.text(place, 1.01, words, transform=ax.transAxes, color=color, fontsize=NORMAL)
    percent_axis(ax, "x")
    return quiet(name_axes(ax, "share of empty cells"), grid="x", left=False)


def activity(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one strip of events a month for each kind of table.

    Parameters
    ----------
    table : DataFrame
        ``month`` and a column of rates for each table.
    ax : Axes
    """
    names = [name for name in table.columns if name != "month"]
    if not names or len(table) == 0:
        return say_nothing_to_draw(ax, "No events to draw.")
    months = pd.to_datetime(table["month"])
    for row, (name, color) in enumerate(zip(names, SERIES, strict=False)):
        values, floor = table[name].astype(float), len(names) - 1 - row
        top = float(values.max()) if values.notna().any() else 0.0
        height = floor + 0.72 * values / top if top else floor + 0 * values
        ax.fill_between(months, floor, height, step="mid", color=color, alpha=0.75, linewidth=0)
        ax.axhline(floor, color=LINE, linewidth=0.8, zorder=0)
        words = f"{name}: at most {top:,.3g} a month for every 100 customers"
        ax.text(0, floor + 0.78, words, color=color, fontsize=NORMAL, path_effects=HALO,
                transform=ax.get_yaxis_transform())  # fmt: skip
    ax.set_ylim(0, len(names))
    ax.set_yticks([])
    date_axis(ax)
    return quiet(ax, left=False)


def responses(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how many were asked and how many answered, month by month.

    Parameters
    ----------
    table : DataFrame
        Columns ``month, asked, answered``.
    ax : Axes
    """
    if len(table) == 0 or table["asked"].sum() == 0:
        return say_nothing_to_draw(ax, "No surveys to draw.")
    months = pd.to_datetime(table["month"])
    ax.fill_between(months, 0, table["asked"], step="mid", color=LINE, linewidth=0)
    ax.fill_between(months, 0, table["answered"], step="mid", color=BLUE, alpha=0.75, linewidth=0)
    share = table["answered"].sum() / table["asked"].sum()
    told = (
        (0.99, GREY, f"{table['asked'].sum():,.0f} asked"),
        (0.90, BLUE, f"{table['answered'].sum():,.0f} answered ({100 * share:.0f} %)"),
    )
    for height, color, words in told:
        ax.text(0.01, height, words, transform=ax.transAxes, va="top", color=color, fontsize=NORMAL,
                path_effects=HALO)  # fmt: skip
    ax.set_ylim(0, 1.25 * table["asked"].max())
    date_axis(ax)
    return quiet(name_axes(ax, y="surveys a month"), grid="y")
