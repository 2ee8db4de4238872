"""Pictures of what nobody measured: causes strong enough, and answers nobody gave."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREY,
    INK,
    SAND,
    SAND_TEXT,
    SERIES,
    SMALL,
    log_axis,
    name_axes,
    quiet,
    say_nothing_to_draw,
    spread,
)
from csresearch.findings.labels import fixed, is_number

LARGEST = 20.0
TICKS = [(x, f"{x:g}") for x in (1, 1.5, 2, 3, 5, 10, 20)]


def confounder_curves(curves: pd.DataFrame, ax: Axes, *, group: str) -> Axes:
    """Draw how strong an unmeasured cause must be, on both sides: anything above a curve does it.

    Parameters
    ----------
    curves : DataFrame
        Columns ``label, yardstick, corner, more_common, multiplies``.
    ax : Axes
    group : str
        Where the cause is more common, as "among customers without results".
    """
    if curves.empty:
        return say_nothing_to_draw(ax, "No cause of a strength that can be drawn explains it.")
    for axis in ("x", "y"):
        log_axis(ax, axis, TICKS)
    ax.set_xlim(1, LARGEST)
    ax.set_ylim(1, LARGEST)
    series, ends = iter(SERIES), []
    for label, one in curves.groupby("label", sort=False):
        is_yardstick = bool(one["yardstick"].iloc[0])
        color = GREY if is_yardstick else next(series)
        style, corner = (0, (3, 3)) if is_yardstick else "-", float(one["corner"].iloc[0])
        ax.plot(one["more_common"], one["multiplies"], color=color, linewidth=1.8, linestyle=style)
        ax.plot(corner, corner, marker="o", color=color, markersize=6, zorder=4)
        ends.append((f"{label} ({fixed(corner, 1)})", float(one["multiplies"].iloc[-1]), color))
    apart = spread([math.log(y) for _, y, _ in ends], 0.06 * math.log(LARGEST))
    for (words, _, color), y in zip(ends, apart, strict=True):
        ax.annotate(words, (LARGEST, math.exp(y)), (6, 0), textcoords="offset points",
                    va="center", color=color, fontsize=SMALL)  # fmt: skip
    name_axes(ax, f"how many times as common the cause is {group}",
              "how many times it multiplies\nthe chance of leaving")  # fmt: skip
    return quiet(ax, grid="both")


def shifted_answers(
    table: pd.DataFrame, ax: Axes, *, region: tuple[float, float], bounds: tuple[float, float]
) -> Axes:
    """Draw how the link moves when those who never answered were less satisfied.

    Parameters
    ----------
    table : DataFrame
        Columns ``less_satisfied_by, value, ci_low, ci_high``.
    ax : Axes
    region : (float, float)
        Within which the link is practically zero.
    bounds : (float, float)
        Whatever they would have said: at least, and at most.
    """
    known = table[table["value"].map(is_number).astype(bool)]
    if known.empty:
        return say_nothing_to_draw(ax, "Nobody to compare.")
    ax.axhspan(*region, color=SAND, linewidth=0, zorder=0)
    ax.annotate("practically zero", (0.01, region[1]), (0, -11), textcoords="offset points",
                xycoords=("axes fraction", "data"), color=SAND_TEXT, fontsize=SMALL)  # fmt: skip
    ax.axhline(0, color=GREY, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
    ends = [known[name].astype(float) for name in ("ci_low", "ci_high")]
    by, look = known["less_satisfied_by"], {"linewidth": 2, "marker": "o", "markersize": 5}
    ax.fill_between(by, *ends, color=BLUE, alpha=0.15, linewidth=0)
    ax.plot(by, known["value"], color=BLUE, **look)
    for end, words in zip(bounds, ("at least", "at most"), strict=True):
        ax.axhline(end, color=INK, linewidth=1, zorder=1)
        ax.annotate(
            f"whatever they would have said, {words} {fixed(end)}", (1, end), (-4, 3),
            textcoords="offset points", xycoords=("axes fraction", "data"),
            ha="right", color=INK, fontsize=SMALL,
        )  # fmt: skip
    name_axes(ax, "how much less satisfied those who never answered were, standard deviations",
              "Somers' D of score and staying")  # fmt: skip
    return quiet(ax, grid="y")
