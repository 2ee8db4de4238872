"""The interval picture as inline SVG: the same layout as the figure, no script, no font files."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from csresearch.findings.strip import Mark, Strip

BLUE, RED, GREY, SAND_TEXT = "#1b5e8c", "#b4483b", "#5b6472", "#8a6116"
_INK = {"naive": RED, "no_effect": RED, "primary": BLUE}
_TOP, _ROW, _MARGIN, _LETTER = 22.0, 25.0, 20.0, 7.4


@dataclass(frozen=True)
class _Paper:
    """Where values fall on a drawing of some width."""

    strip: Strip
    width: float

    def x(self, value: float) -> float:
        return _MARGIN + (self.width - 2 * _MARGIN) * self.strip.at(value)

    def inside(self, middle: float, letters: int) -> tuple[float, str]:
        """Where a centred text goes, moved inwards so that it ends on the paper."""
        reach = _LETTER * letters / 2
        return min(max(middle, reach), max(self.width - reach, reach)), "middle"


def strip_svg(strip: Strip, *, width: float, style: str = "") -> str:
    """Draw a strip with its labels: marks by row, claimed region, no difference, ticks.

    Parameters
    ----------
    strip : Strip
    width : float
        Of the drawing in pixels at full size; narrow screens get a narrow drawing, so that its
        letters stay readable.
    style : str
        Class of the svg element.
    """
    paper = _Paper(strip, width)
    marks, y = [], _TOP + 4
    for mark in strip.marks:
        drawn, y = _mark(paper, mark, y)
        marks.append(drawn)
    bottom = y + 6
    ground = _region(paper, bottom) + _axis(paper, bottom)
    return (
        f'<svg class="{style}" viewBox="0 0 {width:g} {bottom + 37:g}" role="img" '
        f'aria-label="{escape(said(strip))}">{ground}{"".join(marks)}</svg>'
    )


def small_svg(strip: Strip, *, width: float = 230.0, height: float = 30.0) -> str:
    """Draw a strip without words, for a table: region, no difference, marks on one line."""
    paper = _Paper(strip, width)
    parts = [_spans(paper, 2, height - 2)]
    if strip.null is not None:
        parts.append(_dashed(paper.x(strip.null), 2, height - 2))
    parts.append(_line(0, width, height - 2, color="#b9bec6", width=1))
    for mark in strip.marks:
        parts.append(_shape(paper, mark, height / 2 - 1, small=True))
    return (
        f'<svg class="small" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(said(strip))}">{"".join(parts)}</svg>'
    )


def said(strip: Strip) -> str:
    """The picture in words, for those who hear it."""
    marks = [mark.text for mark in reversed(strip.marks)]
    return "; ".join([*marks, *([strip.region_text] if strip.region_text else [])])


def _region(paper: _Paper, bottom: float) -> str:
    strip = paper.strip
    if not strip.region:
        return _spans(paper, _TOP, bottom)
    middle = (paper.x(strip.region[0]) + paper.x(strip.region[1])) / 2
    label = _text(paper.inside(middle, len(strip.region_text)), 15, strip.region_text, SAND_TEXT)
    return _spans(paper, _TOP, bottom) + label


def _spans(paper: _Paper, top: float, bottom: float) -> str:
    spans = ((paper.strip.too_small, "#eceef1"), (paper.strip.region, "#f3e3c3"))
    return "".join(
        f'<rect x="{_n(paper.x(span[0]))}" y="{_n(top)}" height="{_n(bottom - top)}" '
        f'width="{_n(paper.x(span[1]) - paper.x(span[0]))}" fill="{color}"/>'
        for span, color in spans
        if span
    )


def _axis(paper: _Paper, bottom: float) -> str:
    strip = paper.strip
    parts = [_line(_MARGIN, paper.width - _MARGIN, bottom, color="#b9bec6", width=1)]
    for value, words in strip.ticks(7 if paper.width > 500 else 5):
        x = paper.x(value)
        parts.append(f'<path d="M{_n(x)},{_n(bottom)}v5" stroke="#b9bec6"/>')
        parts.append(_text(paper.inside(x, len(words)), bottom + 18, words, GREY))
    if strip.null is not None:
        x = paper.x(strip.null)
        parts.append(_dashed(x, _TOP, bottom))
        parts.append(
            _text(paper.inside(x, len(strip.null_text)), bottom + 33, strip.null_text, GREY)
        )
    return "".join(parts)


def _mark(paper: _Paper, mark: Mark, y: float) -> tuple[str, float]:
    """One mark with its label beside it, or above it where neither side has room."""
    left, right = (paper.x(end) for end in _ends(paper.strip, mark))
    room = _LETTER * len(mark.text) + 14
    if right + room <= paper.width:
        place, above = (right + 12, "start"), 0.0
    elif left >= room:
        place, above = (left - 12, "end"), 0.0
    else:
        place, above = paper.inside((left + right) / 2, len(mark.text)), 19.0
    middle = y + above + _ROW / 2
    weight = ' font-weight="650"' if mark.kind == "primary" else ""
    baseline = middle - 12 if above else middle + 4.5
    text = _text(place, baseline, mark.text, _INK[mark.kind], more=weight)
    return _shape(paper, mark, middle) + text, y + above + _ROW


def _shape(paper: _Paper, mark: Mark, y: float, *, small: bool = False) -> str:
    x, size = paper.x(mark.value), 4.5 if small else 6.5
    if mark.kind == "naive":
        shape = f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(size - 0.5)}" fill="#fff" '
        return f'{shape}stroke="{RED}" stroke-width="2"/>'
    if mark.kind == "no_effect":
        up, side = _n(y - size), _n(1.8 * size)
        path = f"M{_n(x)},{up}l{_n(0.95 * size)},{side}h{_n(-1.9 * size)}z"
        return f'<path d="{path}" fill="{RED}" opacity=".6"/>'
    return _interval(paper, mark, y, size) + _point(paper, mark.value, y, size)


def _point(paper: _Paper, value: float, y: float, size: float) -> str:
    if paper.strip.beyond(value):
        return ""
    return f'<circle cx="{_n(paper.x(value))}" cy="{_n(y)}" r="{_n(size)}" fill="{BLUE}"/>'


def _interval(paper: _Paper, mark: Mark, y: float, size: float) -> str:
    if mark.low is None or mark.high is None:
        return ""
    left, right = (paper.x(end) for end in _ends(paper.strip, mark))
    drawn = _line(left, right, y, color=BLUE, width=0.75 * size)
    for x, end, way in ((left, mark.low, -1), (right, mark.high, 1)):
        if paper.strip.beyond(end):
            tip = _n(way * 1.4 * size)
            back = _n(-way * 1.4 * size)
            path = f"M{_n(x)},{_n(y - size)}l{tip},{_n(size)}l{back},{_n(size)}z"
            drawn += f'<path d="{path}" fill="{BLUE}"/>'
    return drawn


def _ends(strip: Strip, mark: Mark) -> tuple[float, float]:
    if mark.kind != "primary" or mark.low is None or mark.high is None:
        return mark.value, mark.value
    return min(mark.low, mark.value), max(mark.high, mark.value)


def _line(left: float, right: float, y: float, *, color: str, width: float) -> str:
    return (
        f'<path d="M{_n(left)},{_n(y)}H{_n(right)}" stroke="{color}" stroke-width="{_n(width)}" '
        'stroke-linecap="round"/>'
    )


def _dashed(x: float, top: float, bottom: float) -> str:
    return f'<path d="M{_n(x)},{_n(top)}V{_n(bottom)}" stroke="{GREY}" stroke-dasharray="3 3"/>'


def _text(place: tuple[float, str], y: float, words: str, color: str, *, more: str = "") -> str:
    x, anchor = place
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" fill="{color}"{more}>'
        f"{escape(words)}</text>"
    )


def _n(number: float) -> str:
    """A coordinate with one decimal, the same on every machine."""
    return f"{round(round(number, 6), 1) + 0.0:g}"
