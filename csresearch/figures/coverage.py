"""What the data cover: when customers started and left, and how long they have been followed."""

from __future__ import annotations

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREY,
    HALO,
    LINE,
    NORMAL,
    RED,
    date_axis,
    name_axes,
    quiet,
    say_nothing_to_draw,
)


def starts_and_churn(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how many customers started and how many left, month by month.

    Parameters
    ----------
    table : DataFrame
        Columns ``month`` (dates or "2024-03"), ``started, churned``.
    ax : Axes
    """
    if len(table) == 0:
        return say_nothing_to_draw(ax, "No dates to draw.")
    months = pd.to_datetime(table["month"])
    ax.fill_between(months, 0, table["started"], step="mid", color=LINE, linewidth=0)
    ax.step(months, table["churned"], where="mid", color=RED, linewidth=2)
    top = max(table["started"].max(), table["churned"].max(), 1)
    for column, color, words in (("started", GREY, "started"), ("churned", RED, "left")):
        peak = int(table[column].to_numpy().argmax())
        ax.annotate(
            words, (months.iloc[peak], table[column].iloc[peak]), (0, 5), ha="center",
            textcoords="offset points", color=color, fontsize=NORMAL, path_effects=HALO,
        )  # fmt: skip
    ax.set_ylim(0, 1.15 * top)
    date_axis(ax)
    return quiet(name_axes(ax, y="customers a month"), grid="y")


def tenure_histogram(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how long customers have been followed, those who left and those still here.

    Parameters
    ----------
    table : DataFrame
        Columns ``months`` (lower end of each bin of equal width), ``left, still_here`` (counts).
    ax : Axes
    """
    if len(table) == 0 or table[["left", "still_here"]].to_numpy().sum() == 0:
        return say_nothing_to_draw(ax, "No customers to draw.")
    width = float(table["months"].diff().min()) if len(table) > 1 else 1.0
    long = table.melt("months", ["left", "still_here"], "status", "customers")
    sns.histplot(
        long, x=long["months"] + width / 2, weights="customers", hue="status", multiple="stack",
        hue_order=["still_here", "left"], palette={"left": RED, "still_here": BLUE}, alpha=0.85,
        binwidth=width, binrange=(table["months"].min(), table["months"].max() + width),
        edgecolor="white", linewidth=0.6, legend=False, ax=ax,
    )  # fmt: skip
    ax.set_ylim(0, 1.25 * table[["left", "still_here"]].sum(axis=1).max())
    total = table[["left", "still_here"]].sum()
    for height, column, words, color in (
        (0.99, "still_here", "still here", BLUE),
        (0.91, "left", "left", RED),
    ):
        ax.text(
            0.99, height, f"{total[column]:,.0f} {words}", transform=ax.transAxes, ha="right",
            va="top", color=color, fontsize=NORMAL, path_effects=HALO,
        )  # fmt: skip
    return quiet(name_axes(ax, "months since start, at exit or when the data end", "customers"))
