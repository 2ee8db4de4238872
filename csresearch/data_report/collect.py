"""What to collect next: which columns would let most claims be tested, or test them better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from csresearch import claims
from csresearch.claims.base import SNAPSHOT_NEEDS, Claim
from csresearch.claims.grades import foreseen_grade
from csresearch.company import Company
from csresearch.company.canonical import TABLES, columns_of
from csresearch.findings.estimates import Part

# What is worth little without the day it was recorded.
WITH_ITS_DAY = {
    "customers.maturity": "customers.maturity_on",
    "customers.kickoff_judgement": "customers.kickoff_judged_on",
}
WINDOW = "The window in which churn could have been recorded, stated in company.yml."


class Supposing:
    """A company as it is, but for columns it is supposed to have; remembers what was asked for.

    Parameters
    ----------
    company : Company
    names : iterable of str
        Columns it is supposed to have.
    """

    def __init__(self, company: Company, names: Iterable[str] = ()):
        self._company, self._names = company, frozenset(names)
        self.asked: list[str] = []

    def has(self, name: str) -> bool:
        """Whether the column is there or supposed to be."""
        full = name if "." in name or name in TABLES else f"customers.{name}"
        self.asked.append(full)
        return full in self._names or self._company.has(name)

    @property
    def snapshot_without_window(self) -> bool:
        """Whether survival claims must be refused."""
        return self._company.snapshot_without_window and SNAPSHOT_NEEDS not in self._names

    def __getattr__(self, name: str) -> object:
        found = getattr(type(self._company), name, None)
        if isinstance(found, property):  # worked out anew, from what is supposed
            return found.fget(self)
        return getattr(self._company, name)


@dataclass(frozen=True)
class Gain:
    """What a column, or table, would bring.

    Parameters
    ----------
    names : tuple of str
        The column and, where it needs one, its date.
    unlocks, raises, helps : tuple of str
        Numbers of the claims it lets test, whose evidence it raises, and that need it and more.
    """

    names: tuple[str, ...]
    unlocks: tuple[str, ...]
    raises: tuple[str, ...]
    helps: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, int, int]:
        """The more claims the better; those it unlocks first."""
        return -len(self.unlocks), -len(self.raises), -len(self.helps)

    @property
    def words(self) -> str:
        """Which claims gain, and how."""
        uses = (
            ("lets you test", self.unlocks),
            ("gives better evidence for", self.raises),
            ("with more, lets you test", self.helps),
        )
        return "; ".join(f"{words} {', '.join(numbers)}" for words, numbers in uses if numbers)


def gains(company: Company) -> list[Gain]:
    """What each column not in the data would bring, the most first."""
    now = [_standing(claim, company) for claim in claims.all()]
    wanted = dict.fromkeys(name for standing in now for name in standing.wanted(company))
    found = [_gain((name, *_day_of(name, company)), company, now) for name in wanted]
    return sorted((g for g in found if any(g.rank)), key=lambda gain: gain.rank)


def to_collect(company: Company) -> Part:
    """What to collect next, in the order of how many claims it serves."""
    rows = [
        (" and ".join(gain.names), meaning(gain.names[0]), gain.words) for gain in gains(company)
    ]
    table = pd.DataFrame(rows, columns=["collect", "what it is", "what for"])
    text = "" if len(table) else "Every column the claims ask for is there."
    return Part("What to collect next", table, text, prose=True)


def meaning(name: str) -> str:
    """What a table or column holds, in plain words."""
    if name == SNAPSHOT_NEEDS:
        return WINDOW
    table, _, column = name.partition(".")
    return columns_of(table)[column].meaning if column else str(TABLES[table].__doc__)


@dataclass(frozen=True)
class _Standing:
    """How a claim stands on a company's data: what it lacks, its best grade, what that asks for."""

    claim: Claim
    lacks: tuple[str, ...]
    grade: str
    asked: tuple[str, ...]

    def wanted(self, company: Company) -> Iterator[str]:
        """Columns the claim lacks, or would have better evidence with."""
        if SNAPSHOT_NEEDS in self.lacks:
            yield SNAPSHOT_NEEDS
        for any_of in self.claim.needs:
            if not any(company.has(name) for name in any_of):
                yield any_of[0]
        dates = {day: name for name, day in WITH_ITS_DAY.items()}
        for name in self.asked:
            if not company.has(name) and company.has(dates.get(name, "customers")):
                yield name


def _standing(claim: Claim, company: Company) -> _Standing:
    """How a claim stands."""
    lacks = claim.lacks(company)
    if lacks:
        return _Standing(claim, lacks, "", ())
    asking = Supposing(company)
    letter, _ = foreseen_grade(claim, asking)
    return _Standing(claim, (), letter, tuple(dict.fromkeys(asking.asked)))


def _day_of(name: str, company: Company) -> tuple[str, ...]:
    """The day a column was recorded on, where it is to be collected too."""
    day = WITH_ITS_DAY.get(name)
    return (day,) if day and not company.has(day) else ()


def _gain(names: tuple[str, ...], company: Company, now: Sequence[_Standing]) -> Gain:
    """What these columns would bring to each claim."""
    supposed = Supposing(company, names)
    unlocks, raises, helps = [], [], []
    for one in now:
        if one.lacks:
            left = one.claim.lacks(supposed)
            into = unlocks if not left else helps if len(left) < len(one.lacks) else []
            into.append(one.claim.number)
        elif set(names) & set(one.asked) and foreseen_grade(one.claim, supposed)[0] < one.grade:
            raises.append(one.claim.number)
    return Gain(names, tuple(unlocks), tuple(raises), tuple(helps))
