"""Curves as inline SVG: two axes, lines with their names above, levels and a mark for now."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from html import escape

from csresearch.page.svg import BLUE, GREY, RED, SAND_TEXT

COLORS = {"true": BLUE, "false": RED, "with": BLUE, "without": GREY}
_HEIGHT, _LEFT, _RIGHT, _BOTTOM, _LINE = 190.0, 58.0, 16.0, 44.0, 17.0
_LETTER = 6.9


@dataclass(frozen=True)
class Axis:
    """One axis.

    Parameters
    ----------
    low, high : float
    name : str
    ticks : tuple of (float, str)
    log : bool
    """

    low: float
    high: float
    name: str
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value from 0 to 1, held at the ends."""
        low, high, here = (math.log(x) if self.log else x for x in (self.low, self.high, value))
        return min(1.0, max(0.0, (here - low) / (high - low)))

    def thinned(self, apart: float) -> Axis:
        """The axis with only those ticks that keep a distance, the first given being kept first."""
        kept: list[tuple[float, str]] = []
        for value, words in self.ticks:
            if all(abs(self.at(value) - self.at(other)) >= apart for other, _ in kept):
                kept.append((value, words))
        return replace(self, ticks=tuple(kept))


@dataclass(frozen=True)
class Curve:
    """One line: its kind chooses the colour, `dashed` the stroke."""

    kind: str
    name: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    """What a picture shows.

    Parameters
    ----------
    x, y : Axis
    curves : tuple of Curve
    levels : tuple of (float, str)
        Heights drawn across, each with a name.
    now : (float, str) or None
        A place on the x axis, with its name.
    dots : tuple of (float, float)
    said : str
        The picture in words, for those who hear it.
    """

    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    levels: tuple[tuple[float, str], ...] = ()
    now: tuple[float, str] | None = None
    dots: tuple[tuple[float, float], ...] = ()
    said: str = ""


@dataclass(frozen=True)
class _Paper:
    """Where the values of a chart fall."""

    chart: Chart
    width: float
    top: float

    def x(self, value: float) -> float:
        return _LEFT + (self.width - _LEFT - _RIGHT) * self.chart.x.at(value)

    def y(self, value: float) -> float:
        return self.top + _HEIGHT * (1 - self.chart.y.at(value))

    @property
    def bottom(self) -> float:
        return self.top + _HEIGHT


def chart_svg(chart: Chart, *, width: float, style: str = "") -> str:
    """Draw a chart.

    Parameters
    ----------
    chart : Chart
    width : float
        Of the drawing in pixels at full size.
    style : str
        Class of the svg element.
    """
    names, top = _names(chart, width)
    paper = _Paper(chart, width, top)
    drawn = [names, _grid(paper), *(_level(paper, *level) for level in chart.levels)]
    drawn += [_curve(paper, curve) for curve in chart.curves]
    drawn += [_now(paper)] if chart.now else []
    drawn += [_dot(paper, *dot) for dot in chart.dots]
    height = paper.bottom + _BOTTOM
    return (
        f'<svg class="{style}" viewBox="0 0 {width:g} {_n(height)}" role="img" '
        f'aria-label="{escape(chart.said)}">{"".join(drawn)}</svg>'
    )


def _names(chart: Chart, width: float) -> tuple[str, float]:
    """The curves' names above the picture, in lines that hold them, and where it begins."""
    drawn, x, y = [], _LEFT, 14.0
    for curve in chart.curves:
        needs = 30 + _LETTER * len(curve.name)
        if x > _LEFT and x + needs > width:
            x, y = _LEFT, y + _LINE
        color, dash = COLORS[curve.kind], _dash(curve)
        drawn.append(f'<path d="M{_n(x)},{_n(y - 4)}h18" stroke="{color}" stroke-width="3"{dash}/>')
        drawn.append(_text(x + 24, y, curve.name, color))
        x += needs + 14
    return "".join(drawn), y + (30.0 if chart.now else 14.0)


def _grid(paper: _Paper) -> str:
    """Both axes with ticks and names."""
    x, y, width = paper.chart.x, paper.chart.y, paper.width
    parts = []
    for value, words in y.ticks:
        here = paper.y(value)
        parts.append(f'<path d="M{_LEFT:g},{_n(here)}H{_n(width - _RIGHT)}" stroke="#eceef1"/>')
        parts.append(_text(_LEFT - 7, here + 4.5, words, GREY, anchor="end"))
    for value, words in x.ticks:
        here = paper.x(value)
        parts.append(f'<path d="M{_n(here)},{_n(paper.bottom)}v5" stroke="#b9bec6"/>')
        parts.append(_text(here, paper.bottom + 19, words, GREY, anchor="middle"))
    line = f'<path d="M{_LEFT:g},{_n(paper.bottom)}H{_n(width - _RIGHT)}" stroke="#b9bec6"/>'
    middle = (_LEFT + width - _RIGHT) / 2
    return "".join(parts) + line + _text(middle, paper.bottom + 38, x.name, GREY, anchor="middle")


def _level(paper: _Paper, value: float, words: str) -> str:
    """A height that is wanted."""
    here = paper.y(value)
    right = paper.width - _RIGHT
    line = f'<path d="M{_LEFT:g},{_n(here)}H{_n(right)}" stroke="{SAND_TEXT}" '
    line += 'stroke-dasharray="3 3"/>'
    return line + (_text(right, here - 5, words, SAND_TEXT, anchor="end") if words else "")


def _curve(paper: _Paper, curve: Curve) -> str:
    """One line."""
    places = " ".join(f"{_n(paper.x(x))},{_n(paper.y(y))}" for x, y in curve.points)
    return (
        f'<polyline points="{places}" fill="none" stroke="{COLORS[curve.kind]}" stroke-width="2.6" '
        f'stroke-linejoin="round" stroke-linecap="round"{_dash(curve)}/>'
    )


def _dash(curve: Curve) -> str:
    return ' stroke-dasharray="7 5"' if curve.dashed else ""


def _now(paper: _Paper) -> str:
    """Where the data are today."""
    value, words = paper.chart.now
    here = paper.x(value)
    reach = _LETTER * len(words) / 2
    middle = min(max(here, _LEFT + reach - 12), paper.width - reach)
    line = f'<path d="M{_n(here)},{_n(paper.top - 4)}V{_n(paper.bottom)}" stroke="{GREY}"/>'
    return line + _text(middle, paper.top - 9, words, GREY, anchor="middle")


def _dot(paper: _Paper, x: float, y: float) -> str:
    """A point reached."""
    place = f'cx="{_n(paper.x(x))}" cy="{_n(paper.y(y))}"'
    return f'<circle {place} r="5" fill="{BLUE}" stroke="#fff" stroke-width="1.5"/>'


def _text(x: float, y: float, words: str, color: str, *, anchor: str = "start") -> str:
    where = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" fill="{color}"'
    return f"<text {where}>{escape(words)}</text>"


def _n(number: float) -> str:
    """A coordinate with one decimal, the same on every machine."""
    return f"{round(round(number, 6), 1) + 0.0:g}"
