"""Confidence limits of chances and shares, on the scales that keep them between 0 and 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainccinv, betaincinv, expit, logit

from csresearch.survival.intervals import Interval, normal_quantile

EDGE = 1e-12  # a share this close to 0 or 1 is there, but for rounding


def log_log_limits(
    share: ArrayLike, std_error: ArrayLike, confidence_level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Limits symmetric on the scale log(−log share), as R's ``conf.type = "log-log"``.

    Parameters
    ----------
    share : array of float, shape (n,)
        A chance of staying or of leaving, between 0 and 1.
    std_error : array of float, shape (n,)
        Of the share itself.
    confidence_level : float

    Returns
    -------
    (array, array)
        Lower and upper limits; ``nan`` where the share is 0 or 1, which has no such limits.
    """
    share, std_error = np.asarray(share, dtype=float), np.asarray(std_error, dtype=float)
    inside = (share > EDGE) & (share < 1 - EDGE)
    log = np.log(np.where(inside, share, 0.5))
    width = normal_quantile(confidence_level) * std_error / (np.where(inside, share, 1) * -log)
    low, high = (np.exp(log * np.exp(side * np.minimum(width, 300.0))) for side in (1, -1))
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def log_log_interval(share: float, std_error: float, confidence_level: float = 0.95) -> Interval:
    """Which limits does one chance have on the scale log(−log share)?

    Parameters
    ----------
    share, std_error : float
    confidence_level : float

    Returns
    -------
    Interval
        Without limits where the share is 0 or 1.
    """
    low, high = log_log_limits([share], [std_error], confidence_level)
    return _interval((share, low[0], high[0], std_error), confidence_level)


def logit_interval(share: float, std_error: float, confidence_level: float = 0.95) -> Interval:
    """Which limits does a share have on the logit scale?

    Parameters
    ----------
    share, std_error : float
    confidence_level : float

    Returns
    -------
    Interval
        Without limits where the share is 0 or 1.
    """
    if not 0 < share < 1:
        return _interval((share, np.nan, np.nan, std_error), confidence_level)
    reach = normal_quantile(confidence_level) * std_error / (share * (1 - share))
    low, high = (expit(logit(share) + side * reach) for side in (-1, 1))
    return _interval((share, low, high, std_error), confidence_level)


def binomial_interval(count: float, n: float, *, confidence_level: float = 0.95) -> Interval:
    """Which share do so many of n make, with the exact (Clopper–Pearson) limits?

    Parameters
    ----------
    count, n : float
        ``0 <= count <= n``, n positive.
    confidence_level : float

    Returns
    -------
    Interval
        As R's ``binom.test``.

    Raises
    ------
    ValueError
        If the counts are impossible.

    Examples
    --------
    >>> round(binomial_interval(0, 10).ci_high, 4)  # 1 − 0.025 ** (1 / 10)
    0.3085
    """
    if not 0 <= count <= n or not n > 0:
        raise ValueError(f"count must lie between 0 and n, and n above 0, got {count} of {n}")
    normal_quantile(confidence_level)
    tail = (1 - confidence_level) / 2
    low = betaincinv(count, n - count + 1, tail) if count > 0 else 0.0
    high = betainccinv(count + 1, n - count, tail) if count < n else 1.0
    share = count / n
    error = np.sqrt(share * (1 - share) / n)
    return _interval((share, low, high, error), confidence_level)


def _interval(numbers: tuple[float, ...], level: float) -> Interval:
    """Value, limits and error as plain floats, None for what is missing."""
    return Interval(*(None if np.isnan(x) else float(x) for x in numbers), level)
