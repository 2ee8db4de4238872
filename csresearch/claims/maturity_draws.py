"""C3 had maturity nothing to do with leaving: the band of those who left is drawn again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.history import TICKS_A_DAY
from csresearch.multiverse import Episodes, Everyone

SEED = 20260103  # of the draws


@dataclass(frozen=True, eq=False)
class BandDraws:
    """The departures of a company under one churn date, and bands drawn for them.

    Parameters
    ----------
    everyone : Everyone
        By stratum: segment and band.
    segment, band : int arrays, shape (S,)
        Of each stratum.
    place : int array, shape (events,)
        The day of each departure, as a place among those of ``everyone``.
    segment_left : int array, shape (events,)
    bands : int8 array, shape (1 + draws, events)
        The band of each departure: as it was first, then draw by draw.
    """

    everyone: Everyone
    segment: np.ndarray
    band: np.ndarray
    place: np.ndarray
    segment_left: np.ndarray
    bands: np.ndarray

    @classmethod
    def of(cls, lives: Episodes, segment: np.ndarray, maturity: pd.Series, draws: int) -> BandDraws:
        """Draw the band of each departure among those at risk in the same segment that day.

        Parameters
        ----------
        lives : Episodes
        segment : int array, shape (S,)
        maturity : Series, shape (S,)
        draws : int
        """
        everyone = Everyone.counted(lives, (), len(segment))
        band = pd.factorize(maturity, sort=True)[0]
        gone = lives.churned & (lives.entry < lives.exit)
        rows = np.repeat(np.arange(len(gone)), np.where(gone, lives.n, 0).astype(int))
        place = np.searchsorted(everyone.days, lives.exit[rows])
        left = segment[lives.stratum[rows]]
        at_risk = np.stack(
            [
                _summed(everyone.at_risk * (band == b)[:, None], segment)[left, place]
                for b in range(band.max(initial=0) + 1)
            ],
            axis=1,
        )
        upto = np.cumsum(at_risk, axis=1) / at_risk.sum(axis=1)[:, None]
        chance = np.random.default_rng(SEED).random((draws, len(rows)), dtype=np.float32)
        bands = np.zeros((draws, len(rows)), dtype=np.int8)
        for share in np.where(upto > 1 - 1e-6, 2.0, upto)[:, :-1].T:
            bands += chance >= share
        seen = band[lives.stratum[rows]].astype(np.int8)
        return cls(everyone, segment, band, place, left, np.vstack([seen, bands]))

    def hazards(
        self, cell: np.ndarray, n_cells: int, window: tuple[float, float]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Nelson and Aalen's hazard of each cell, and its variance, as seen and draw by draw.

        Parameters
        ----------
        cell : int array, shape (S,)
            The cell of each stratum.
        n_cells : int
        window : (float, float)
            From and until which day departures count.

        Returns
        -------
        (float array, float array), shape (1 + draws, cells)
        """
        day = self.everyone.days[self.place] / TICKS_A_DAY
        inside = (day > window[0]) & (day <= window[1])
        at_risk = _summed(self.everyone.at_risk, cell, n_cells)[:, self.place]
        weight = np.divide(inside, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
        sums = np.zeros((2, len(self.bands), n_cells))
        for stratum, own in enumerate(cell):  # a segment's departures in a band fall into one cell
            some = np.flatnonzero(self.segment_left == self.segment[stratum])
            fell = (self.bands[:, some] == self.band[stratum]).astype(np.float32)
            both = np.stack([weight[own, some], weight[own, some] ** 2], axis=1)
            sums[:, :, own] += np.einsum("de,ek->kd", fell, both.astype(np.float32))
        return sums[0], sums[1]


def differences(
    hazards: tuple[np.ndarray, np.ndarray],
    starters: np.ndarray,
    keep: np.ndarray,
    low: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The low group's share of churn less its share of customers, as seen and draw by draw.

    Parameters
    ----------
    hazards : (float array, float array), shape (1 + draws, cells)
        As `BandDraws.hazards` gives them.
    starters : float array, shape (cells,)
    keep, low : bool arrays, shape (cells,)
        Which cells are compared, and which are low.

    Returns
    -------
    (float array, float array), shape (1 + draws,)
        Differences and their errors.
    """
    total_hazard, variance = hazards
    pi, stay = starters * keep, np.exp(-total_hazard)
    leaving = pi * (1 - stay)
    total = leaving.sum(axis=1)
    total = np.where(total > 0, total, np.nan)
    share = (leaving * low).sum(axis=1) / total
    slope = pi * stay * (low - share[:, None]) / total[:, None]
    error = np.sqrt((slope**2 * variance).sum(axis=1))
    return share - (pi * low).sum() / pi.sum(), error


def _summed(counts: np.ndarray, group: np.ndarray, n: int | None = None) -> np.ndarray:
    """Strata added up within groups."""
    size = int(group.max(initial=0)) + 1 if n is None else n
    return (np.arange(size)[:, None] == group).astype(float) @ counts
