"""How unevenly is churn, or anything else, spread? Concentration index, Gini, Lorenz curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from csresearch.concentration.bands import BandChurn
from csresearch.concentration.delta import delta
from csresearch.findings.estimates import Estimate


def concentration_index(churn: BandChurn, *, confidence_level: float = 0.95) -> Estimate:
    """Is churn spread evenly over the bands (0) or piled up at one end?

    Parameters
    ----------
    churn : BandChurn
    confidence_level : float

    Returns
    -------
    Estimate
        Negative: churn comes from the first (least mature) bands; between −1 and 1.

    Raises
    ------
    ValueError
        When nobody leaves by the horizon.

    Notes
    -----
    2 cov(leaving, rank) ÷ mean with midranks, so that the order inside a band does not matter.
    The standard error counts the ranks and the mean as estimated too (Kakwani, Wagstaff and van
    Doorslaer 1997, here for ties and censoring): on untied, uncensored data it equals rineq's
    "direct" one, and it is larger than the regression ones that hold them fixed. Oracle:
    oracles/inequality.json.
    """
    if churn.events.sum() == 0:
        raise ValueError(f"nobody leaves by horizon_days {churn.horizon_days:g}")

    def index(starters: np.ndarray, failed: np.ndarray) -> np.ndarray:
        rank = (np.cumsum(starters) - starters / 2) / starters.sum()
        leaving = starters * failed
        return 2 * (leaving * rank).sum() / leaving.sum() - 1

    value, std_error = delta(index, churn)
    half = -ndtri((1 - confidence_level) / 2) * std_error
    return Estimate(
        "concentration index",
        value,
        value - half,
        value + half,
        confidence_level,
        std_error,
        scale="difference",
        null=0.0,
    )


def gini(values: ArrayLike, counts: ArrayLike | None = None, *, corrected: bool = False) -> float:
    """How unequal are the values: 0 when all are the same, near 1 when one customer has all.

    Parameters
    ----------
    values : array of float, shape (K,)
        Not negative, in any order.
    counts : array of float, shape (K,), optional
        Customers with each value.
    corrected : bool
        Multiply by n ÷ (n − 1).

    Returns
    -------
    float
        NaN when every value is zero.

    Raises
    ------
    ValueError
        On negative values or counts.

    Notes
    -----
    The population form of R's ``ineq::Gini``. Oracle: oracles/inequality.json.

    Examples
    --------
    >>> gini([0, 0, 0, 1])
    0.75
    """
    x, n = _sorted(values, counts)
    size, total = n.sum(), n @ x
    if not total > 0:
        return float("nan")
    rank = (np.cumsum(n) - n / 2) / size
    index = (n * x) @ (2 * rank - 1) / total
    return float(index * size / (size - 1) if corrected else index)


def lorenz_curve(values: ArrayLike, counts: ArrayLike | None = None) -> pd.DataFrame:
    """Which share of the total do the customers with the smallest values hold?

    Parameters
    ----------
    values : array of float, shape (K,)
        Not negative, in any order.
    counts : array of float, shape (K,), optional
        Customers with each value.

    Returns
    -------
    DataFrame
        Columns `share_of_customers` and `share_of_total`, cumulative, from (0, 0) to (1, 1).

    Raises
    ------
    ValueError
        On negative values or counts.
    """
    x, n = _sorted(values, counts)
    parts = {"share_of_customers": n, "share_of_total": n * x}
    return pd.DataFrame(
        {name: np.append(0.0, np.cumsum(p) / p.sum()) for name, p in parts.items() if p.sum() > 0}
    )


def _sorted(values: ArrayLike, counts: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    x = np.asarray(values, dtype=float)
    n = np.ones(len(x)) if counts is None else np.asarray(counts, dtype=float)
    if not ((x >= 0).all() and (n >= 0).all()):
        raise ValueError(f"values and counts must not be negative or missing, got {x.min()}")
    order = np.argsort(x, kind="stable")
    return x[order], n[order]
