"""What a sample has not seen: coverage, and a bootstrap that knows of unseen patterns."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def sample_coverage(counts: ArrayLike) -> float:
    """Which share of the next customers would show a pattern already seen?

    Parameters
    ----------
    counts : array of int, shape (patterns,)
        Customers of each pattern.

    Returns
    -------
    float
        Good and Turing's estimate, improved by Chao and Jost (2012), as iNEXT's; ``nan`` without
        customers.

    Examples
    --------
    >>> sample_coverage([5, 4, 3])  # every pattern seen more than once
    1.0
    """
    x = np.asarray(counts, dtype=float)
    n, ones, twos = x.sum(), (x == 1).sum(), (x == 2).sum()
    if n == 0:
        return float("nan")
    again = (n - 1) * (ones if twos else max(ones - 1, 0))
    return float(1 - ones / n * again / max(again + 2 * (twos or 1), 1))


def unseen_patterns(counts: ArrayLike) -> int:
    """At least how many patterns exist that nobody in the sample shows? Chao1, rounded up.

    Parameters
    ----------
    counts : array of int, shape (patterns,)

    Returns
    -------
    int
        0 where no pattern was seen only once.
    """
    x = np.asarray(counts, dtype=float)
    n, ones, twos = x.sum(), (x == 1).sum(), (x == 2).sum()
    if n == 0:
        return 0
    found = ones**2 / (2 * twos) if twos else ones * (ones - 1) / 2
    return int(np.ceil((n - 1) / n * found))


def resampled_counts(counts: ArrayLike, rng: np.random.Generator) -> np.ndarray:
    """What might another sample of as many customers have shown?

    Parameters
    ----------
    counts : array of int, shape (patterns,)
    rng : numpy Generator

    Returns
    -------
    array of int
        Counts of the patterns seen, then of the unseen ones; they sum to the same number.

    Notes
    -----
    Multinomial from shares in which the patterns seen carry the sample's coverage (rare ones give
    up more of their share) and the unseen ones share the rest alike, as iNEXT's bootstrap (Chao,
    Wang and Jost 2013).
    """
    n, shares = expected_shares(counts)
    return rng.multinomial(n, shares)


def expected_shares(counts: ArrayLike) -> tuple[int, np.ndarray]:
    """How many customers there are, and the shares `resampled_counts` draws them from.

    Parameters
    ----------
    counts : array of int, shape (patterns,)

    Returns
    -------
    (int, float array)
        The shares of the patterns seen, then of the unseen ones; they add up to 1.
    """
    x = np.asarray(counts, dtype=float)
    x = x[x > 0]
    n, extra = x.sum(), unseen_patterns(x)
    missing = 1 - sample_coverage(x) if extra else 0.0
    share = x / n
    rare = share * (1 - share) ** n
    factor = missing / rare.sum() if rare.sum() > 0 else 0.0
    seen = np.maximum(share - factor * rare, 0.0)
    shares = np.append(seen, np.full(extra, missing / max(extra, 1)))
    return int(n), shares / shares.sum()
