"""Who is compared: customers of whom it is recorded whom they are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import ibis
import numpy as np

from csresearch.events import NOT_RECORDED, EventTable, comparable
from csresearch.findings.labels import value_text
from csresearch.history import History

MUCH_UNKNOWN = 0.2  # a share of customers whose strata are not recorded that lowers the grade

Counted = TypeVar("Counted", History, EventTable)


@dataclass(frozen=True)
class Compared:
    """Who is compared within the strata: decided once for a claim, then the same everywhere.

    Parameters
    ----------
    columns : tuple of str
        Strata of which the unknown are left out (`csresearch.events.comparable`); none: nobody is.
    lacking : tuple of str
        Strata that some customers have no record of.
    n_left_out : int
        Customers who are compared with nobody.
    share_unknown : float
        Share of customers who lack one of the strata.
    """

    columns: tuple[str, ...]
    lacking: tuple[str, ...]
    n_left_out: int
    share_unknown: float

    @classmethod
    def among(cls, counted: History | EventTable, strata: Sequence[str]) -> Compared:
        """Decide it for these customers."""
        missing = {name: unrecorded(counted, name) for name in strata}
        missing = {name: rows for name, rows in missing.items() if rows.any()}
        if not missing:
            return cls((), (), 0, 0.0)
        n = _customers(counted)
        keep, unknown = comparable([*missing.values()], n), np.any([*missing.values()], axis=0)
        return cls(
            columns=tuple(name for name, rows in missing.items() if not (rows & keep).any()),
            lacking=tuple(missing),
            n_left_out=round(float(n[~keep].sum())),
            share_unknown=float(n[unknown].sum() / max(n.sum(), 1)),
        )

    def of(self, counted: Counted) -> Counted:
        """Only those who are compared."""
        missing = [unrecorded(counted, name) for name in self.columns]
        if not np.any(missing):
            return counted
        keep = ~np.any(missing, axis=0)
        if isinstance(counted, History):
            return History(counted.frame[keep].reset_index(drop=True), counted.by)
        return EventTable(counted.counts[keep].reset_index(drop=True), counted.by)

    def rows(self, lives: ibis.Table) -> ibis.Table:
        """Only the customers of a table with the strata who are compared."""
        known = [lives[name].notnull() for name in self.columns]
        return lives.filter(*known) if known else lives

    @property
    def reason(self) -> tuple[bool, str]:
        """Whether it is known of too few whom they are like, for the evidence grade."""
        done = " and are compared among themselves"
        if self.columns == self.lacking:
            done = " and are left out"
        elif self.columns:
            done = f"; those without {' or '.join(self.columns)} are left out"
        return self.share_unknown > MUCH_UNKNOWN, (
            f"{value_text(self.share_unknown, 'share')} of customers have no recorded "
            f"{' or '.join(self.lacking)}{done}"
        )

    @property
    def without(self) -> str:
        """Those who are left out, in words."""
        return f"customers without a recorded {' or '.join(self.columns)}"

    @property
    def step(self) -> str:
        """What leaving them out is called among the corrections of a number."""
        return f"only customers with {' and '.join(self.columns)} recorded"

    @property
    def told(self) -> str:
        """Who is left out, to follow what is held equal; empty where nobody is."""
        return f"; {self.n_left_out:,} {self.without} are left out" if self.n_left_out else ""

    @property
    def inside(self) -> str:
        """To follow what is said of groups: among whom; empty where nobody is left out."""
        return f" among customers with a recorded {' and '.join(self.columns)}" * bool(self.columns)

    def named(self, names: Mapping[str, str]) -> Compared:
        """The same decision, the strata by other names."""
        one, other = (tuple(names[c] for c in of) for of in (self.columns, self.lacking))
        return replace(self, columns=one, lacking=other)


def unrecorded(counted: History | EventTable, column: str) -> np.ndarray:
    """In which rows a stratum is not recorded."""
    if isinstance(counted, History):
        values = counted.frame[column].cat
        return values.codes.to_numpy() == values.categories.get_indexer([NOT_RECORDED])[0]
    number, levels = counted.numbers(column)
    return np.array([level == NOT_RECORDED for level in levels], dtype=bool)[number]


def _customers(counted: History | EventTable) -> np.ndarray:
    """Customers of each row; who changes state leaves one and enters the other."""
    if isinstance(counted, History):
        return counted.frame["n"].to_numpy(float)
    return (counted.counts["entrance"] - counted.counts["moved"]).to_numpy(float)
