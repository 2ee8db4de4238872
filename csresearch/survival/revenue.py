"""Money: what share of revenue is kept, and which share of the revenue lost is whose?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from csresearch.survival.intervals import Interval
from csresearch.survival.jackknife import jackknife_interval


@dataclass(frozen=True)
class RevenueRetention:
    """Revenue a year on from the customers who paid at the start, per unit of it.

    Parameters
    ----------
    gross : Interval
        Without what they pay more than at the start: between 0 and 1.
    net : Interval
        With it; may exceed 1.
    """

    gross: Interval
    net: Interval


def ratio_of_sums(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    scale: str = "ratio",
    confidence_level: float = 0.95,
) -> Interval:
    """What is one sum over another, with limits that allow for a few large customers?

    Parameters
    ----------
    numerator, denominator : array of float, shape (groups,)
        Sums within hashed groups of customers (a parent's customers all in one).
    scale : {"ratio", "share", "difference"}
        Of the limits; see `jackknife_interval`.
    confidence_level : float

    Returns
    -------
    Interval
        None where the denominator is 0.

    Raises
    ------
    ValueError
        If there are fewer than two groups or shapes differ.

    Notes
    -----
    Revenue is uneven, so the error is a delete-a-group jackknife's, never a binomial's: with one
    customer a group it is close to the linearised error of a ratio of sample totals.
    """
    top, bottom = (np.asarray(x, dtype=float) for x in (numerator, denominator))
    if top.shape != bottom.shape or top.ndim != 1:
        raise ValueError(f"one numerator a denominator is needed, got {top.shape}, {bottom.shape}")
    some = (top != 0) | (bottom != 0)
    top, bottom = top[some], bottom[some]
    if bottom.sum() == 0:
        return Interval(None, confidence_level=confidence_level)
    rest = bottom.sum() - bottom
    without = np.divide(top.sum() - top, rest, out=np.full(len(rest), np.nan), where=rest != 0)
    value = float(top.sum() / bottom.sum())
    return jackknife_interval(value, without, scale=scale, confidence_level=confidence_level)


def revenue_retention(
    start: ArrayLike, kept: ArrayLike, end: ArrayLike, *, confidence_level: float = 0.95
) -> RevenueRetention:
    """What share of the revenue of a year ago is still there: gross, and net of growth?

    Parameters
    ----------
    start : array of float, shape (groups,)
        Revenue at the start of the customers who paid then, summed within hashed groups.
    kept : array of float, shape (groups,)
        Sum of the smaller of each customer's revenue at the start and at the end; 0 for who left.
    end : array of float, shape (groups,)
        Their revenue at the end; customers won since do not count.
    confidence_level : float

    Returns
    -------
    RevenueRetention
        Gross and net.

    Raises
    ------
    ValueError
        If kept exceeds start or end somewhere, or there are fewer than two groups.

    Examples
    --------
    >>> found = revenue_retention([100, 100], [90, 60], [120, 60])
    >>> found.gross.value, found.net.value
    (0.75, 0.9)
    """
    s, k, e = (np.asarray(x, dtype=float) for x in (start, kept, end))
    wrong = (k > s * (1 + 1e-9)) | (k > e * (1 + 1e-9)) | (k < 0)
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"kept must lie between 0 and the smaller of start and end, got {k[place]:g} with "
            f"{s[place]:g} and {e[place]:g} in group {place}"
        )
    return RevenueRetention(
        gross=ratio_of_sums(k, s, scale="share", confidence_level=confidence_level),
        net=ratio_of_sums(e, s, confidence_level=confidence_level),
    )
