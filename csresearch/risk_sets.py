"""Risk sets: who was at risk and who left on every day somebody left, from an event table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csresearch.events import COUNTS, EventTable
from csresearch.numbering import numbered


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def fits(self) -> dict[tuple, object]:
        """The models already fitted to these risk sets, by design (`cox_partial_likelihood`)."""
        return {}

    @cached_property
    def tie_nodes(self) -> dict[str, object]:
        """What sums over tied events are made of, by how ties are handled."""
        return {}

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
    key = (level, tuple(strata))
    if key not in table.risk_sets:
        table.risk_sets[key] = _risk_sets(table, level, strata)
    return table.risk_sets[key]


def _risk_sets(table: EventTable, level: str, strata: Sequence[str]) -> RiskSets:
    """Sum the counts by stratum and day, one column per level, and run over the days."""
    counts, stratum = table.counts, table.cells(strata)
    (level_code, levels), (day_code, days) = table.numbers(level), table.numbers("day")
    cell_code, cells = numbered(stratum * max(len(days), 1) + day_code)
    shape = (len(cells), len(levels))
    place = cell_code * max(len(levels), 1) + level_code
    entrance, observed, censored, moved = (counts[name].to_numpy() for name in COUNTS)
    events, net = (
        np.bincount(place, column, shape[0] * shape[1]).reshape(shape).astype(float)
        for column in (observed, entrance - observed - censored - moved)
    )
    running = np.cumsum(net, axis=0)  # each stratum's changes sum to zero, so no reset is needed
    at_risk = running - net
    keep = events.sum(axis=1) > 0
    return RiskSets(
        tuple(levels.tolist()),
        cells[keep] // max(len(days), 1),
        days[cells[keep] % max(len(days), 1)],
        at_risk[keep],
        events[keep],
    )
