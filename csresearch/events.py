"""Event tables: how many customers entered, churned or were censored on each day of tenure.

Everything the claims need about time is a count. The table generalises lifelines' event table
(``entrance, observed, censored, at_risk``) to strata and time-dependent states: a customer whose
state changes on day r and who leaves on day t gives one interval (0, r] that ends as ``moved``
and one interval (r, t] in the next state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

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
        frame = counts.copy()
        for column in by:
            if pd.api.types.is_object_dtype(frame[column].dtype):
                frame[column] = frame[column].fillna(NOT_RECORDED)
        keys = [*by, "day"]
        _need_all(frame[keys])
        frame = frame.groupby(keys, sort=True, observed=True, as_index=False)[list(COUNTS)].sum()
        return cls(frame, tuple(by))

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

    def total(self, by: Sequence[str] = ()) -> EventTable:
        """The same counts over fewer columns, or in another order of columns."""
        if tuple(by) == self.by:
            return self
        return EventTable.from_counts(self.counts, tuple(by))

    def where(self, **levels: object) -> EventTable:
        """Only the cells with these levels; the columns stay."""
        keep = np.ones(len(self.counts), dtype=bool)
        for column, level in levels.items():
            keep &= (self.counts[column] == level).to_numpy()
        return EventTable(self.counts[keep].reset_index(drop=True), self.by)

    def at_risk(self) -> pd.DataFrame:
        """The counts with ``removed``, ``at_risk`` and ``exposure``, as lifelines names them.

        ``at_risk`` is the number with start < day <= stop; ``exposure`` the days lived in the
        cell since its previous row, by those at risk.
        """
        frame = self.counts.copy()
        frame["removed"] = frame["observed"] + frame["censored"] + frame["moved"]
        net = frame["entrance"] - frame["removed"]
        if self.by:
            groups = frame.groupby(list(self.by), sort=False, observed=True)
            frame["at_risk"] = net.groupby(groups.ngroup()).cumsum() - net
            gap = groups["day"].diff().fillna(0.0)
        else:
            frame["at_risk"] = net.cumsum() - net
            gap = frame["day"].diff().fillna(0.0)
        frame["exposure"] = frame["at_risk"] * gap
        return frame

    @property
    def n_events(self) -> int:
        """Number of observed events."""
        return round(float(self.counts["observed"].sum()))

    @property
    def exposure(self) -> float:
        """Days lived under observation, all cells together."""
        return float(self.at_risk()["exposure"].sum())


def _need_all(cells: pd.DataFrame) -> None:
    """Refuse missing levels and days: a GROUP BY would drop their rows silently."""
    missing = cells.isna().sum()
    for column, n in missing[missing > 0].items():
        raise ValueError(
            f"{n} rows have no {column!r}; drop them or give them a level of their own first"
        )


@dataclass(frozen=True)
class RiskSets:
    """At-risk and event counts at every day on which an event happens, by stratum and level.

    Parameters
    ----------
    levels : tuple
        The L levels compared (states, scores or bands), sorted.
    stratum : int array, shape (cells,)
        Stratum number of each cell (a cell is a stratum × event day).
    day : float array, shape (cells,)
    at_risk, observed : float arrays, shape (cells, L)
    """

    levels: tuple
    stratum: np.ndarray
    day: np.ndarray
    at_risk: np.ndarray
    observed: np.ndarray

    @property
    def n_events(self) -> float:
        """Number of observed events."""
        return float(self.observed.sum())


def risk_sets(table: EventTable, level: str, strata: Sequence[str] = ()) -> RiskSets:
    """At each event day of each stratum, how many of each level were at risk and churned?

    Parameters
    ----------
    table : EventTable
    level : str
        Column of ``table.by`` whose levels are compared.
    strata : sequence of str
        Columns of ``table.by`` within which they are compared.
    """
    counts = table.total([*strata, level]).counts
    level_code, levels = pd.factorize(counts[level].to_numpy(), sort=True)
    stratum = (
        counts.groupby(list(strata), sort=True, observed=True).ngroup().to_numpy()
        if strata
        else np.zeros(len(counts), dtype=int)
    )
    days, day_code = np.unique(counts["day"].to_numpy(), return_inverse=True)
    cells, cell_code = np.unique(stratum * len(days) + day_code, return_inverse=True)
    shape = (len(cells), len(levels))
    events, net = np.zeros(shape), np.zeros(shape)
    np.add.at(events, (cell_code, level_code), counts["observed"].to_numpy(float))
    change = counts["entrance"] - counts["observed"] - counts["censored"] - counts["moved"]
    np.add.at(net, (cell_code, level_code), change.to_numpy(float))
    running = np.cumsum(net, axis=0)  # each stratum's changes sum to zero, so no reset is needed
    at_risk = running - net
    keep = events.sum(axis=1) > 0
    return RiskSets(
        tuple(levels.tolist()),
        cells[keep] // len(days),
        days[cells[keep] % len(days)],
        at_risk[keep],
        events[keep],
    )
