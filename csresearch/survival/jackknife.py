"""Delete-a-group jackknife: limits of a number from what it is without each group."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, stdtrit

from csresearch.survival.intervals import Interval, normal_quantile

SCALES = {
    "difference": (lambda x: x, lambda x: x, lambda x: 1.0),
    "ratio": (np.log, np.exp, lambda x: 1.0),
    "share": (logit, expit, lambda x: x * (1 - x)),
}


def jackknife_interval(
    value: float, without: ArrayLike, *, scale: str = "difference", confidence_level: float = 0.95
) -> Interval:
    """Between which limits does a number lie whose customers share fate within groups?

    Parameters
    ----------
    value : float
        From everybody.
    without : array of float, shape (groups,)
        The same number without each group.
    scale : {"difference", "ratio", "share"}
        Limits are made as they are, on the log, or on the logit.
    confidence_level : float

    Returns
    -------
    Interval
        The standard error is on the log for ratios, else in the value's unit; without limits
        where a number is missing or at the end of its scale.

    Raises
    ------
    ValueError
        With fewer than two groups, or an unknown scale.

    Notes
    -----
    Variance (G − 1) / G · Σ (θ₋g − mean)², t on G − 1.

    Examples
    --------
    >>> one = jackknife_interval(2.0, [1.0, 3.0])  # the mean of 3 and 1: error √(1/2 · 2)
    >>> one.std_error
    1.0
    """
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale!r}")
    turn, back, slope = SCALES[scale]
    others = np.asarray(without, dtype=float)
    g = len(others)
    if g < 2:
        raise ValueError(f"at least two groups are needed, got {g}")
    normal_quantile(confidence_level)
    with np.errstate(divide="ignore", invalid="ignore"):
        turned, centre = turn(others), turn(np.float64(value))
    if not (np.isfinite(turned).all() and np.isfinite(centre)):
        known = None if np.isnan(value) else float(value)
        return Interval(known, confidence_level=confidence_level)
    error = float(np.sqrt((g - 1) / g * ((turned - turned.mean()) ** 2).sum()))
    reach = float(stdtrit(g - 1, 0.5 + confidence_level / 2)) * error
    low, high = float(back(centre - reach)), float(back(centre + reach))
    return Interval(float(value), low, high, error * float(slope(value)), confidence_level)
