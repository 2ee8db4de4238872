"""How much data shows that an effect is the same in every segment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import stdtrit

from csresearch.planning.conditions import times_needed

DRAWS, SEED = 4_000, 1


@dataclass(frozen=True)
class Alike:
    """Segments with one true effect, to be found surely beyond a bound and spread no wider.

    Parameters
    ----------
    truth : float
        The effect in every segment (the log of a ratio).
    std_error : float
        Of one segment's estimate with the present data.
    segments : int
        At least two.
    smallest : float
        Which every segment's predicted effect must surely exceed.
    most_spread : float
        The widest spread between segments (standard deviation) that is called the same.
    """

    truth: float
    std_error: float
    segments: int
    smallest: float
    most_spread: float

    @cached_property
    def _draws(self) -> np.ndarray:
        """Standard normal errors, the same for every amount of data, so that power is smooth."""
        return np.random.default_rng(SEED).standard_normal((DRAWS, self.segments))

    def power(self, times: float | np.ndarray) -> np.ndarray:
        """With which chance is the effect found the same by so many times the present data?

        Parameters
        ----------
        times : float or array

        Returns
        -------
        array
            Of the shape of ``times``.

        Notes
        -----
        Of 4,000 draws of equally exact segments: the spread is the excess of their variance over
        chance (the restricted likelihood's, where all errors are equal), each segment's estimate
        is drawn to the mean accordingly, and its interval is that of the predicted effect, from
        Student's t (`pooling.random_effects`).
        """
        found = [self._one(float(one)) for one in np.atleast_1d(times)]
        return np.reshape(found, np.shape(times))

    def _one(self, times: float) -> float:
        """Power at one amount of data."""
        variance = self.std_error**2 / times
        drawn = self.truth + np.sqrt(variance) * self._draws
        mean = drawn.mean(axis=1, keepdims=True)
        spread = np.maximum(drawn.var(axis=1, ddof=1, keepdims=True) - variance, 0.0)
        kept = spread / (spread + variance)
        predicted = mean + kept * (drawn - mean)
        error = np.sqrt(kept * variance + (1 - kept) ** 2 * (variance + spread) / self.segments)
        reach = stdtrit(self.segments - 1, 0.975) * error
        sure = (predicted - reach).min(axis=1) > self.smallest
        return float((sure & (spread[:, 0] <= self.most_spread**2)).mean())

    def needed(self, power: float) -> float | None:
        """How many times the present data shows it with a chance of at least this?

        Parameters
        ----------
        power : float

        Returns
        -------
        float or None
            None where the truth is not beyond the bound.
        """
        return times_needed(self.power, power) if self.truth > self.smallest else None
