"""What a suspicious pattern is: looked for by a rule that was fixed before looking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from csresearch.data_report.tallies import Tallies

IMPROBABLE = 1e-6  # a pattern is told only if chance alone would make it less often than this
MANY = 20  # fewest rows or customers from which a pattern is a pattern


@dataclass(frozen=True)
class Suspicion:
    """A pattern found in a company's data.

    Parameters
    ----------
    where : str
        Table and column, by their canonical names.
    seen : str
        What was seen, with its numbers, in a sentence.
    advice : str
        What to do about it.
    """

    where: str
    seen: str
    advice: str


@dataclass(frozen=True)
class Rule:
    """A pattern that is looked for.

    Parameters
    ----------
    pattern : str
        What is looked for, in plain words.
    judged : str
        From when on it is told.
    look : callable
        ``look(tallies)`` gives the suspicions, or None where these data cannot show the pattern.
    """

    pattern: str
    judged: str
    look: Callable[[Tallies], Sequence[Suspicion] | None]
