"""Standard error of any function of starters and chances to leave, for all shares and indices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from csresearch.concentration.bands import BandChurn

Functional = Callable[[np.ndarray, np.ndarray], np.ndarray]


_TINY = 1e-30


def delta(functional: Functional, churn: BandChurn) -> tuple[float, float]:
    """Return the value of a function of (starters, failed) and its standard error.

    Parameters
    ----------
    functional : callable
        Of `starters` and `failed`, analytic and free of the scale of `starters`.
    churn : BandChurn

    Returns
    -------
    (float, float)
        Value and standard error.

    Notes
    -----
    Delta method. Free of the scale, the functional has the same variance under independent
    Poisson counts as under the multinomial. Gradients by the complex step, exact to rounding.
    """
    at = np.stack([churn.starters, churn.failed]).astype(complex)
    slopes = np.empty(at.shape)
    for place in np.ndindex(at.shape):
        at[place] += 1j * _TINY
        slopes[place] = functional(*at).imag / _TINY
        at[place] = at[place].real
    spread = np.stack([churn.var_starters, churn.var_failed])
    variance = (slopes**2 * spread).sum() + 2 * slopes.prod(axis=0) @ churn.covariance
    return float(functional(*at.real)), float(np.sqrt(max(variance, 0.0)))
