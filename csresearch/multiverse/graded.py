"""Counted intervals of a covariate with many levels: risk sets, time lived, shares at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csresearch.risk_sets import RiskSets

SPAN = 2.0**40  # ticks; strata lie apart on one line


@dataclass(frozen=True, eq=False)
class Intervals:
    """Counted intervals (start, stop] at a level, each ending with leaving or not.

    Parameters
    ----------
    group : int array, shape (rows,)
        Customers are compared within groups.
    level : int array, shape (rows,)
    start, stop : int arrays, shape (rows,)
        In ticks; rows with stop <= start are empty.
    left : bool array, shape (rows,)
        Whether they end with leaving; false for empty rows.
    n : float array, shape (rows,)
    """

    group: np.ndarray
    level: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    left: np.ndarray
    n: np.ndarray

    def risk_sets(self, n_levels: int) -> RiskSets:
        """At-risk and event counts on every day on which someone left.

        Parameters
        ----------
        n_levels : int

        Returns
        -------
        RiskSets
            Levels are their numbers, days in ticks.
        """
        days = np.unique(self.stop[self.left])
        width = len(days) + 1
        first, last = (np.searchsorted(days, x, side="right") for x in self._ends)
        at_risk = np.cumsum(
            self._summed(first, n_levels, width) - self._summed(last, n_levels, width), axis=2
        )[:, :, :-1]
        events = np.where(self.left, last - 1, width - 1)
        observed = self._summed(events, n_levels, width)[:, :, :-1]
        return _cells(at_risk, observed, days.astype(float))

    def binned(self, n_levels: int, cuts: Sequence[float]) -> RiskSets:
        """Time lived and events between cuts: Breslow's likelihood is then Poisson's.

        Parameters
        ----------
        n_levels : int
        cuts : sequence of float
            In ticks; bins are (0, first cut], …, (last cut, inf).

        Returns
        -------
        RiskSets
            ``at_risk`` in ticks, ``day`` the number of the bin.
        """
        edges = np.array([0.0, *cuts, np.inf])
        start, stop = self._ends
        n_groups = int(self.group.max(initial=0)) + 1
        place = self.group * n_levels + self.level
        upto = [
            np.bincount(
                place,
                self.n * (np.minimum(stop, edge) - np.minimum(start, edge)),
                n_groups * n_levels,
            )
            for edge in edges
        ]
        lived = np.diff(np.stack(upto, axis=1), axis=1).reshape(n_groups, n_levels, -1)
        bin_of = np.where(self.left, np.searchsorted(edges, stop) - 1, len(edges) - 1)
        observed = self._summed(bin_of, n_levels, len(edges))[:, :, :-1]
        return _cells(lived, observed, np.arange(len(edges) - 1.0))

    @property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Starts and stops, those of empty rows the same."""
        return self.start, np.maximum(self.stop, self.start)

    def _summed(self, place: np.ndarray, n_levels: int, width: int) -> np.ndarray:
        """Customers by group, level and place."""
        n_groups = int(self.group.max(initial=0)) + 1
        code = (self.group * n_levels + self.level) * width + place
        counted = np.bincount(code, self.n, n_groups * n_levels * width)
        return counted.reshape(n_groups, n_levels, width)


def shares_up_to(risk: RiskSets, group: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Of those at risk when someone left, which share is at or below each level but the last?

    Parameters
    ----------
    risk : RiskSets
        By level, as `Intervals.risk_sets` makes them.
    group, day : int arrays, shape (events,)
        Where the one who left was; a place that is not among the risk sets gets any.

    Returns
    -------
    float32 array, shape (events, L - 1)
        2 from where everybody is below, which no chance reaches.
    """
    if not len(risk.day):
        return np.zeros((len(day), len(risk.levels) - 1), dtype=np.float32)
    upto = np.cumsum(risk.at_risk, axis=1) / risk.at_risk.sum(axis=1)[:, None]
    upto = np.where(upto > 1 - 1e-6, 2.0, upto)[:, :-1].astype(np.float32)
    place = np.searchsorted(risk.stratum * SPAN + risk.day, group * SPAN + day)
    return upto[np.minimum(place, len(upto) - 1)]


def _cells(at_risk: np.ndarray, observed: np.ndarray, day: np.ndarray) -> RiskSets:
    """Cells with an event."""
    stratum, place = np.nonzero(observed.sum(axis=1) > 0.5)
    cells = [a[stratum, :, place].astype(float) for a in (at_risk, observed)]  # none are int
    return RiskSets(tuple(range(at_risk.shape[1])), stratum, day[place], *cells)
