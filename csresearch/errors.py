"""The one exception a user is meant to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from csresearch.plain_text import in_lines

MOST_LINES = 20


class CompanyError(Exception):
    """Company data or company.yml can't be used; the message says what to do about it.

    What a message quotes of a file can't disturb a terminal: control characters and direction
    marks are spelled out, long lines are cut.
    """

    def __init__(self, message: str) -> None:
        lines = in_lines(message).split("\n")
        more = len(lines) - MOST_LINES
        super().__init__("\n".join(lines[:MOST_LINES] + [f"… and {more} more"] * (more > 0)))


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
