"""What the reader of a report should know of how a source was read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """Something about how a source was read that the reader of a report should know.

    Parameters
    ----------
    column : str
        The source's column it is about, or "".
    reason : str
        What was found or done.
    rows : int
        How many rows, lines or cells it is about.
    example : str
        One of them.
    advice : str
        What to do where that is not right.
    """

    column: str
    reason: str
    rows: int
    example: str
    advice: str
