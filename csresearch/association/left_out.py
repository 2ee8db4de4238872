"""Somers' D without each of some groups of customers, as a jackknife asks, from all pairs once."""

from __future__ import annotations

import numpy as np

from csresearch.association.pairs import pair_counts


def somers_d_without_each(
    score: np.ndarray,
    days: np.ndarray,
    n: np.ndarray,
    *,
    churned: np.ndarray,
    strata: np.ndarray,
    groups: np.ndarray,
) -> np.ndarray:
    """What is Somers' D of the customers of all groups but one?

    Parameters
    ----------
    score, days, n : array of float, shape (rows,)
        How many customers gave a score and left or were last seen on a day.
    churned : array of bool, shape (rows,)
        Whether they left.
    strata : array of int, shape (rows,)
        Pairs are formed within strata.
    groups : array of int, shape (rows,)
        Left out one after the other.

    Returns
    -------
    array of float, shape (groups,)
        In ascending order of the groups; ``nan`` where no pair is left.

    Notes
    -----
    As `concordance` finds it on the rest. The pairs of the rest are all pairs, less those with
    somebody of the group, which count once for either end, plus those inside it.
    """
    _, number = np.unique(groups, return_inverse=True)
    left = np.zeros((number.max(initial=-1) + 1, 2))
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        total, ends = _pairs(score[rows], days[rows], n[rows], churned[rows])
        left += total
        np.subtract.at(left, number[rows], n[rows, None] * ends)
        order = rows[np.argsort(number[rows], kind="stable")]
        starts = np.flatnonzero(np.diff(number[order])) + 1
        for inside in np.split(order, starts):
            left[number[inside[0]]] += _pairs(*(x[inside] for x in (score, days, n, churned)))[0]
    net, pairs = left.T
    return np.divide(net, pairs, out=np.full(len(left), np.nan), where=pairs > 0.5)


def _pairs(
    score: np.ndarray, days: np.ndarray, n: np.ndarray, churned: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Concordant less discordant pairs and their sum: of all, and of one customer of each row."""
    levels, column = np.unique(score, return_inverse=True)
    dates, row = np.unique(days, return_inverse=True)
    shape = (len(dates), len(levels))
    observed, censored = (
        np.bincount(row * shape[1] + column, n * of, shape[0] * shape[1]).reshape(shape)
        for of in (churned, ~churned)
    )
    totals, left, still_here = pair_counts(observed, censored, np.ones(shape[0]))
    own = np.where(churned, left[:2, row, column], still_here[:2, row, column])
    return _net_and_sum(totals[:2]), _net_and_sum(own).T


def _net_and_sum(both: np.ndarray) -> np.ndarray:
    """Concordant and discordant pairs as their difference and their sum."""
    return np.array([both[0] - both[1], both[0] + both[1]])
