"""Did the rate turn at some period, or does it fall as it does where customers only differ?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlog1py, xlogy

from csresearch.survival.sorting import BetaGeometricFit, fit_beta_geometric

MIN_EVENTS = 10
CLEAR = 4.0  # a difference of AIC from which the worse model has little support left
TURN_PARAMETERS, SORTING_PARAMETERS = 3, 2


@dataclass(frozen=True, eq=False)
class TurnOrSorting:
    """Two explanations of one falling rate, and how much better the turn explains it.

    Parameters
    ----------
    sorting : BetaGeometricFit
        Customers differ and nobody changes.
    turn : int
        The last period before the rate turns; the most likely one.
    before, after : float
        Chance of leaving per period up to and after it.
    advantage : float
        AIC of sorting − AIC of the turn: above 0 the turn explains the rates better.
    """

    sorting: BetaGeometricFit
    turn: int
    before: float
    after: float
    advantage: float

    @property
    def clear(self) -> bool:
        """Whether sorting has considerably less support than a turn towards a lower rate."""
        return self.after < self.before and self.advantage > CLEAR


def turn_or_sorting(
    at_risk: ArrayLike, lost: ArrayLike, *, min_events: int = MIN_EVENTS
) -> TurnOrSorting:
    """Does a rate fall at a moment, or as it would if only the weak left first?

    Parameters
    ----------
    at_risk, lost : array of float, shape (periods,)
        As in `fit_beta_geometric`.
    min_events : int
        A turn has at least so many losses on either side.

    Returns
    -------
    TurnOrSorting
        Both models' fits and the difference of their AIC.

    Raises
    ------
    ValueError
        As `fit_beta_geometric`, and if no period has enough losses on both sides.

    Notes
    -----
    Both are binomial likelihoods of the same counts: one step of a constant chance (two chances
    and a period) against the shifted-beta-geometric (two parameters). A mixture of customers whose
    chances never change has a rate that falls from the first period on and ever more slowly; a
    rate that is level and then falls is none. AIC differences above 4 leave the worse model
    considerably less support (Burnham and Anderson 2002, section 2.6).

    Examples
    --------
    >>> n = [1000, 900, 810, 729, 715, 700]
    >>> found = turn_or_sorting(n, [100, 90, 81, 14, 15, 14])
    >>> found.turn, found.clear
    (3, True)
    """
    n, d = np.asarray(at_risk, dtype=float), np.asarray(lost, dtype=float)
    sorting = fit_beta_geometric(n, d)
    first, rest = np.cumsum(d)[:-1], d.sum() - np.cumsum(d)[:-1]
    allowed = np.flatnonzero(np.minimum(first, rest) >= min_events)
    if not len(allowed):
        raise ValueError(f"no period has {min_events} losses on both sides: {d.sum():g} in all")
    here, there = np.cumsum(n)[allowed], n.sum() - np.cumsum(n)[allowed]
    loglik = _binomial(first[allowed], here) + _binomial(rest[allowed], there)
    best = int(loglik.argmax())
    gain = float(loglik[best]) - sorting.loglik
    return TurnOrSorting(
        sorting,
        int(allowed[best]) + 1,
        float(first[allowed][best] / here[best]),
        float(rest[allowed][best] / there[best]),
        2 * (gain - TURN_PARAMETERS + SORTING_PARAMETERS),
    )


def _binomial(lost: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Log likelihood at the most likely constant chance."""
    share = lost / at_risk
    return xlogy(lost, share) + xlog1py(at_risk - lost, -share)
