"""The specification curve: every analysis' number in order, and below it what was chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.rows import Region, extent, known_rows, round_ticks
from csresearch.figures.style import (
    BLUE,
    GREY,
    INK,
    LINE,
    NORMAL,
    PALE,
    RED,
    SAND,
    SAND_TEXT,
    SMALL,
    log_axis,
    name_axes,
    plain_ticks,
    quiet,
    say_nothing_to_draw,
)
from csresearch.findings.labels import is_number

MOST_INTERVALS = 80  # more of them are one grey patch
CURVE_HEIGHT, ROW_HEIGHT = 2.6, 0.17  # inches
LONGEST_OPTION = 27


def specification_size(table: pd.DataFrame, choices: Sequence[str]) -> tuple[float, float]:
    """Size of the picture, inches: a row for every option that occurs."""
    choices = _with_options(table, choices)
    rows = sum(table[choice].nunique() for choice in choices) + 0.5 * len(choices)
    return 8.0, CURVE_HEIGHT + 0.9 + ROW_HEIGHT * rows


def specification_curve(
    table: pd.DataFrame,
    ax: Axes,
    *,
    choices: Sequence[str],
    verdict: str,
    scale: str = "ratio",
    null: float | None = 1.0,
    region: Region | None = None,
) -> Axes:
    """Draw every analysis of one claim, sorted, with its choices below: what moves the answer?

    Parameters
    ----------
    table : DataFrame
        Columns ``value, ci_low, ci_high, verdict`` and the choices, categorical; the first row is
        the primary analysis.
    ax : Axes
    choices : sequence of str
        Columns of the choices, from top to bottom.
    verdict : str
        Analyses that come to it are blue, others grey.
    scale : str
        Of the values.
    null : float or None
        No difference.
    region : (float or None, float or None) or None
        The claimed region.
    """
    known = known_rows(table.assign(primary=np.arange(len(table)) == 0))
    if scale == "ratio":
        known = known[known["value"] > 0]
    known = known.sort_values("value", kind="stable", ignore_index=True)
    if known.empty:
        return say_nothing_to_draw(ax, "No analysis could be done.")
    ax.axis("off")
    size = specification_size(table, choices)
    share = CURVE_HEIGHT / size[1]
    top = ax.inset_axes((0, 1 - share, 1, share))
    _curve(known, top, (null, region), scale)
    _points(known, top, verdict)
    below = ax.inset_axes((0, 0, 1, 1 - share - 0.03))
    _dots(known, below, choices, verdict)
    agree = int((known["verdict"] == verdict).sum())
    ax.set_title(
        f"{len(known)} analyses in order; blue: “{verdict}”, as this finding ({agree})",
        loc="left", color=INK, fontsize=NORMAL,
    )  # fmt: skip
    return ax


def _curve(
    known: pd.DataFrame, ax: Axes, seen: tuple[float | None, Region | None], scale: str
) -> None:
    """The numbers in order and some of their intervals, against no difference and the claim."""
    null, region = seen
    low, high = extent(known, [x for x in (null, *(region or ())) if x is not None], scale)
    (log_axis if scale == "ratio" else plain_ticks)(ax, "y", round_ticks(low, high, scale, 5))
    ax.set_ylim(low, high)
    ax.set_xlim(-1, len(known))
    if region:
        start, end = (edge if x is None else x for x, edge in zip(region, (low, high), strict=True))
        ax.axhspan(start, end, color=SAND, linewidth=0, zorder=0)
        middle = math.sqrt(start * end) if scale == "ratio" else (start + end) / 2
        ax.annotate(
            "claimed", (1, middle), (4, 0), xycoords=("axes fraction", "data"), va="center",
            textcoords="offset points", color=SAND_TEXT, fontsize=SMALL,
        )  # fmt: skip
    if null is not None:
        ax.axhline(null, color=GREY, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
    some = known.iloc[:: math.ceil(len(known) / MOST_INTERVALS)]
    some = some[some["ci_low"].map(is_number) & some["ci_high"].map(is_number)]
    ends = some[["ci_low", "ci_high"]].astype(float).clip(low, high)
    ax.vlines(some.index, ends["ci_low"], ends["ci_high"], color=LINE, linewidth=1.2, zorder=2)
    ax.set_xticks([])
    quiet(ax, grid="y")
    ax.spines["bottom"].set_visible(False)


def _points(known: pd.DataFrame, ax: Axes, verdict: str) -> None:
    """Every number, blue where its analysis agrees, the primary analysis in red."""
    agrees = (known["verdict"] == verdict).to_numpy()
    for mask, color in ((~agrees, GREY), (agrees, BLUE)):
        ax.scatter(np.flatnonzero(mask), known["value"][mask], s=7, color=color, zorder=3)
    place = known.index[known["primary"]]
    ax.scatter(place, known["value"][place], s=34, color=RED, zorder=4)
    for where in place:
        side = "right" if where > len(known) / 2 else "left"
        ax.annotate(
            "primary analysis", (where, known["value"][where]), (-7 if side == "right" else 7, -11),
            textcoords="offset points", ha=side, color=RED, fontsize=SMALL,
        )  # fmt: skip


def _dots(known: pd.DataFrame, ax: Axes, choices: Sequence[str], verdict: str) -> None:
    """A row for every option, a tick for every analysis that took it."""
    agrees = (known["verdict"] == verdict).to_numpy()
    row, ticks, labels, took = 0.0, [], [], []
    for choice in _with_options(known, choices):
        column = known[choice].cat.remove_unused_categories()
        options = list(column.cat.categories)
        ax.annotate(
            choice, (0, row), (-190, 0), xycoords=("axes fraction", "data"), va="center",
            textcoords="offset points", color=INK, fontsize=SMALL, fontweight="bold",
            annotation_clip=False,
        )  # fmt: skip
        for option in options:
            took.append((column == option).to_numpy())
            ticks.append(row)
            labels.append(_short(str(option)))
            row += 1.0
        row += 0.5
    ax.hlines(ticks, -1, len(known), color=PALE, linewidth=0.8, zorder=0)
    place, analysis = np.nonzero(np.array(took, dtype=bool).reshape(-1, len(known)))
    for mask, color in ((~agrees[analysis], GREY), (agrees[analysis], BLUE)):
        ax.plot(
            analysis[mask], np.array(ticks)[place[mask]], "|",
            color=color, markersize=6, markeredgewidth=0.9,
        )  # fmt: skip
    ax.set_yticks(ticks, labels)
    ax.set_ylim(row - 0.9, -0.8)
    ax.set_xlim(-1, len(known))
    ax.set_xticks([])
    name_axes(ax, "each column is one analysis")
    quiet(ax, left=False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=SMALL - 1)


def _with_options(table: pd.DataFrame, choices: Sequence[str]) -> list[str]:
    """The choices of which more than one option occurs."""
    return [choice for choice in choices if table[choice].nunique() > 1]


def _short(option: str) -> str:
    """A long option, cut."""
    return option if len(option) <= LONGEST_OPTION else option[: LONGEST_OPTION - 1] + "…"
