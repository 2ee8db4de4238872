"""The interval picture: a company's number against no difference and against what is claimed."""

from __future__ import annotations

from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREY,
    HALO,
    NORMAL,
    PALE,
    RED,
    SAND,
    SAND_TEXT,
    SMALL,
    log_axis,
    plain_ticks,
    quiet,
    say_nothing_to_draw,
)
from csresearch.findings import Finding
from csresearch.findings.strip import Mark, Strip, strip_of

_LOOKS = {
    "naive": {"marker": "o", "color": RED, "markerfacecolor": "white", "markersize": 7},
    "no_effect": {"marker": "^", "color": RED, "alpha": 0.6, "markersize": 7},
    "primary": {"marker": "o", "color": BLUE, "markersize": 8},
}


def interval_picture(finding: Finding, ax: Axes) -> Axes:
    """Draw where the data stand: plain comparison, what no effect would show, the interval.

    The claimed region is sand, effects too small to count are grey, no difference is dashed.
    """
    strip = strip_of(finding)
    if strip is None:
        return say_nothing_to_draw(ax, f"No interval to draw: {finding.rule}")
    rows = len(strip.marks)
    (log_axis if strip.scale == "ratio" else plain_ticks)(ax, "x", strip.ticks())
    ax.set_xlim(strip.low, strip.high)
    ax.set_ylim(rows - 0.3, -1.0)
    ax.set_yticks([])
    _grounds(strip, ax)
    for row, mark in enumerate(strip.marks):
        _draw_mark(strip, mark, row, ax)
    return quiet(ax, left=False)


def _grounds(strip: Strip, ax: Axes) -> None:
    for span, color in ((strip.too_small, PALE), (strip.region, SAND)):
        if span:
            ax.axvspan(*span, ymax=0.86, color=color, linewidth=0, zorder=0)
    if strip.region:
        place, side = _centre(strip, *strip.region, len(strip.region_text))
        ax.text(
            place, 0.89, strip.region_text, transform=ax.transAxes, ha=side, va="bottom",
            color=SAND_TEXT, fontsize=SMALL,
        )  # fmt: skip
    if strip.null is not None:
        ax.axvline(strip.null, ymax=0.86, color=GREY, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
        place, side = _centre(strip, strip.null, strip.null, len(strip.null_text))
        ax.annotate(
            strip.null_text, (place, 0), (0, -19), xycoords="axes fraction",
            textcoords="offset points", ha=side, va="top", color=GREY, fontsize=SMALL,
        )  # fmt: skip


def _centre(strip: Strip, low: float, high: float, letters: int) -> tuple[float, str]:
    """Where a centred label goes, as a fraction, turned inwards near an end of the axis."""
    middle, reach = (strip.at(low) + strip.at(high)) / 2, 0.005 * letters
    if middle < reach:
        return 0.0, "left"
    return (1.0, "right") if middle > 1 - reach else (middle, "center")


def _draw_mark(strip: Strip, mark: Mark, row: int, ax: Axes) -> None:
    look = _LOOKS[mark.kind]
    low, high = _ends(strip, mark)
    if mark.kind == "primary" and mark.low is not None and mark.high is not None:
        ax.plot((low, high), (row, row), color=BLUE, linewidth=4, solid_capstyle="round", zorder=3)
        for end, cut, arrow in ((low, mark.low, "<"), (high, mark.high, ">")):
            if strip.beyond(cut):
                ax.plot(end, row, marker=arrow, color=BLUE, markersize=8, clip_on=False, zorder=3)
    if not strip.beyond(mark.value):
        ax.plot(mark.value, row, linestyle="", zorder=4, clip_on=False, markeredgewidth=2, **look)
    x, offset, side = _label_place(strip, mark, (low, high))
    ax.annotate(
        mark.text, (x, row), offset, textcoords="offset points", ha=side, va="center",
        color=look["color"], fontsize=NORMAL, path_effects=HALO, zorder=5,
        fontweight="bold" if mark.kind == "primary" else "normal",
    )  # fmt: skip


def _label_place(
    strip: Strip, mark: Mark, extent: tuple[float, float]
) -> tuple[float, tuple[float, float], str]:
    """Right of the mark if there is room, else left of it, else above its point."""
    room, value = 0.0105 * len(mark.text) + 0.015, mark.value
    if strip.at(extent[1]) + room <= 1.0:
        return extent[1], (9, 0), "left"
    if strip.at(extent[0]) >= room:
        return extent[0], (-9, 0), "right"
    middle = value if 0.25 < strip.at(value) < 0.75 else extent[strip.at(value) > 0.5]
    side = "center" if middle == value else "right" if middle == extent[1] else "left"
    return middle, (0, 13), side


def _ends(strip: Strip, mark: Mark) -> tuple[float, float]:
    """The mark's extent on the axis: its interval where one is drawn."""
    pair = (mark.value, mark.value)
    if mark.kind == "primary" and mark.low is not None and mark.high is not None:
        pair = (mark.low, mark.high)
    low, high = (min(max(end, strip.low), strip.high) for end in (min(pair), max(pair)))
    return low, high
