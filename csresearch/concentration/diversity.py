"""How many different ways are there? Hill numbers, compared at the same number of customers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from csresearch.concentration.unseen import expected_shares
from csresearch.survival.intervals import Interval, normal_quantile, ratio_interval

REACH = 12.0  # standard deviations beyond which a hypergeometric chance is below 1e-30


def hill_number(counts: ArrayLike, q: float) -> float:
    """How many equally frequent patterns would be as diverse as these?

    Parameters
    ----------
    counts : array of float, shape (patterns,)
        Customers of each pattern; zeros do not matter.
    q : float
        0 counts patterns, 1 weighs them by their share, 2 looks at the frequent ones.

    Returns
    -------
    float
        The effective number of patterns; ``nan`` without customers.

    Raises
    ------
    ValueError
        On negative counts or q.

    Notes
    -----
    (Σ pᵠ)^(1/(1 − q)); exp of Shannon's entropy at q = 1 (Hill 1973).

    Examples
    --------
    >>> [round(hill_number([50, 50, 0], q), 6) for q in (0, 1, 2)]
    [2.0, 2.0, 2.0]
    """
    x = _checked(counts)
    if not q >= 0:
        raise ValueError(f"q must not be negative, got {q}")
    if not len(x):
        return float("nan")
    return _hill(x / x.sum(), np.ones(len(x)), q)


def rarefied_hill_number(counts: ArrayLike, q: float, n: int) -> float:
    """How many effective patterns would n of these customers show?

    Parameters
    ----------
    counts : array of int, shape (patterns,)
    q : float
    n : int
        Customers drawn without replacement, at most as many as there are.

    Returns
    -------
    float
        At n = all of them `hill_number`; at n = 1 it is 1.

    Raises
    ------
    ValueError
        If there are fewer than n customers, or counts are not whole.

    Notes
    -----
    The Hill number of the expected abundance frequencies f_k(n) = Σ P(hypergeometric = k): exact,
    as iNEXT's individual-based rarefaction (Chao et al. 2014); for q = 0 it is Hurlbert's expected
    number of patterns, vegan's ``rarefy`` (tests/oracles/diversity.json). No extrapolation.
    """
    x = _checked(counts)
    total = x.sum()
    if (x != np.rint(x)).any():
        raise ValueError("rarefaction needs whole customers")
    if not 1 <= n <= total:
        raise ValueError(f"n must lie between 1 and the {total:g} customers, got {n}")
    if q == 0:
        return float((1 - _absent(x, total, n)).sum())
    sizes, times = np.unique(x, return_counts=True)
    size, k = _likely(sizes, total, n)
    chance = np.exp(_choose(size, k) + _choose(total - size, n - k) - _choose(total, n))
    return _hill(k / n, chance * times[np.searchsorted(sizes, size)], q)


def diversity_ratio(
    first: ArrayLike,
    second: ArrayLike,
    q: float,
    *,
    draws: int = 500,
    seed: int = 0,
    confidence_level: float = 0.95,
) -> Interval:
    """How many times as many effective patterns does the first group show, at equal numbers?

    Parameters
    ----------
    first, second : array of int, shape (patterns,)
        Customers of each pattern in each group; patterns need not be the same.
    q : float
    draws : int
        Bootstrap samples.
    seed : int
    confidence_level : float

    Returns
    -------
    Interval
        Both rarefied to the size of the smaller group; None where a group is empty.

    Notes
    -----
    The standard error of the log ratio is its spread over bootstrap samples of each group's
    counts with unseen patterns put in (`resampled_counts`), as iNEXT's intervals; plain
    resampling would lose rare patterns and never find new ones.
    """
    one, two = _checked(first), _checked(second)
    n = int(min(one.sum(), two.sum()))
    normal_quantile(confidence_level)
    if n < 1:
        return Interval(None, confidence_level=confidence_level)
    rng = np.random.default_rng(seed)

    def log_ratio(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.log(rarefied_hill_number(a, q, n) / rarefied_hill_number(b, q, n)))

    groups = [expected_shares(one), expected_shares(two)]
    drawn = [log_ratio(*(rng.multinomial(*group) for group in groups)) for _ in range(draws)]
    return ratio_interval(log_ratio(one, two), float(np.std(drawn, ddof=1)), confidence_level)


def _hill(share: np.ndarray, weight: np.ndarray, q: float) -> float:
    """The Hill number of shares, each counted so many times; shares of 0 do not count."""
    share, weight = share[share > 0], weight[share > 0]
    if q == 1:
        return float(np.exp(-(weight * share * np.log(share)).sum()))
    return float((weight * share**q).sum() ** (1 / (1 - q)))


def _absent(x: np.ndarray, total: float, n: int) -> np.ndarray:
    """Chance that none of the n drawn has the pattern."""
    rest = np.maximum(total - x, n)
    return np.where(total - x >= n, np.exp(_choose(rest, n) - _choose(total, n)), 0.0)


def _likely(sizes: np.ndarray, total: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Each pattern's size with the numbers of it, from 1 on, that have any chance to be drawn."""
    mean = n * sizes / total
    wide = REACH * np.sqrt(mean) + 30
    low = np.maximum(np.maximum(1, n - (total - sizes)), np.floor(mean - wide))
    high = np.minimum(np.minimum(n, sizes), np.ceil(mean + wide))
    length = np.maximum(high - low + 1, 0).astype(int)
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return np.repeat(sizes, length), np.repeat(low, length) + place


def _choose(n: ArrayLike, k: ArrayLike) -> np.ndarray:
    """The logarithm of n over k."""
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _checked(counts: ArrayLike) -> np.ndarray:
    """The counts above zero."""
    x = np.asarray(counts, dtype=float).ravel()
    if not (x >= 0).all():
        raise ValueError("counts must not be negative or missing")
    return x[x > 0]
