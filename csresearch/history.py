"""The history of a company's customers: one scan, counted by entry, state change and exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from csresearch.events import COUNTS, NOT_RECORDED, EventTable

STATES = ("without", "with")
OTHER = "(other)"
MIN_LEVEL_EVENTS = 10  # claims.md, conventions
TICKS_A_DAY = 16  # half days and months of 30.4375 days are whole numbers of ticks


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
        """
        change = self.frame["change"].to_numpy() + lag_days
        if lag_days:  # a result at the start is as old as the customer: the lag applies to it too
            change = np.maximum(change, lag_days)
        return self._split(change, self.frame["entry"].to_numpy(), by)

    def ever_table(
        self, *, ignore_entry: bool = False, by: Sequence[str] | None = None
    ) -> EventTable:
        """The tempting grouping: "with" from day 0 for whoever ever got the change (naive)."""
        change, exit_ = self.frame["change"].to_numpy(), self.frame["exit"].to_numpy()
        entry = self.frame["entry"].to_numpy()
        ever = np.where(change < exit_, -np.inf, np.nan)
        return self._split(ever, np.zeros_like(entry) if ignore_entry else entry, by)

    def landmark_table(self, day: float, *, by: Sequence[str] | None = None) -> EventTable:
        """Customers still at risk after ``day``, grouped by the change on or before it."""
        frame = self.frame
        group = np.where(frame["change"].to_numpy() <= day, -np.inf, np.nan)
        entry = np.maximum(frame["entry"].to_numpy(), day)
        return self._split(group, entry, by)

    def _split(self, change: np.ndarray, entry: np.ndarray, by: Sequence[str] | None) -> EventTable:
        """Cut each counted life at its change into its two intervals and count their ends."""
        by = self.by if by is None else tuple(by)
        frame, exit_ = self.frame, self.frame["exit"].to_numpy()
        cell, cells = _cell_codes(frame, by)
        n, churned = frame["n"].to_numpy(), frame["churned"].to_numpy()
        alive = entry < exit_
        changes = change < exit_  # NaN never changes
        before = alive & ~(change <= entry)
        after = alive & changes
        start_with = np.maximum(change, entry)
        moved = before & changes
        stays = before & ~changes
        pieces = [
            (before, entry, 0, "entrance"),
            (after, start_with, 1, "entrance"),
            (moved, change, 0, "moved"),
            (stays & churned, exit_, 0, "observed"),
            (stays & ~churned, exit_, 0, "censored"),
            (after & churned, exit_, 1, "observed"),
            (after & ~churned, exit_, 1, "censored"),
        ]
        counts = _count_pieces(pieces, cell, n)
        levels = cells.iloc[counts.pop("cell").to_numpy()].reset_index(drop=True)
        state = np.array(STATES, dtype=object)[counts.pop("state").to_numpy()]
        full = pd.concat([levels, pd.DataFrame({"state": state}), counts], axis=1)
        return EventTable(full, (*by, "state"))


def _cell_codes(frame: pd.DataFrame, by: tuple[str, ...]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the cells of ``by`` in sorted order; the levels of each number."""
    if not by:
        return np.zeros(len(frame), dtype=np.int64), pd.DataFrame(index=[0])
    groups = frame.groupby(list(by), sort=True, observed=True)
    cells = groups.size().reset_index()[list(by)].astype(object)
    return groups.ngroup().to_numpy(), cells


def _count_pieces(pieces: list, cell: np.ndarray, n: np.ndarray) -> pd.DataFrame:
    """Sum customers by cell, state, day and kind of end, on a dense grid of days."""
    ticks = [np.rint(day[keep] * TICKS_A_DAY).astype(np.int64) for keep, day, _, _ in pieces]
    used = np.zeros(max((t.max(initial=0) for t in ticks), default=0) + 1, dtype=bool)
    for t in ticks:
        used[t] = True
    days, place = np.flatnonzero(used) / TICKS_A_DAY, np.cumsum(used) - 1
    shape = (int(cell.max(initial=0)) + 1, len(STATES), len(days))
    dense = np.zeros((len(COUNTS), *shape), dtype=n.dtype)
    for (keep, _, state, kind), tick in zip(pieces, ticks, strict=True):
        flat = (cell[keep] * len(STATES) + state) * len(days) + place[tick]
        summed = np.bincount(flat, weights=n[keep], minlength=dense[0].size)
        dense[COUNTS.index(kind)] += summed.reshape(shape).astype(n.dtype)
    where = np.nonzero(dense.any(axis=0))
    counts = {name: dense[i][where] for i, name in enumerate(COUNTS)}
    return pd.DataFrame({"cell": where[0], "state": where[1], "day": days[where[2]], **counts})


def read_history(
    lives: ibis.Table, by: Sequence[str] = (), *, unmerged: Sequence[str] = ()
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

    Notes
    -----
    Days are kept to a sixteenth, so that half days and months of 30.4375 days are exact.
    """
    levels = {column: _levels(lives, column, column in unmerged) for column in by}
    keys = {column: _code(lives[column], levels[column]) for column in by}
    ticks = {
        name: (lives[f"{name}_day"] * TICKS_A_DAY).round().cast("int32")
        for name in ("entry", "change", "exit")
    }
    counted = (
        lives.select(**keys, **ticks, churned=lives["churned"])
        .group_by([*by, "entry", "change", "exit", "churned"])
        .agg(n=lambda t: t.count())
        .to_pyarrow()
    )
    frame = pd.DataFrame(index=range(counted.num_rows))
    for column in by:
        names = sorted(set(levels[column].values()))
        frame[column] = pd.Categorical.from_codes(counted[column].to_numpy(), names, ordered=True)
    for name in ("entry", "change", "exit"):
        frame[name] = counted[name].to_numpy().astype(float) / TICKS_A_DAY
    frame["churned"] = counted["churned"].to_numpy().astype(bool)
    frame["n"] = counted["n"].to_numpy().astype("int64")
    return History(frame, tuple(by))


def _levels(lives: ibis.Table, column: str, unmerged: bool) -> dict[str | None, str]:
    """Each value's level: itself, "(other)" where too few churned, "(not recorded)" if null."""
    found = lives.group_by(column).agg(events=lives["churned"].cast("int64").sum()).to_pandas()
    enough = dict(zip(found[column], unmerged | (found["events"] >= MIN_LEVEL_EVENTS), strict=True))
    return {
        value: NOT_RECORDED if value is None else (value if kept else OTHER)
        for value, kept in enough.items()
    }


def _code(column: ibis.Value, levels: dict[str | None, str]) -> ibis.Value:
    """The level's number in sorted order, as a small integer."""
    names = sorted(set(levels.values()))
    branches = [
        (column == value, names.index(level))
        for value, level in levels.items()
        if value is not None
    ]
    missing = names.index(NOT_RECORDED) if NOT_RECORDED in names else 0
    return ibis.cases(*branches, else_=missing).cast("int16")
