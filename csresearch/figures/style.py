"""One quiet style for every picture: its colours, its axes, its labels."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.patheffects
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FixedLocator, Formatter, FuncFormatter, NullLocator

BLUE, RED, GREEN, GREY = "#1b5e8c", "#b4483b", "#2f7d4f", "#5b6472"
SAND, SAND_TEXT, PALE, LINE, INK = "#f3e3c3", "#8a6116", "#eceef1", "#b9bec6", "#1d232b"
SERIES = (BLUE, RED, GREEN, "#8a6116", "#6a4c93", GREY)
SMALL, NORMAL = 9.0, 10.0
HALO = (matplotlib.patheffects.withStroke(linewidth=3, foreground="white"),)


def quiet(ax: Axes, *, grid: str = "", left: bool = True) -> Axes:
    """Leave only what carries information: no frame, pale grid, small grey ticks."""
    for side in ("top", "right", *(() if left else ("left",))):
        ax.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        ax.spines[side].set_color(LINE)
    ax.tick_params(colors=GREY, labelsize=SMALL, length=3)
    if not left:
        ax.tick_params(axis="y", length=0)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(axis=grid, color=PALE, linewidth=0.9)
    return ax


def name_axes(ax: Axes, x: str = "", y: str = "") -> Axes:
    """Name the axes in grey, small, in plain words."""
    ax.set_xlabel(x, color=GREY, fontsize=SMALL)
    ax.set_ylabel(y, color=GREY, fontsize=SMALL)
    return ax


def rows_from_top(ax: Axes, labels: Sequence[str], *, size: float = NORMAL) -> Axes:
    """Put one row label per integer on the y axis, the first at the top."""
    ax.set_yticks(range(len(labels)), [wrapped(label) for label in labels])
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=size)
    return ax


def wrapped(label: object, width: int = 34) -> str:
    """Break a long label into lines at spaces; a word longer than a line is cut."""
    lines = [""]
    for word in str(label).split():
        word = word if len(word) <= width else word[: width - 1] + "…"
        if lines[-1] and len(lines[-1]) + len(word) + 1 > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def row_labels(table: pd.DataFrame) -> list[str]:
    """Take a table's row labels from its column label, or band, or its first column."""
    column = next((c for c in ("label", "band", "tenure") if c in table), table.columns[0])
    return [str(label) for label in table[column]]


def log_axis(ax: Axes, axis: str, ticks: Sequence[tuple[float, str]]) -> Axes:
    """Make an axis logarithmic with the given ticks and no others."""
    (ax.set_xscale if axis == "x" else ax.set_yscale)("log")
    return plain_ticks(ax, axis, ticks)


def plain_ticks(ax: Axes, axis: str, ticks: Sequence[tuple[float, str]]) -> Axes:
    """Put exactly these ticks on an axis."""
    words = dict(ticks)
    one = ax.xaxis if axis == "x" else ax.yaxis
    one.set_major_locator(FixedLocator([value for value, _ in ticks]))
    one.set_minor_locator(NullLocator())
    one.set_major_formatter(FuncFormatter(lambda value, _: words.get(value, f"{value:g}")))
    return ax


def date_axis(ax: Axes) -> Axes:
    """Ticks of dates at years or months, however long the axis is."""
    # With its own minticks, 5, nine ticks can't hold 49 to 59 months; years begin sooner with 4.
    locator = AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    return ax


def percent_axis(ax: Axes, axis: str) -> Axes:
    """Write an axis of shares as per cent."""
    one = ax.xaxis if axis == "x" else ax.yaxis
    one.set_major_formatter(_Percent())
    return ax


class _Percent(Formatter):
    """Shares as per cent, with as many decimals as the axis' ticks need to be told right."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        percent = 100 * np.asarray(self.axis.get_majorticklocs())
        digits = next((n for n in (0, 1, 2) if np.allclose(percent, percent.round(n))), 3)
        return f"{100 * x:.{digits}f} %"


def say_nothing_to_draw(ax: Axes, why: str) -> Axes:
    """Say on the axes why there is no picture."""
    ax.axis("off")
    ax.text(0.0, 0.5, why, transform=ax.transAxes, va="center", color=GREY, wrap=True)
    return ax


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move places apart until neighbours keep the gap, keeping their order and their middle."""
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    groups: list[tuple[list[int], float]] = []
    for i in order:
        groups.append(([i], places[i]))
        while len(groups) > 1 and _too_close(groups[-2], groups[-1], gap):
            (first, a), (second, b) = groups[-2:]
            members = first + second
            middle = (a * len(first) + b * len(second)) / len(members)
            groups[-2:] = [(members, middle)]
    moved = list(places)
    for members, middle in groups:
        for rank, i in enumerate(members):
            moved[i] = middle + gap * (rank - (len(members) - 1) / 2)
    return moved


def _too_close(below: tuple[list[int], float], above: tuple[list[int], float], gap: float) -> bool:
    reach = gap * (len(below[0]) + len(above[0])) / 2
    return above[1] - below[1] < reach - 1e-12
