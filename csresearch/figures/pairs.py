"""Pictures that set two things side by side: two states, plain and no effect, two measures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.rows import interval_row, round_ticks
from csresearch.figures.style import (
    BLUE,
    GREEN,
    GREY,
    HALO,
    INK,
    LINE,
    RED,
    SAND,
    SAND_TEXT,
    SMALL,
    log_axis,
    name_axes,
    quiet,
    rows_from_top,
    say_nothing_to_draw,
)
from csresearch.findings.labels import fixed, is_number, mark_text, value_text

UNNAMED = "survey"  # what the company's data call an instrument without a name


def rates_by_state(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the churn rate without and with results, by span of tenure.

    Parameters
    ----------
    table : DataFrame
        Columns ``label, rate_without, rate_with``; rates per 100 customer-months.
    ax : Axes
    """
    rates = table[["rate_without", "rate_with"]].to_numpy(float)
    if not len(table) or not np.isfinite(rates).any():
        return say_nothing_to_draw(ax, "No customer-months to draw.")
    place = np.arange(len(table))
    for shift, column, color in ((-0.2, "rate_without", GREY), (0.2, "rate_with", GREEN)):
        ax.bar(place + shift, table[column].fillna(0), 0.36, color=color)
        for x, rate in zip(place + shift, table[column], strict=True):
            text = fixed(rate, 1) if is_number(rate) else "–"
            ax.annotate(text, (x, rate if is_number(rate) else 0), (0, 2), ha="center",
                        textcoords="offset points", fontsize=SMALL, color=color)  # fmt: skip
    ax.set_xticks(place, table["label"])
    ax.text(0.99, 0.97, "without results", transform=ax.transAxes, ha="right", color=GREY)
    ax.text(0.99, 0.89, "with results", transform=ax.transAxes, ha="right", color=GREEN)
    return quiet(name_axes(ax, "", "churned per 100 customer-months"), grid="y")


def naive_beside_no_effect(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw each plain ratio beside what it would be if there were no effect.

    Parameters
    ----------
    table : DataFrame
        Columns ``label, plain, no_effect, no_effect_low, no_effect_high``; ratios.
    ax : Axes
    """
    known = table[table["plain"].map(is_number)].reset_index(drop=True)
    if known.empty:
        return say_nothing_to_draw(ax, "No plain ratio can be computed on this data.")
    seen = known[["plain", "no_effect", "no_effect_low", "no_effect_high"]].to_numpy(float)
    seen = seen[np.isfinite(seen) & (seen > 0)]  # a ratio of 0 is off every logarithmic axis
    if not len(seen):
        return say_nothing_to_draw(ax, "No plain ratio above 0 on this data.")
    low, high = min(1.0, seen.min()) / 1.15, seen.max() * 1.5
    log_axis(ax, "x", round_ticks(low, high, "ratio", 7))
    ax.set_xlim(low, high)
    rows_from_top(ax, known["label"])
    ax.axvline(1.0, color=GREY, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
    for row, one in known.iterrows():
        ax.plot(one["plain"], row - 0.14, "o", color=RED, markerfacecolor="white",
                markeredgewidth=2, markersize=7, zorder=4)  # fmt: skip
        _beside(ax, one["plain"], row - 0.14, f"plain {mark_text(one['plain'], 'ratio')}")
        if is_number(one["no_effect"]):
            span = (one["no_effect_low"], one["no_effect_high"])
            ax.plot(span, (row + 0.18,) * 2, color=RED, alpha=0.45, linewidth=2.5, zorder=3)
            ax.plot(one["no_effect"], row + 0.18, "^", color=RED, alpha=0.6, markersize=7, zorder=4)
            words = f"if results did nothing {mark_text(one['no_effect'], 'ratio')}"
            end = span[1] if is_number(span[1]) else one["no_effect"]
            _beside(ax, end, row + 0.18, words)
    return quiet(name_axes(ax, "times longer with results"), left=False)


def _beside(ax: Axes, x: float, row: float, words: str) -> None:
    """A label right of a mark."""
    ax.annotate(words, (x, row), (9, 0), textcoords="offset points", va="center", color=RED,
                fontsize=SMALL, path_effects=HALO, annotation_clip=False)  # fmt: skip


def practical_zero(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw each measure's interval against its bounds of practical zero, in units of the bounds.

    Parameters
    ----------
    table : DataFrame
        Columns ``label, value, ci_low, ci_high, scale, low_bound, high_bound``.
    ax : Axes
    """
    known = table[table["value"].map(is_number).astype(bool)].reset_index(drop=True)
    if known.empty:
        return say_nothing_to_draw(ax, "Neither measure can be estimated on this data.")
    scaled = pd.DataFrame([_in_bounds(one) for _, one in known.iterrows()])
    reach = max(1.6, min(6.0, 1.15 * scaled[["ci_low", "ci_high"]].abs().to_numpy().max()))
    ax.set_xlim(-reach, reach)
    ax.axvspan(-1, 1, color=SAND, linewidth=0, zorder=0)
    ax.text(0, 1.02, "practically zero", transform=ax.get_xaxis_transform(), ha="center",
            va="bottom", color=SAND_TEXT, fontsize=SMALL)  # fmt: skip
    ax.axvline(0, color=GREY, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
    rows_from_top(ax, known["label"])
    for row, one in scaled.iterrows():
        interval_row(one, row, ax, BLUE)
        words = value_text(known.loc[row, "value"], known.loc[row, "scale"], exact=True)
        ax.annotate(words, (1, row), (8, 0), xycoords=("axes fraction", "data"), va="center",
                    textcoords="offset points", fontsize=SMALL, color=INK)  # fmt: skip
    ax.set_xticks([-1, 0, 1], ["lower bound", "zero", "upper bound"])
    return quiet(ax, left=False)


def _in_bounds(one: pd.Series) -> dict[str, float]:
    """Value and interval as a share of the way from zero to the bound, logs for ratios."""
    ratio = one["scale"] == "ratio"
    turn = np.log if ratio else float
    low, high = turn(one["low_bound"]), turn(one["high_bound"])
    found = {}
    for name in ("value", "ci_low", "ci_high"):
        x = turn(one[name]) if is_number(one[name]) and (not ratio or one[name] > 0) else np.nan
        found[name] = x / high if x >= 0 else -x / low
    return found


def score_histogram(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how many customers gave each score, and which share of them has left.

    Parameters
    ----------
    table : DataFrame
        Columns ``instrument, score, n, share_left``; the instrument with most answers is drawn.
    ax : Axes
    """
    if table.empty:
        return say_nothing_to_draw(ax, "No answers to draw.")
    main = table.groupby("instrument")["n"].sum().idxmax()
    rows = table[table["instrument"] == main]
    place = np.arange(len(rows))
    ax.bar(place, rows["n"], 0.8, color=LINE)
    for x, n, share in zip(place, rows["n"], rows["share_left"], strict=True):
        ax.annotate(value_text(share, "share"), (x, n), (0, 2), textcoords="offset points",
                    ha="center", fontsize=SMALL, color=BLUE)  # fmt: skip
    ax.set_xticks(place, [f"{score:g}" for score in rows["score"]])
    name = "score" if main == UNNAMED else f"score ({main})"
    ax.set_title("share that has left so far", loc="left", color=BLUE, fontsize=SMALL)
    return quiet(name_axes(ax, name, "customers, first answer"), grid="y")
