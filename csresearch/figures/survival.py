"""Survival curves with their intervals and, below, how many were still at risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    GREY,
    HALO,
    NORMAL,
    SERIES,
    SMALL,
    name_axes,
    percent_axis,
    quiet,
    say_nothing_to_draw,
    spread,
    wrapped,
)
from csresearch.findings.labels import count_text

_MONTH_DAYS = 30.4375
_GAP = 0.065  # between labels at the ends of curves, as a fraction of the axis


def survival_curves(
    curves: Mapping[Any, Any],
    ax: Axes,
    *,
    horizon_months: float | None = None,
    at_risk: bool = True,
    smallest_cell: int = 5,
    name: str = "still customers",
) -> Axes:
    """Draw the share still there by month of tenure, one step curve a group.

    Parameters
    ----------
    curves : mapping of label to curve
        A frame, or an object with one as ``frame``: columns ``day, survival`` and where known
        ``ci_low, ci_high, at_risk`` (at risk just before each day).
    ax : Axes
    horizon_months : float or None
        Where the axis ends; the longest curve if not given.
    at_risk : bool
        Whether to write how many were at risk below the picture.
    smallest_cell : int
        Smaller counts are written as "fewer than …".
    name : str
        Of the share.
    """
    frames = {str(label): getattr(curve, "frame", curve) for label, curve in curves.items()}
    frames = {label: frame for label, frame in frames.items() if len(frame) > 0}
    if not frames:
        return say_nothing_to_draw(ax, "No group is large enough to draw a curve.")
    longest = max(frame["day"].max() for frame in frames.values()) / _MONTH_DAYS
    end = longest if horizon_months is None else min(horizon_months, longest)
    for frame, color in zip(frames.values(), _colors(frames), strict=True):
        _curve(frame, end, ax, color)
    ax.set_xlim(0, end or 1)
    ax.set_ylim(0, 1.02)
    ticks = _month_ticks(end)
    ax.set_xticks(ticks)
    _end_labels(frames, end, ax)
    percent_axis(quiet(name_axes(ax, "months since start", name), grid="y"), "y")
    return _at_risk_rows(frames, ticks, ax, smallest_cell) if at_risk else ax


def _colors(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Blue, red, green …; grey from where they run out."""
    return [SERIES[min(n, len(SERIES) - 1)] for n in range(len(frames))]


def _curve(frame: pd.DataFrame, end: float, ax: Axes, color: str) -> None:
    months = frame["day"] / _MONTH_DAYS
    shown = months <= end
    look = {"step": "post", "color": color}
    if {"ci_low", "ci_high"} <= set(frame.columns):
        low, high = frame["ci_low"][shown], frame["ci_high"][shown]
        ax.fill_between(months[shown], low, high, alpha=0.14, linewidth=0, **look)
    ax.step(months[shown], frame["survival"][shown], where="post", color=color, linewidth=2)


def _month_ticks(end: float) -> np.ndarray:
    step = next((s for s in (1, 2, 3, 6, 12, 24) if end / s <= 9), 60)
    return np.arange(0, end + 1e-9, step)


def _end_labels(frames: Mapping[str, pd.DataFrame], end: float, ax: Axes) -> None:
    """Name each curve at its right end, labels pushed apart where curves meet."""
    ends = [frame[frame["day"] / _MONTH_DAYS <= end].iloc[-1] for frame in frames.values()]
    heights = spread([float(row["survival"]) for row in ends], _GAP)
    lift = max(0.0, 0.02 - min(heights))
    for label, row, height, color in zip(frames, ends, heights, _colors(frames), strict=True):
        ax.annotate(
            f"{wrapped(label, 22)} {100 * row['survival']:.0f} %",
            (1, height + lift), (6, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", color=color, fontsize=NORMAL,
            path_effects=HALO,
        )  # fmt: skip


def _at_risk_rows(
    frames: Mapping[str, pd.DataFrame], ticks: Sequence[float], ax: Axes, smallest_cell: int
) -> Axes:
    """Write how many were still at risk at each tick, a row a group."""
    if not all("at_risk" in frame for frame in frames.values()):
        return ax
    below = -38.0
    _below(ax, (0, below), "at risk", {"color": GREY, "ha": "right"})
    for row, (frame, color) in enumerate(zip(frames.values(), _colors(frames), strict=True)):
        for month in ticks:
            words = count_text(_at_risk_on(frame, month * _MONTH_DAYS), smallest_cell=smallest_cell)
            words = words.replace("fewer than ", "<")
            _below(ax, (month, below - 12 * row), words, {"color": color, "ha": "center"})
    return ax


def _below(ax: Axes, place: tuple[float, float], words: str, look: Mapping[str, str]) -> None:
    x, points = place
    shift = -26 if look["ha"] == "right" else 0
    ax.annotate(
        words, (x, 0), (shift, points), xycoords=("data", "axes fraction"),
        textcoords="offset points", va="top", fontsize=SMALL, annotation_clip=False, **look,
    )  # fmt: skip


def _at_risk_on(frame: pd.DataFrame, day: float) -> float:
    """At risk just after a day: the next row's count, and nobody after the last."""
    later = frame.loc[frame["day"] > day, "at_risk"]
    return float(later.iloc[0]) if len(later) else 0.0
