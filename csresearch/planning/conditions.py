"""The chance that an interval will lie where a verdict wants it, and how much data that takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

Bounds = tuple[float, float]
EVERYWHERE: Bounds = (-math.inf, math.inf)
REACH_95 = float(ndtri(0.975))  # of a two-sided 95 % interval, standard errors
REACH_90 = float(ndtri(0.95))  # of the 90 % interval of two one-sided tests
_TIMES = (1e-6, 1e9)  # of the present information, between which an answer is sought


@dataclass(frozen=True)
class Condition:
    """What an estimate and its interval must do for a verdict, at one truth.

    Parameters
    ----------
    truth : float
        On the scale on which the estimate is normal: the log of a ratio.
    std_error : float
        That the present data would have at this truth.
    estimate_within, interval_within : (float, float)
        Where the estimate, and its whole interval, must lie.
    reach : float
        Of the interval on either side, in standard errors.
    """

    truth: float
    std_error: float
    estimate_within: Bounds = EVERYWHERE
    interval_within: Bounds = EVERYWHERE
    reach: float = REACH_95

    @property
    def attainable(self) -> bool:
        """Whether enough data would meet it almost surely."""
        lows = (self.estimate_within[0], self.interval_within[0])
        highs = (self.estimate_within[1], self.interval_within[1])
        return max(lows) < self.truth < min(highs)

    def power(self, times: float | np.ndarray) -> np.ndarray:
        """With which chance is it met by so many times the present data?

        Parameters
        ----------
        times : float or array

        Returns
        -------
        array
            Of the shape of ``times``.

        Notes
        -----
        The estimate is normal around the truth, its standard error falls with the root of the
        data: Φ((high − θ) ÷ s) − Φ((low − θ) ÷ s), where the interval's reach is taken off its
        bounds. For bounds on both sides this is the power of two one-sided tests, the same as
        statsmodels' ``power_ztost_prop``.
        """
        error = self.std_error / np.sqrt(np.asarray(times, dtype=float))
        reach = self.reach * error
        low = np.maximum(self.estimate_within[0], self.interval_within[0] + reach)
        high = np.minimum(self.estimate_within[1], self.interval_within[1] - reach)
        inside = ndtr((high - self.truth) / error) - ndtr((low - self.truth) / error)
        return np.maximum(inside, 0.0)


@dataclass(frozen=True)
class Question:
    """Conditions that must all be met for a verdict.

    Parameters
    ----------
    conditions : sequence of Condition
    """

    conditions: Sequence[Condition]

    def power(self, times: float | np.ndarray) -> np.ndarray:
        """With which chance, at least, are all met by so many times the present data?

        Parameters
        ----------
        times : float or array

        Returns
        -------
        array
            Bonferroni's lower bound, which holds however the conditions hang together; exact for
            one condition.
        """
        missed = sum(1 - one.power(times) for one in self.conditions)
        return np.maximum(1 - missed, 0.0)

    def needed(self, power: float) -> float | None:
        """How many times the present data meets all with a chance of at least this?

        Parameters
        ----------
        power : float

        Returns
        -------
        float or None
            None where no amount of data would.

        Raises
        ------
        ValueError
            If the power is not between 0 and 1.
        """
        if not 0 < power < 1:
            raise ValueError(f"power must lie between 0 and 1, got {power}")
        if not all(one.attainable for one in self.conditions):
            return None
        return times_needed(self.power, power)


def times_needed(power_of, power: float) -> float | None:
    """How many times the present data gives this power?

    Parameters
    ----------
    power_of : callable
        Power by how many times the present data, rising.
    power : float

    Returns
    -------
    float or None
        None where the power is not reached by any amount that anybody will see.
    """
    low, high = np.log(_TIMES)
    if power_of(_TIMES[1]) < power:
        return None
    if power_of(_TIMES[0]) >= power:
        return _TIMES[0]
    return float(np.exp(brentq(lambda x: float(power_of(np.exp(x))) - power, low, high)))
