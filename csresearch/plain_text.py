"""Text of other people's files, shown so that it stays text: in a terminal, on a page."""

from __future__ import annotations

import re

LONGEST_LINE = 1_000
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
_CONTROLS = {*map(chr, range(32)), *map(chr, range(127, 160))} - set("\t\n\r")
_PER_CENT = re.compile(r"(?<=\d) %")
_MARK = re.compile(f"[{''.join(sorted(_CONTROLS | set(_DIRECTIONS)))}]")


def printable(text: str) -> str:
    """Text with control characters and direction marks spelled out.

    >>> printable("a\\x00b")
    'a\\\\x00b'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def shortened(line: str) -> str:
    """A line of at most ``LONGEST_LINE`` characters: of a longer one the ends, which say most."""
    half = LONGEST_LINE // 2
    return line if len(line) <= LONGEST_LINE else f"{line[: half - 1]} … {line[-half + 2 :]}"


def in_lines(text: str) -> str:
    """Several lines for a terminal: each printable and not too long."""
    return "\n".join(shortened(printable(line)) for line in text.split("\n"))


def without_marks(html: str) -> str:
    """A page in which no control character or direction mark can turn text around.

    A number and its per cent sign stay on one line.

    >>> without_marks("<b>\\u202egnp.exe</b>")
    '<b>\\\\u202egnp.exe</b>'
    >>> without_marks("<b>80 %</b>")
    '<b>80\\xa0%</b>'
    """
    return _PER_CENT.sub("\u00a0%", _MARK.sub(lambda mark: repr(mark.group())[1:-1], html))
