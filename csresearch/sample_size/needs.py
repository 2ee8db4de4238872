"""What one claim would take: what is asked, what the data have of it, what only counts can say."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csresearch.planning import Alike, Question

DEPARTURES, STARTS, STEADY = "departures", "starts", "steady"  # what brings information
NO_CURE = "more customers do not cure it"
DESCRIBED = "described, not tested: there is no verdict to reach"
FEWEST = 20  # of what counts: with fewer a normal curve is a poor guide to any interval


@dataclass(frozen=True)
class Truth:
    """One truth, and the verdict that should follow from it.

    Parameters
    ----------
    words : str
        "six times", as in a sentence.
    value : float or None
        In the estimate's unit.
    question : Question or Alike or None
        What the verdict asks; None where nothing can be computed.
    verdict : str
    """

    words: str
    value: float | None
    question: Question | Alike | None
    verdict: str = "reproduced"

    def power(self, times: float) -> float | None:
        """The chance of that verdict from so many times the present data."""
        return None if self.question is None else float(self.question.power(times))

    def needed(self, power: float) -> float | None:
        """How many times the present data that takes; None where it is never."""
        return None if self.question is None else self.question.needed(power)


@dataclass(frozen=True)
class Floor:
    """A count needed whatever the estimates.

    Parameters
    ----------
    words : str
    times : float
        So many times the present data at least.
    rule : bool
        Whether the verdict's rule asks for it, so that there is none below; else no formula is a
        guide below it.
    """

    words: str
    times: float
    rule: bool = True


@dataclass(frozen=True)
class Needs:
    """What a claim takes, before it is put into customers and months.

    Parameters
    ----------
    truth : Truth or None
        The claim is true.
    false : Truth or None
        It is not.
    counted : tuple of (str, int)
        What the number rests on besides customers: ("left", 10).
    clock : str
        What brings information: `DEPARTURES`, `STARTS` or `STEADY`.
    floors : tuple of Floor
    std_error : float or None
        Of the estimate, with the present data, were the claim true.
    scale : str
        As in `Estimate`.
    notes : tuple of str
        What the reader should know about the numbers.
    why_not : str
        Why there is no number, if there is none.
    cured_by_more : bool
        Whether more of the same data would give one.
    """

    truth: Truth | None = None
    false: Truth | None = None
    counted: tuple[tuple[str, int], ...] = ()
    clock: str = DEPARTURES
    floors: tuple[Floor, ...] = ()
    std_error: float | None = None
    scale: str = "ratio"
    notes: tuple[str, ...] = ()
    why_not: str = ""
    cured_by_more: bool = True

    @classmethod
    def not_cured(cls, why: str, remedy: str = "") -> Needs:
        """What no number of customers answers, with what would, where that is known."""
        more = f"{why}; {NO_CURE}{remedy and ': '}{remedy}"
        return cls(why_not=more, cured_by_more=False)

    @property
    def least(self) -> float:
        """The fewest times the present data that any rule or formula needs."""
        return max((one.times for one in self.floors), default=0.0)

    def needed(self, power: float) -> float | None:
        """How many times the present data; None where no amount would do or nobody can say."""
        if self.why_not or self.truth is None:
            return None
        floor = self.least
        if self.truth.question is None:
            return floor if self.floors and math.isfinite(floor) else None
        times = self.truth.needed(power)
        return None if times is None or not math.isfinite(floor) else max(times, floor)

    def power(self, times: float) -> float | None:
        """The chance of the verdict, were the claim true.

        0 short of what its rule asks for, None where so little tells nothing of the chance.
        """
        if self.why_not or self.truth is None or self.truth.question is None:
            return None
        short = [floor for floor in self.floors if floor.times > times * (1 + 1e-9)]
        if any(floor.rule for floor in short):
            return 0.0
        return None if short else self.truth.power(times)
