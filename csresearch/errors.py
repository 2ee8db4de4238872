"""The one exception a user is meant to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST_LINE, MOST_LINES = 1_000, 20  # of a message: names and cells of a file may be long


class CompanyError(Exception):
    """Company data or company.yml can't be used; the message says what to do about it.

    What a message quotes of a file can't disturb a terminal: control characters and direction
    marks are spelled out, long lines are cut.
    """

    def __init__(self, message: str) -> None:
        lines = [shortened(printable(line)) for line in message.split("\n")]
        more = len(lines) - MOST_LINES
        super().__init__("\n".join(lines[:MOST_LINES] + [f"… and {more} more"] * (more > 0)))


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


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that names the most similar known name, or the known names, or nothing.

    >>> did_you_mean("start_on", ["customer", "started_on"])
    "did you mean 'started_on'?"
    """
    known = [str(k) for k in known]
    folded = {k.casefold(): k for k in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    if not known:
        return ""
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"there are: {shown}"
