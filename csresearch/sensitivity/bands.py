"""A group's share of churn had the record of who left been wrong, or its maturity been known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from csresearch.history import TICKS_A_DAY
from csresearch.multiverse.episodes import Episodes
from csresearch.sensitivity.counted import SPAN, Counted, Spells
from csresearch.sensitivity.misclassified import ChurnRecord


@dataclass(frozen=True, eq=False)
class BandRecord:
    """Who left by a horizon in the low group and in the others, band by band.

    Parameters
    ----------
    record : ChurnRecord
        Bands as groups; the level is 1 for a low band.
    starters : float array, shape (K,)
        Of each band.
    is_low : bool array, shape (K,)
    window : (float, float)
        From and until which day departures count.
    """

    record: ChurnRecord
    starters: np.ndarray
    is_low: np.ndarray
    window: tuple[float, float]

    @classmethod
    def of(
        cls,
        lives: Episodes,
        low: Sequence[int],
        window: tuple[float, float],
        starters: np.ndarray | None = None,
    ) -> BandRecord:
        """Take lives whose stratum is the band.

        Parameters
        ----------
        lives : Episodes
        low : sequence of int
            Bands that are low.
        window : (float, float)
        starters : float array, optional
            Of each band; customers, those gone by the first day of the window aside, unless
            given.
        """
        bands = int(lives.stratum.max(initial=0)) + 1
        is_low = np.isin(np.arange(bands), list(low))
        level = is_low[lives.stratum].astype(np.int64)
        last = np.ones(len(lives.n), dtype=bool)
        columns = (lives.entry, lives.exit, lives.churned, last, lives.n)
        if starters is None:
            there = lives.exit > window[0] * TICKS_A_DAY
            starters = np.bincount(lives.stratum, lives.n * there, bands)
        return cls(ChurnRecord(Spells(lives.stratum, level, *columns), 2), starters, is_low, window)

    @property
    def recorded(self) -> Counted:
        """As recorded."""
        return self.record.recorded

    @cached_property
    def share_of_customers(self) -> float:
        """The low group's share of the starters."""
        return float(self.starters[self.is_low].sum() / max(self.starters.sum(), 1e-300))

    def share(self, counted: Counted) -> float:
        """The low group's share of churn by the horizon under some counts.

        Parameters
        ----------
        counted : Counted
            As `csresearch.sensitivity.misclassified.ChurnRecord.had` gives them.

        Returns
        -------
        float
            ``nan`` where nobody leaves.

        Notes
        -----
        Σ_low π F ÷ Σ π F, F by Kaplan and Meier's product, as
        `csresearch.concentration.share_of_churn`; the starters stay as they were given.
        """
        leaving = self.leaving(counted)
        total = leaving.sum()
        return float(leaving[self.is_low].sum() / total) if total > 0 else np.nan

    def leaving(self, counted: Counted) -> np.ndarray:
        """How many starters of each band leave by the horizon, shape (K,).

        Parameters
        ----------
        counted : Counted

        Returns
        -------
        float array
        """
        band, day = np.divmod(counted.cells, SPAN)
        start, end = (x * TICKS_A_DAY for x in self.window)
        inside = (day > start) & (day <= end)
        at_risk, events = (x.sum(axis=1) for x in (counted.at_risk, counted.observed))
        share = np.divide(events, at_risk, out=np.zeros(len(day)), where=inside & (at_risk > 0))
        with np.errstate(divide="ignore"):
            log_stay = np.log1p(-np.minimum(share, 1.0))
        return self.starters * -np.expm1(np.bincount(band, log_stay, len(self.starters)))

    def share_bounds(self, unknown: Episodes) -> tuple[float, float]:
        """Whatever the bands of some customers are: between which values does the share lie?

        Parameters
        ----------
        unknown : Episodes
            Customers whose band was not recorded.

        Returns
        -------
        (float, float)
            Had none, or all, of them who leave by the horizon been of the low group.
        """
        alone = replace(unknown, stratum=np.zeros_like(unknown.stratum))
        one = BandRecord.of(alone, (), self.window)
        left, leaving = one.leaving(one.recorded).sum(), self.leaving(self.recorded)
        low, total = leaving[self.is_low].sum(), leaving.sum() + left
        return (low / total, (low + left) / total) if total > 0 else (np.nan, np.nan)
