"""The same company had the state nothing to do with leaving: who left is drawn again.

On every day on which someone left, any of those at risk in the same stratum might have been the
one. Who is at risk and how many leave stay as they are, so that every total of a covariate over
those who left has its distribution without any link, adjusted or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from csresearch.risk_sets import RiskSets

FAR = 4.0  # log ratios beyond it are taken as it
GRID = np.linspace(-FAR, FAR, 65)
MOST_AT_ONCE = 1_000_000  # numbers drawn at a time
SEED = 20260102


@dataclass(frozen=True, eq=False)
class Slope:
    """The log ratio and its error as functions of the covariate's total over those who left.

    Parameters
    ----------
    totals, informations : float arrays, shape (65,)
        At log ratios from -4 to 4.
    """

    totals: np.ndarray
    informations: np.ndarray

    def at(self, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The log ratios that make these totals most likely, and their errors.

        Parameters
        ----------
        totals : float array

        Returns
        -------
        (float array, float array)
            ``nan`` where the covariate does not vary among those at risk.
        """
        if not self.totals[-1] > self.totals[0]:
            nothing = np.full(np.shape(totals), np.nan)
            return nothing, nothing
        coef = np.interp(totals, self.totals, GRID)
        information = np.interp(totals, self.totals, self.informations)
        with np.errstate(divide="ignore"):
            return coef, 1 / np.sqrt(np.maximum(information, 0.0))


def slope_of(risk: RiskSets, covariate: Sequence[float]) -> Slope:
    """How does the estimate follow from who left, those at risk being as they are?

    Parameters
    ----------
    risk : RiskSets
        Customers at risk, or time lived for a Poisson model.
    covariate : sequence of float
        Of each level.

    Returns
    -------
    Slope
        By interpolation, to about a thousandth.

    Notes
    -----
    With Breslow's ties the likelihood depends on those who left through the covariate's total
    alone: the estimate solves total = Σ d · mean of x under the weights exp(coef · x).
    """
    x = np.asarray(covariate, dtype=float)
    weight = np.exp(np.outer(x, GRID))
    events = risk.observed.sum(axis=1)
    total = risk.at_risk @ weight
    mean = risk.at_risk @ (weight * x[:, None]) / total
    square = risk.at_risk @ (weight * (x**2)[:, None]) / total
    return Slope(events @ mean, events @ (square - mean**2))


@dataclass(frozen=True, eq=False)
class Redrawn:
    """What is known of every departure under one definition, lag and churn date.

    Parameters
    ----------
    upto : float array, shape (events, L - 1)
        Share of those at risk at or below each level but the last.
    covariate : float array, shape (L,)
        Rising among the levels that can be at risk together.
    counted : bool array, shape (M, events)
        Which departures count, for each of M ways to count (horizons).
    """

    upto: np.ndarray
    covariate: np.ndarray
    counted: np.ndarray

    def totals(self, chance: np.ndarray) -> np.ndarray:
        """The covariate's total over those who left, shape (draws, M).

        Parameters
        ----------
        chance : float array, shape (draws, events)
            From 0 to 1: where among those at risk, sorted by level, the one who leaves stands.

        Returns
        -------
        float array
            One row a draw.
        """
        value = np.full(chance.shape, self.covariate[0], dtype=np.float32)
        for step, share in zip(np.diff(self.covariate), self.upto.T, strict=True):
            value += np.float32(step) * (chance >= share)
        # not @: starting its threads costs more than such thin sums
        return np.einsum("de,me->dm", value, self.counted.astype(np.float32)).astype(float)


def drawn_totals(
    redrawn: Sequence[Redrawn], n_events: int, *, draws: int, seed: int = SEED
) -> list[np.ndarray]:
    """Totals over those who left had the covariate nothing to do with it, draw by draw.

    Parameters
    ----------
    redrawn : sequence of Redrawn
        Over the same departures in the same order.
    n_events : int
    draws : int
    seed : int

    Returns
    -------
    list of float array, shape (draws, M)
        One for each of ``redrawn``.

    Notes
    -----
    A departure has one place among those at risk in all analyses of a draw. Where states are
    nested (a lagged result is a result) that is exactly how they go together; elsewhere they go
    together more closely than they do, which makes a joint test slower to reject, never quicker.
    """
    pieces = [[one.totals(chance) for one in redrawn] for chance in _chances(n_events, draws, seed)]
    return [np.concatenate(found) for found in zip(*pieces, strict=True)]


def _chances(n_events: int, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Uniform numbers, a row a draw, so many at a time that memory holds them."""
    rng = np.random.default_rng(seed)
    at_once = max(MOST_AT_ONCE // max(n_events, 1), 1)
    for first in range(0, draws, at_once):
        yield rng.random((min(at_once, draws - first), n_events), dtype=np.float32)
