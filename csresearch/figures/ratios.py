"""Ratios in pictures: step by step, side by side, by tenure, by lag, by analysis."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.rows import (
    Region,
    extent,
    interval_row,
    known_rows,
    round_ticks,
    row_text,
    value_axis,
)
from csresearch.figures.style import (
    BLUE,
    GREY,
    HALO,
    INK,
    LINE,
    NORMAL,
    PALE,
    RED,
    SMALL,
    log_axis,
    name_axes,
    plain_ticks,
    quiet,
    row_labels,
    rows_from_top,
    say_nothing_to_draw,
    spread,
)
from csresearch.findings.labels import is_number, mark_text
from csresearch.findings.strip import tick_text


def forest(
    table: pd.DataFrame,
    ax: Axes,
    *,
    scale: str = "ratio",
    null: float | None = 1.0,
    region: Region | None = None,
    name: str = "",
) -> Axes:
    """Draw one interval a row, against no difference and what is claimed.

    Parameters
    ----------
    table : DataFrame
        Columns ``label, value, ci_low, ci_high``; rows without a value say so.
    ax : Axes
    scale : str
        Of the values; ratios stand on a log axis.
    null : float or None
        No difference.
    region : (float or None, float or None) or None
        The claimed region.
    name : str
        Of the value axis.
    """
    known = known_rows(table)
    if known.empty:
        return say_nothing_to_draw(ax, "Nothing could be estimated here.")
    rows = np.arange(len(table))
    value_axis(ax, (known, null, region), scale, name)
    rows_from_top(ax, row_labels(table))
    for row, (_, one) in zip(rows, table.iterrows(), strict=True):
        interval_row(one, row, ax, BLUE)
        row_text(one, row, ax, scale)
    return quiet(ax, grid="x", left=False)


def waterfall(
    steps: pd.DataFrame, ax: Axes, *, null: float = 1.0, region: Region | None = None
) -> Axes:
    """Draw how a ratio moves from the tempting number to the fair one, a correction a row.

    Parameters
    ----------
    steps : DataFrame
        Columns ``label, value, ci_low, ci_high``, in order; the first row is the plain number.
    ax : Axes
    null : float
        No difference.
    region : (float or None, float or None) or None
        The claimed region.
    """
    known = known_rows(steps)
    if known.empty:
        return say_nothing_to_draw(ax, "No step could be estimated here.")
    value_axis(ax, (known, null, region), "ratio", "times longer with than without")
    rows_from_top(ax, row_labels(steps))
    before = None
    for row, (_, one) in enumerate(steps.iterrows()):
        if is_number(one["value"]):
            if before is not None:
                _fall(ax, before, (row, one["value"]))
            before = (row, one["value"])
        interval_row(one, row, ax, RED if row == 0 else BLUE)
        row_text(one, row, ax, "ratio")
    return quiet(ax, grid="x", left=False)


def ratio_by_tenure(
    table: pd.DataFrame,
    ax: Axes,
    *,
    overall: float | None = None,
    null: float = 1.0,
    name: str = "",
) -> Axes:
    """Draw whether the ratio is steady over tenure: one interval a stretch, the overall beside.

    Parameters
    ----------
    table : DataFrame
        Columns ``label`` (stretch of tenure), ``value, ci_low, ci_high``.
    ax : Axes
    overall : float or None
        The ratio over all tenure, drawn as a line.
    null : float
        No difference.
    name : str
        Of the ratio.
    """
    known = known_rows(table)
    if known.empty:
        return say_nothing_to_draw(ax, "No stretch of tenure has churn on both sides.")
    seen = [null] if overall is None else [null, overall]
    low, high = extent(known, seen)
    log_axis(ax, "y", round_ticks(low, high, "ratio", 6))
    ax.set_ylim(low, high)
    places = range(len(table))
    ax.set_xticks(places, row_labels(table))
    ax.set_xlim(-0.6, len(table) - 0.4)
    for x, (_, one) in zip(places, table.iterrows(), strict=True):
        _column(one, x, ax)
    _level(ax, null, "no difference", GREY)
    if overall is not None:
        _level(ax, overall, f"over all tenure {mark_text(overall, 'ratio')}", BLUE)
    return quiet(name_axes(ax, "months since start", name), grid="y")


def lag_curve(table: pd.DataFrame, ax: Axes, *, null: float = 1.0, name: str = "") -> Axes:
    """Draw how the ratio moves when a result counts only some days after it was reached.

    Parameters
    ----------
    table : DataFrame
        Columns ``lag_days, value, ci_low, ci_high`` and optionally ``unadjusted``.
    ax : Axes
    null : float
        No difference.
    name : str
        Of the ratio.
    """
    known = known_rows(table)
    if known.empty:
        return say_nothing_to_draw(ax, "No lag leaves both groups with churn.")
    more = list(known["unadjusted"].dropna()) if "unadjusted" in known else []
    low, high = extent(known, [null, *more])
    log_axis(ax, "y", round_ticks(low, high, "ratio", 6))
    days = known["lag_days"]
    ax.fill_between(days, known["ci_low"], known["ci_high"], color=BLUE, alpha=0.15, linewidth=0)
    ax.plot(days, known["value"], color=BLUE, linewidth=2, marker="o", markersize=5)
    ends = {f"adjusted {mark_text(known['value'].iloc[-1], 'ratio')}": ("value", BLUE)}
    if more and not np.allclose(known["unadjusted"], known["value"], equal_nan=True):
        ax.plot(days, known["unadjusted"], color=GREY, linewidth=1.2, linestyle=(0, (4, 2)))
        ends["unadjusted"] = ("unadjusted", GREY)
    heights = [math.log(known[column].iloc[-1]) for column, _ in ends.values()]
    apart = np.exp(spread(heights, 0.07 * math.log(high / low)))
    for (words, (_, color)), y in zip(ends.items(), apart, strict=True):
        _end_label(ax, (days.iloc[-1], y), words, color)
    ax.set_ylim(low, high)
    ax.set_xlim(0, days.iloc[-1] * 1.2 or 1)
    plain_ticks(ax, "x", [(float(day), f"{day:g}") for day in days])
    _level(ax, null, "no difference", GREY)
    return quiet(name_axes(ax, "days a result must be old before it counts", name), grid="y")


def specification_dots(
    table: pd.DataFrame,
    ax: Axes,
    *,
    scale: str = "ratio",
    null: float = 1.0,
    region: Region | None = None,
    chosen: float | None = None,
) -> Axes:
    """Draw many defensible analyses of one claim, sorted: do they agree?

    Parameters
    ----------
    table : DataFrame
        Columns ``label, value, ci_low, ci_high``, one row an analysis; ``difference_from`` too
        where each has a no difference of its own, as shares of different groups have.
    ax : Axes
    scale : str
        Of the values.
    null : float
        No difference.
    region : (float or None, float or None) or None
        The claimed region.
    chosen : float or None
        The primary estimate, drawn as a line.
    """
    known = known_rows(table).sort_values("value", kind="stable", ignore_index=True)
    if known.empty:
        return say_nothing_to_draw(ax, "No analysis could be done.")
    value_axis(ax, (known, null, region), scale, "")
    if len(known) <= 24:
        rows_from_top(ax, row_labels(known), size=SMALL)
    else:
        ax.set_yticks([])
        ax.set_ylim(len(known) + 0.5, -1.5)
    for row, (_, one) in enumerate(known.iterrows()):
        interval_row(one, row, ax, BLUE, size=4 if len(known) <= 24 else 2.5)
    if chosen is not None:
        ax.axvline(chosen, color=BLUE, linewidth=1, zorder=1)
        name_axes(ax, f"the line: the primary estimate, {mark_text(chosen, scale)}")
    words = f"{len(known)} analyses, {_beyond(known, null, region)} of them beyond "
    words += tick_text(null, scale) if scale == "ratio" else "no difference"
    ax.set_title(words, loc="left", color=INK, fontsize=NORMAL, pad=18 if region else 8)
    return quiet(ax, grid="x", left=False)


def _beyond(known: pd.DataFrame, null: float, region: Region | None) -> int:
    """How many intervals lie wholly beyond no difference, on the claimed side.

    Above, where nothing else is said; on either side where zero is claimed.
    """
    if "difference_from" in known:
        return int((known["difference_from"] > 0).sum())
    low, high = region or (None, None)
    above, below = known["ci_low"] > null, known["ci_high"] < null
    zero_is_claimed = low is not None and high is not None and low < null < high
    if high is not None and high <= null:
        return int(below.sum())
    return int((above | below).sum() if zero_is_claimed else above.sum())


def _fall(ax: Axes, before: tuple[int, float], now: tuple[int, float]) -> None:
    """Show how far this step moved the number, from where the step before left it."""
    (row, value), (here, moved) = before, now
    ax.plot((value, value), (row, here), color=LINE, linewidth=1, zorder=1)
    ax.plot((value, moved), (here, here), color=PALE, linewidth=14, solid_capstyle="butt", zorder=1)


def _column(one: pd.Series, x: float, ax: Axes) -> None:
    if not is_number(one["value"]):
        low, high = ax.get_ylim()
        ax.text(x, math.sqrt(low * high), "too few", ha="center", color=GREY, fontsize=SMALL)
        return
    if is_number(one["ci_low"]) and is_number(one["ci_high"]):
        ends = (one["ci_low"], one["ci_high"])
        ax.plot((x, x), ends, color=BLUE, linewidth=2.7, solid_capstyle="round", zorder=3)
    ax.plot(x, one["value"], marker="o", color=BLUE, markersize=7, zorder=4)
    ax.annotate(
        mark_text(one["value"], "ratio"), (x, one["value"]), (9, 0), textcoords="offset points",
        va="center", color=BLUE, fontsize=NORMAL, path_effects=HALO, zorder=5,
    )  # fmt: skip


def _level(ax: Axes, y: float, words: str, color: str) -> None:
    """A horizontal line with its name at the right, outside the picture."""
    style = (0, (3, 3)) if color == GREY else "-"
    ax.axhline(y, color=color, linewidth=1, linestyle=style, zorder=1)
    ax.annotate(
        words, (1, y), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
        va="center", color=color, fontsize=SMALL,
    )  # fmt: skip


def _end_label(ax: Axes, place: tuple[float, float], words: str, color: str) -> None:
    ax.annotate(
        words, place, (8, 0), textcoords="offset points", va="center", color=color,
        fontsize=NORMAL, path_effects=HALO,
    )  # fmt: skip
