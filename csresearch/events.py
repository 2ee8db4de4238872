"""Event tables: how many customers entered, churned or were censored on each day of tenure.

Everything the claims need about time is a count. The table generalises lifelines' event table
(``entrance, observed, censored, at_risk``) to strata and time-dependent states: a customer whose
state changes on day r and who leaves on day t gives one interval (0, r] that ends as ``moved``
and one interval (r, t] in the next state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from csresearch.numbering import column_numbers, mixed_numbers, numbered

NOT_RECORDED = "(not recorded)"
COUNTS = ("entrance", "observed", "censored", "moved")


@dataclass(frozen=True)
class EventTable:
    """Counts of intervals (start, stop] by cell and day of tenure.

    Parameters
    ----------
    counts : DataFrame
        Columns ``[*by, "day", "entrance", "observed", "censored", "moved"]``, one row per cell
        and day on which something happens, sorted. ``entrance`` counts intervals that start on
        that day (at risk from just after it); the others count intervals that stop on it.
    by : tuple of str
        The columns that make a cell: strata and states.
    """

    counts: pd.DataFrame
    by: tuple[str, ...] = ()

    @classmethod
    def from_counts(cls, counts: pd.DataFrame, by: Sequence[str] = ()) -> EventTable:
        """Sum duplicate rows, sort, and fill missing categories with "(not recorded)".

        Raises
        ------
        ValueError
            If a numeric level (a score) or a day is missing: such rows have no cell.
        """
        empty = {column: int(counts[column].isna().sum()) for column in (*by, "day")}
        text = [c for c in by if empty[c] and pd.api.types.is_object_dtype(counts[c].dtype)]
        _need_all({column: n for column, n in empty.items() if column not in text})
        filled = {column: counts[column].fillna(NOT_RECORDED) for column in text}
        return cls(counts.assign(**filled) if filled else counts, tuple(by))._summed(by)

    @classmethod
    def from_episodes(
        cls, episodes: pd.DataFrame, *, start: str, stop: str, event: str, by: Sequence[str] = ()
    ) -> EventTable:
        """Count start–stop rows, one row per interval; an interval without event is censored.

        Raises
        ------
        ValueError
            If an interval does not end after it starts.
        """
        bad = ~(episodes[stop] > episodes[start])
        if bad.any():
            row = episodes.index[bad][0]
            raise ValueError(
                f"{int(bad.sum())} intervals do not end after they start, e.g. row {row}: "
                f"({episodes.loc[row, start]}, {episodes.loc[row, stop]}]"
            )
        happened = episodes[event].astype(bool)
        starts = episodes[list(by)].assign(day=episodes[start].astype(float), entrance=1)
        stops = episodes[list(by)].assign(
            day=episodes[stop].astype(float),
            observed=happened.astype(int),
            censored=(~happened).astype(int),
        )
        both = pd.concat([starts, stops], ignore_index=True).reindex(columns=[*by, "day", *COUNTS])
        both[list(COUNTS)] = both[list(COUNTS)].fillna(0).astype("int64")
        return cls.from_counts(both, by)

    @classmethod
    def of_numbers(
        cls,
        numbers: Mapping[str, tuple[np.ndarray, np.ndarray]],
        counts: np.ndarray,
        by: Sequence[str],
    ) -> EventTable:
        """The table of sorted rows whose levels are numbered already.

        Parameters
        ----------
        numbers : mapping of str to (int array, array)
            The number of each row's level or day, and the levels, sorted; some may not occur.
        counts : int array, shape (rows, 4)
        by : sequence of str
        """
        columns = {name: levels[number] for name, (number, levels) in numbers.items()}
        frame = pd.DataFrame(columns | dict(zip(COUNTS, counts.T, strict=True)))
        return cls(frame, tuple(by))._with_numbers(numbers)

    def total(self, by: Sequence[str] = ()) -> EventTable:
        """The same counts over fewer columns, or in another order of columns."""
        by = tuple(by)
        if by == self.by:
            return self
        if by not in self.totals:
            self.totals[by] = self._summed(by)
        return self.totals[by]

    def where(self, **levels: object) -> EventTable:
        """Only the cells with these levels; the columns stay."""
        keep = np.ones(len(self.counts), dtype=bool)
        for column, level in levels.items():
            number, known = self.numbers(column)
            keep &= np.array([one == level for one in known], dtype=bool)[number]
        return self._of(self.counts[keep].reset_index(drop=True), self.by, keep)

    def at_risk(self) -> pd.DataFrame:
        """The counts with ``removed``, ``at_risk`` and ``exposure``, as lifelines names them.

        ``at_risk`` is the number with start < day <= stop; ``exposure`` the days lived in the
        cell since its previous row, by those at risk.
        """
        frame = self.counts.copy()
        frame["removed"] = frame["observed"] + frame["censored"] + frame["moved"]
        net = frame["entrance"] - frame["removed"]
        if self.by:
            cell = self.cells(self.by)
            frame["at_risk"] = net.groupby(cell).cumsum() - net
            gap = frame["day"].groupby(cell).diff().fillna(0.0)
        else:
            frame["at_risk"] = net.cumsum() - net
            gap = frame["day"].diff().fillna(0.0)
        frame["exposure"] = frame["at_risk"] * gap
        return frame

    def numbers(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """The number of each row's level (or day) in a column, and the levels, sorted."""
        if column not in self._numbers:
            self._numbers[column] = column_numbers(self.counts[column])
        return self._numbers[column]

    def cells(self, by: Sequence[str]) -> np.ndarray:
        """The number of each row's combination of levels, in sorted order."""
        return mixed_numbers([self.numbers(column) for column in by], len(self.counts))

    def _summed(self, by: Sequence[str]) -> EventTable:
        """Counts over some columns: rows of one cell and day added up, sorted."""
        day, days = self.numbers("day")
        row, code = numbered(self.cells(by) * max(len(days), 1) + day)
        first = np.empty(len(code), dtype=np.intp)
        first[row[::-1]] = np.arange(len(row))[::-1]
        columns = {name: self.counts[name].array.take(first) for name in (*by, "day")}
        for name in COUNTS:
            n = self.counts[name]
            columns[name] = np.bincount(row, n, len(code)).astype(n.dtype)
        return self._of(pd.DataFrame(columns), tuple(by), first)

    def _of(self, counts: pd.DataFrame, by: tuple[str, ...], rows: np.ndarray) -> EventTable:
        """A table of some of the rows, whose levels are numbered already."""
        known = {name: self._numbers[name] for name in {*by, "day"} & set(self._numbers)}
        numbers = {name: (number[rows], levels) for name, (number, levels) in known.items()}
        return EventTable(counts, by)._with_numbers(numbers)

    def _with_numbers(self, numbers: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> EventTable:
        """This table, whose levels are numbered already; those that do not occur are left out."""
        for name, (number, levels) in numbers.items():
            number, found = numbered(number)
            self._numbers[name] = number, levels[found]
        return self

    @cached_property
    def _numbers(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """The levels already numbered, by column."""
        return {}

    @cached_property
    def totals(self) -> dict[tuple, EventTable]:
        """The totals already made of this table, by their columns (`total`)."""
        return {}

    @cached_property
    def risk_sets(self) -> dict[tuple, object]:
        """The risk sets already made of this table, by level and strata."""
        return {}

    @property
    def n_events(self) -> int:
        """Number of observed events."""
        return round(float(self.counts["observed"].sum()))

    @property
    def exposure(self) -> float:
        """Days lived under observation, all cells together."""
        return float(self.at_risk()["exposure"].sum())


def comparable(missing: Sequence[np.ndarray], n: np.ndarray) -> np.ndarray:
    """Who can be compared with their like: those of whom all columns are known.

    Unknown ones compared among themselves would be as unlike as if nothing were held equal. The
    columns are taken in their order, and one that would leave fewer than half of all customers
    leaves nobody out: there the unknown stay, as a group of their own.

    Parameters
    ----------
    missing : sequence of bool array, shape (rows,)
        For each column, where it is not recorded.
    n : array, shape (rows,)
        Customers.

    Returns
    -------
    bool array
        Which rows to keep.

    Examples
    --------
    >>> comparable([np.array([True, False])], np.array([1, 9])).tolist()
    [False, True]
    >>> comparable([np.array([True, False])], np.array([9, 1])).tolist()
    [True, True]
    """
    n = np.asarray(n, dtype=float)
    known, half = np.ones(len(n), dtype=bool), n.sum() / 2
    for column in missing:
        if n[known & ~column].sum() >= half:
            known &= ~column
    return known


def _need_all(missing: Mapping[str, int]) -> None:
    """Refuse missing levels and days: a GROUP BY would drop their rows silently."""
    for column, n in missing.items():
        if n:
            raise ValueError(
                f"{n} rows have no {column!r}; drop them or give them a level of their own first"
            )
