"""The history of a company's customers: one scan, counted by entry, state change and exit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import ibis
import numpy as np
import pandas as pd

from csresearch.events import COUNTS, NOT_RECORDED, EventTable
from csresearch.numbering import numbered

STATES = ("without", "with")
WITH, WITHOUT = range(2)  # numbered in sorted order, like every level
DAYS = ("entry", "change", "exit")
OTHER = "(other)"
MIN_LEVEL_EVENTS = 10  # claims.md, conventions
TICKS_A_DAY = 16  # half days and months of 30.4375 days are whole numbers of ticks
NEVER = 2**30  # ticks
# State and column that an entry counts in, by whether the change came early; that a change counts
# in; and that an exit counts in, by whether there was a change, and then by whether it is censored.
ENTERS = np.array([(WITHOUT, COUNTS.index("entrance")), (WITH, COUNTS.index("entrance"))])
MOVES = np.array([(WITHOUT, COUNTS.index("moved")), (WITH, COUNTS.index("entrance"))])
HOW = [COUNTS.index("observed"), COUNTS.index("censored")]
LEAVES = np.array([(state, how) for state in (WITHOUT, WITH) for how in HOW])
_SORTED_STATES = np.array(sorted(STATES), dtype=object)


@dataclass(frozen=True)
class History:
    """Customers counted by cell, entry, state change and exit: the one scan of customer rows.

    Lags, landmarks, resampling and every event table of one state follow from it without
    reading a customer again; its size is bounded by days squared, not by customers.

    Parameters
    ----------
    frame : DataFrame
        Columns ``[*by, "entry", "change", "exit", "churned", "n"]``; days are float (``change``
        is NaN for never), ``by`` columns categorical.
    by : tuple of str
    """

    frame: pd.DataFrame
    by: tuple[str, ...] = ()

    @property
    def n_customers(self) -> int:
        """Number of customers counted."""
        return int(self.frame["n"].sum())

    @property
    def n_events(self) -> int:
        """Number of customers who churned."""
        return int(self.frame.loc[self.frame["churned"], "n"].sum())

    def event_table(self, *, lag_days: float = 0.0, by: Sequence[str] | None = None) -> EventTable:
        """States "without" and "with": the change counts from ``lag_days`` after its day.

        A change on or after the exit never counts; one at or before the entry counts from it.
        One before the start counts as one at the start, and the lag applies to both.
        """
        lag = _ticks(lag_days)
        if ("lag", lag) not in self._tables:
            entry, change, exit_ = (self._days[name] for name in DAYS)
            alive, from_day = entry < exit_, np.maximum(change, 0) + lag
            changes = alive & (from_day < exit_)
            late = changes & (from_day > entry)
            days = {"change": np.maximum(self._axes["change"], 0) + lag}
            self._tables["lag", lag] = self._split(alive, changes & ~late, late, days)
        return _over(self._tables["lag", lag], by)

    def ever_table(
        self, *, ignore_entry: bool = False, by: Sequence[str] | None = None
    ) -> EventTable:
        """The tempting grouping: "with" from day 0 for whoever ever got the change (naive)."""
        if ("ever", ignore_entry) not in self._tables:
            entry, change, exit_ = (self._days[name] for name in DAYS)
            alive = exit_ > (0 if ignore_entry else entry)
            days = {"entry": np.zeros_like(self._axes["entry"])} if ignore_entry else {}
            changes = alive & (change < exit_)
            self._tables["ever", ignore_entry] = self._split(alive, changes, None, days)
        return _over(self._tables["ever", ignore_entry], by)

    def landmark_table(self, day: float, *, by: Sequence[str] | None = None) -> EventTable:
        """Customers still at risk after ``day``, grouped by the change on or before it."""
        entry, change, exit_ = (self._days[name] for name in DAYS)
        landmark = _ticks(day)
        alive = (entry < exit_) & (landmark < exit_)
        days = {"entry": np.maximum(self._axes["entry"], landmark)}
        return _over(self._split(alive, alive & (change <= landmark), None, days), by)

    def _split(
        self,
        alive: np.ndarray,
        early: np.ndarray,
        late: np.ndarray | None,
        days: dict[str, np.ndarray],
    ) -> EventTable:
        """Count the ends of the intervals: rows that change late have two, all others one.

        ``days`` says what the days of an axis count as, where that is not themselves.
        """
        changes = early if late is None else early | late
        leaves = changes * 2 + ~self.frame["churned"].to_numpy()
        axes = self._axes | days
        counted = [
            self._count("entry", alive, axes["entry"], (early, ENTERS)),
            self._count("exit", alive, axes["exit"], (leaves, LEAVES)),
        ]
        if late is not None:
            cell, day, _, n = self._count("change", late, axes["change"], (0, MOVES[:1]))
            counted += [(cell, day, np.repeat([kind], len(n), axis=0), n) for kind in MOVES]
        return self._table(*(np.concatenate(column) for column in zip(*counted, strict=True)))

    def _count(
        self, name: str, rows: np.ndarray, days: np.ndarray, of: tuple[np.ndarray | int, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Sum the customers of some rows: cells, days in ticks, state and column, customers.

        ``of`` is the number of each row's kind, and the state and column of each kind.
        """
        kind, kinds = of
        # rows that do not count weigh nothing: quicker than to pick the others
        n = np.bincount(self._keys[name] * len(kinds) + kind, self._n * rows)
        found = np.flatnonzero(n)
        place, kind = np.divmod(found, len(kinds))
        cell, place = np.divmod(place, max(len(days), 1))
        return cell, days[place], kinds[kind], n[found]

    def _table(
        self, cells: np.ndarray, ticks: np.ndarray, kinds: np.ndarray, n: np.ndarray
    ) -> EventTable:
        """The event table of counts by cell, day, state and column."""
        day, days = numbered(ticks)
        width = max(len(days), 1)
        row, code = numbered((cells * len(STATES) + kinds[:, 0]) * width + day)
        counts = np.bincount(row * len(COUNTS) + kinds[:, 1], n, len(code) * len(COUNTS))
        counts = np.rint(counts.reshape(-1, len(COUNTS))).astype("int64")
        code, day = np.divmod(code, width)
        cell, state = np.divmod(code, len(STATES))
        numbers = {name: (level[cell], known) for name, (level, known) in self._cells[1].items()}
        numbers |= {"state": (state, _SORTED_STATES), "day": (day, days / TICKS_A_DAY)}
        return EventTable.of_numbers(numbers, counts, (*self.by, "state"))

    @cached_property
    def _tables(self) -> dict[tuple, EventTable]:
        """The event tables already counted: by lag, and by whether the entry is ignored."""
        return {}

    @cached_property
    def _n(self) -> np.ndarray:
        """Customers of each row."""
        return self.frame["n"].to_numpy(float)

    @cached_property
    def _days(self) -> dict[str, np.ndarray]:
        """Entry, change and exit of each row in ticks."""
        return {name: _ticks(self.frame[name].to_numpy()) for name in DAYS}

    @property
    def _axes(self) -> dict[str, np.ndarray]:
        """The entry, change and exit days that occur, sorted."""
        return {name: days for name, (_, days) in self._numbered_days.items()}

    @cached_property
    def _keys(self) -> dict[str, np.ndarray]:
        """Each row's cell and entry, change or exit day as one number."""
        cell, _ = self._cells
        return {name: cell * len(days) + day for name, (day, days) in self._numbered_days.items()}

    @cached_property
    def _numbered_days(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """The number of each row's entry, change and exit day, and the days."""
        return {name: numbered(ticks) for name, ticks in self._days.items()}

    @cached_property
    def _cells(self) -> tuple[np.ndarray, dict[str, tuple[np.ndarray, np.ndarray]]]:
        """The number of each row's cell, in sorted order; each number's levels, and their names."""
        columns = [self.frame[name].cat for name in self.by]
        code = np.zeros(len(self.frame), dtype=np.int64)
        for column in columns:
            code = code * len(column.categories) + column.codes.to_numpy()
        cell, code = numbered(code)
        levels = {}
        for name, column in zip(reversed(self.by), reversed(columns), strict=True):
            code, level = np.divmod(code, len(column.categories))
            levels[name] = level, column.categories.to_numpy(dtype=object)
        return cell, {name: levels[name] for name in self.by}


def _ticks(days: float | np.ndarray) -> int | np.ndarray:
    """Days in whole sixteenths; a missing day is never."""
    ticks = np.rint(np.asarray(days) * TICKS_A_DAY)
    ticks = np.where(np.isnan(ticks), NEVER, ticks).astype(np.int32)
    return ticks if ticks.ndim else int(ticks)


def _over(table: EventTable, by: Sequence[str] | None) -> EventTable:
    """The table over fewer columns; all of them where none are named."""
    wanted = table.by if by is None else (*by, "state")
    return table if wanted == table.by else table.total(wanted)


def read_history(
    lives: ibis.Table,
    by: Sequence[str] = (),
    *,
    unmerged: Sequence[str] = (),
    known: Mapping[str, Sequence[str]] | None = None,
) -> History:
    """Count customers by cell, entry, state change and exit: one GROUP BY in the engine.

    Parameters
    ----------
    lives : ibis.Table
        One row per customer: ``entry_day, exit_day, churned, change_day`` (null: never) and the
        ``by`` columns, text.
    by : sequence of str
        Columns that make a cell. Levels with fewer than 10 churned customers become "(other)",
        missing values "(not recorded)".
    unmerged : sequence of str
        Columns of ``by`` whose levels stay apart however few churned.
    known : mapping of str to sequence of str, optional
        Columns of ``by`` whose values are known already, which saves a scan to find them.

    Notes
    -----
    Days are kept to a sixteenth, so that half days and months of 30.4375 days are exact.
    """
    given = {column: sorted(known[column]) for column in by if column in (known or {})}
    values = values_of(lives, [column for column in by if column not in given]) | given
    counted = history_scan(lives, {column: values[column] for column in by}).to_pyarrow()
    n, churned = counted["n"].to_numpy().astype("int64"), counted["churned"].to_numpy().astype(bool)
    columns = {}
    for column in by:
        code, least = counted[column].to_numpy(), 0 if column in unmerged else MIN_LEVEL_EVENTS
        events = np.bincount(code[churned], n[churned], len(values[column]) + 1)
        levels = [
            value if count >= least else OTHER
            for value, count in zip(values[column], events, strict=False)
        ]
        columns[column] = _categories(code, [*levels, NOT_RECORDED])
    for name in DAYS:
        columns[name] = counted[name].to_numpy().astype(float) / TICKS_A_DAY
    return History(pd.DataFrame(columns | {"churned": churned, "n": n}), tuple(by))


def history_scan(lives: ibis.Table, values: Mapping[str, Sequence[str]]) -> ibis.Table:
    """The one GROUP BY: customers by cell, entry, state change, exit and churn.

    Parameters
    ----------
    lives : ibis.Table
        As in `read_history`.
    values : mapping of str to sequence of str
        The columns that make a cell, and the values of each.

    Returns
    -------
    ibis.Table
        A number for each column's value, the days in sixteenths, ``churned`` and ``n``.
    """
    codes = {column: coded(lives[column], known) for column, known in values.items()}
    ticks = {name: ticks_of(lives[f"{name}_day"]) for name in DAYS}
    cells = lives.group_by(**codes, **ticks, churned=lives["churned"])
    return cells.agg(n=lives.count())


def ticks_of(days: ibis.Value) -> ibis.Value:
    """Days in whole sixteenths, in the engine."""
    return (days * TICKS_A_DAY + 0.5).floor().cast("int32")


def values_of(lives: ibis.Table, by: Sequence[str]) -> dict[str, list[str]]:
    """The values that occur in each column, missing ones aside."""
    if not by:
        return {}
    found = lives.select(*by).distinct().to_pandas()
    return {column: sorted(found[column].dropna().unique()) for column in by}


def coded(column: ibis.Value, values: Sequence[str]) -> ibis.Value:
    """The value's number, as a small integer; the number after the last where it is missing."""
    if not values:
        return ibis.literal(0, "int16")
    numbered = ((column == value, number) for number, value in enumerate(values))
    return ibis.cases(*numbered, else_=len(values)).cast("int16")


def _categories(code: np.ndarray, levels: list[str]) -> pd.Categorical:
    """The level of each code; those that do not occur are no categories."""
    names = sorted({levels[i] for i in np.flatnonzero(np.bincount(code))})
    number = np.array([names.index(level) if level in names else -1 for level in levels])
    return pd.Categorical.from_codes(number[code], names, ordered=True)
