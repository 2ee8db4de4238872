"""Counted intervals on arrays: who is at risk, in which state, on every day someone leaves.

The same counts as `csresearch.history` makes, without a data frame between: hundreds of analyses
ask for them under another definition, lag, churn date or landmark each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csresearch.history import NEVER, TICKS_A_DAY
from csresearch.multiverse.episodes import Episodes
from csresearch.risk_sets import RiskSets

STATES = ("without", "with")


@dataclass(frozen=True, eq=False)
class Followed:
    """At-risk and event counts of two states by stratum and day, and the time lived between cuts.

    Parameters
    ----------
    days : int array, shape (E,)
        The days on which someone left, in ticks, sorted.
    at_risk, observed : float arrays, shape (2, S, E)
        Out of the state first.
    cuts : int array, shape (J + 1,)
        Of the bins of tenure, in ticks, the first 0.
    lived : float array, shape (2, S, J)
        Ticks at risk.
    """

    days: np.ndarray
    at_risk: np.ndarray
    observed: np.ndarray
    cuts: np.ndarray
    lived: np.ndarray

    def risk_sets(self, groups: np.ndarray, horizon_days: float = np.inf) -> RiskSets:
        """The days someone left as risk sets, strata taken together in groups.

        Parameters
        ----------
        groups : int array, shape (S,)
            The group of each stratum.
        horizon_days : float
            Days after it are left out.

        Returns
        -------
        RiskSets
            Levels "without" and "with".
        """
        upto = np.searchsorted(self.days, horizon_days * TICKS_A_DAY, side="right")
        both = [_grouped(a[:, :, :upto], groups) for a in (self.at_risk, self.observed)]
        return _as_sets(*both, self.days[:upto] / TICKS_A_DAY)

    def binned(self, groups: np.ndarray, horizon_days: float = np.inf) -> RiskSets:
        """The bins of tenure as risk sets of time lived: Breslow's likelihood is then Poisson's.

        Parameters
        ----------
        groups : int array, shape (S,)
        horizon_days : float
            One of the cuts, or after the last.

        Returns
        -------
        RiskSets
            ``at_risk`` is time lived in ticks, ``day`` the number of the bin.
        """
        bins = int(np.searchsorted(self.cuts[1:], horizon_days * TICKS_A_DAY, side="right"))
        starts = np.searchsorted(self.days, self.cuts[:-1], side="right")
        events = np.pad(self.observed, ((0, 0), (0, 0), (0, 1)))  # so that a last bin may be empty
        sums = np.add.reduceat(events, starts, axis=2)
        sums[:, :, np.diff(starts, append=len(self.days)) == 0] = 0.0  # reduceat repeats these
        both = [_grouped(a[:, :, :bins], groups) for a in (self.lived, sums)]
        return _as_sets(*both, np.arange(bins, dtype=float))

    @cached_property
    def share_with(self) -> np.ndarray:
        """The share of those at risk who are in the state, shape (S, E); 0 where nobody is."""
        everyone = self.at_risk.sum(axis=0)
        return np.divide(self.at_risk[1], everyone, out=np.zeros_like(everyone), where=everyone > 0)


@dataclass(frozen=True, eq=False)
class Everyone:
    """How many were at risk and left, in whatever state, and the axes they are counted on.

    Parameters
    ----------
    days : int array, shape (E,)
        The days on which someone left, in ticks, sorted.
    cuts : int array, shape (J + 1,)
    at_risk, observed : float arrays, shape (S, E)
    lived : float array, shape (S, J)
    """

    days: np.ndarray
    cuts: np.ndarray
    at_risk: np.ndarray
    observed: np.ndarray
    lived: np.ndarray

    @classmethod
    def counted(cls, lives: Episodes, cuts_days: Sequence[float], n_strata: int) -> Everyone:
        """Count lives.

        Parameters
        ----------
        lives : Episodes
        cuts_days : sequence of float
            Bins of tenure are (0, first cut], …, (last cut, inf).
        n_strata : int

        Returns
        -------
        Everyone
            Of those with an interval that is not empty.
        """
        gone = lives.churned & (lives.entry < lives.exit)
        axes = _Axes(
            np.unique(lives.exit[gone]),
            np.array([0, *np.rint(np.asarray(cuts_days) * TICKS_A_DAY), NEVER]).astype(np.int64),
        )
        ends = (lives.entry, lives.exit)
        return cls(axes.days, axes.cuts, *axes.counts(lives, ends, gone, n_strata))

    def split(self, spells: Episodes) -> Followed:
        """Who of them was in the state, and who was not?

        Parameters
        ----------
        spells : Episodes
            Everybody's spells in the state, under the same churn dates.

        Returns
        -------
        Followed
            Out of the state is everybody less those in it.
        """
        start = np.maximum(spells.entry, spells.on)
        inside = start < spells.exit
        stop = np.maximum(np.minimum(spells.exit, spells.off), start)
        stop = np.where(inside, stop, start)
        left = spells.churned & inside & (spells.exit <= spells.off)
        within = _Axes(self.days, self.cuts).counts(spells, (start, stop), left, len(self.at_risk))
        everyone = (self.at_risk, self.observed, self.lived)
        at_risk, observed, lived = (
            np.stack([np.maximum(whole - part, 0.0), part])
            for whole, part in zip(everyone, within, strict=True)
        )
        return Followed(self.days, at_risk, observed, self.cuts, lived)


@dataclass(frozen=True, eq=False)
class _Axes:
    """The days and bins that rows are summed by, with the stratum."""

    days: np.ndarray
    cuts: np.ndarray

    def counts(
        self,
        rows: Episodes,
        ends: tuple[np.ndarray, np.ndarray],
        event: np.ndarray,
        n_strata: int,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Customers at risk on each day, customers who left on it, ticks lived in each bin."""
        width = len(self.days) + 1
        first, last = (self._up_to(end) for end in ends)
        cell = rows.stratum * width

        def summed(place: np.ndarray) -> np.ndarray:
            return np.bincount(cell + place, rows.n, n_strata * width).reshape(-1, width)

        at_risk = np.cumsum(summed(first) - summed(last), axis=1)[:, :-1]
        observed = summed(np.where(event, last - 1, width - 1))[:, :-1]
        return at_risk, observed, self._lived(rows, ends, n_strata)

    def _lived(
        self, rows: Episodes, ends: tuple[np.ndarray, np.ndarray], n_strata: int
    ) -> np.ndarray:
        """What was lived up to each cut, and from it the bins."""
        start, stop = ends
        upto = [
            np.bincount(
                rows.stratum, rows.n * (np.minimum(stop, cut) - np.minimum(start, cut)), n_strata
            )
            for cut in self.cuts
        ]
        return np.diff(np.stack(upto, axis=1), axis=1)

    def _up_to(self, ticks: np.ndarray) -> np.ndarray:
        """How many of the days are on or before each tick: looked up, as ticks repeat."""
        if not len(self.days):
            return np.zeros(len(ticks), dtype=np.int64)
        last = int(self.days[-1]) + 1
        known = np.zeros(last + 1, dtype=np.int64)
        known[self.days] = 1
        return np.cumsum(known)[np.clip(ticks, 0, last)]


def _grouped(counts: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Strata added up within groups, shape (2, G, …)."""
    member = (np.arange(int(groups.max(initial=0)) + 1)[:, None] == groups).astype(float)
    return np.matmul(member, counts)


def _as_sets(at_risk: np.ndarray, observed: np.ndarray, day: np.ndarray) -> RiskSets:
    """Cells with an event, as `csresearch.events.RiskSets`."""
    stratum, place = np.nonzero(observed.sum(axis=0) > 0.5)
    cells = [a[:, stratum, place].T.astype(float) for a in (at_risk, observed)]
    return RiskSets(STATES, stratum, day[place], *cells)
