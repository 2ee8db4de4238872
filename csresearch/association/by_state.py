"""Do those in a state give higher scores? Somers' D of a score by a yes or no, from counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from csresearch.findings.estimates import Estimate
from csresearch.survival.jackknife import jackknife_interval

ONE_SIDED = 0.95


@dataclass(frozen=True, eq=False)
class ScoreByState:
    """Pairs of one answer with and one without: which of the two has the higher score?

    Parameters
    ----------
    somers_d : Estimate
        (higher − lower) ÷ (higher + lower): pairs with different scores only.
    with_ties : Estimate
        The same over all pairs, equal scores among them.
    upper : float or None
        One-sided 95 % upper bound of ``somers_d``.
    n_with, n_without : int
        Answers.
    without : float array, shape (groups,)
        ``somers_d`` without each group.
    """

    somers_d: Estimate
    with_ties: Estimate
    upper: float | None
    n_with: int
    n_without: int
    without: np.ndarray


def score_by_state(
    counts: pd.DataFrame, *, strata: Sequence[str] = (), groups: Sequence[int] | None = None
) -> ScoreByState:
    """Do answers given in a state have higher scores than those given out of it?

    Parameters
    ----------
    counts : DataFrame
        Columns ``[*strata, "score", "state", "group", "n"]``: the state is True or False, the
        group a number of customers that go together (a customer's answers in one group).
    strata : sequence of str
        Pairs are formed within strata and summed.
    groups : sequence of int, optional
        All groups there are, also those without a row; those in ``counts`` unless given.

    Returns
    -------
    ScoreByState
        Above 0: those in the state score higher. None where no pair can be compared.

    Notes
    -----
    Delete-a-group jackknife with a t quantile, so that answers of one customer or parent may go
    together. ``with_ties`` is what ``scipy.stats.somersd`` calls Somers' D of the score given the
    state, in one stratum (tests/test_score_by_state.py); a coarse score has many equal pairs,
    which pull it towards 0.

    Examples
    --------
    >>> rows = pd.DataFrame({"score": [1, 2, 2, 3], "state": [False, False, True, True],
    ...                      "group": [0, 1, 2, 3], "n": 1})
    >>> found = score_by_state(rows)  # of four pairs three are higher, one is equal
    >>> found.somers_d.value, found.with_ties.value
    (1.0, 0.75)
    """
    known = sorted(set(counts["group"])) if groups is None else list(groups)
    with_state, without = _grids(counts, strata, known)
    pairs = _pairs(_left_out(with_state), _left_out(without))
    net, different, all_pairs = pairs[0] - pairs[1], pairs[0] + pairs[1], pairs.sum(axis=0)
    d, d_upper = _jackknifed("Somers' D, score and results", net, different)
    tied, _ = _jackknifed("Somers' D, equal scores counted", net, all_pairs)
    return ScoreByState(
        d, tied, d_upper, int(with_state.sum()), int(without.sum()), _ratio(net, different)[1:]
    )


def difference(one: ScoreByState, other: ScoreByState, *, name: str) -> Estimate:
    """By how much does D differ between two sets of answers of the same customers?

    Parameters
    ----------
    one, other : ScoreByState
        Of the same groups.
    name : str

    Returns
    -------
    Estimate
        one − other, with an interval that allows for the customers being the same.
    """
    empty = Estimate(name, None, scale="correlation", null=0.0)
    if one.somers_d.value is None or other.somers_d.value is None:
        return empty
    value = one.somers_d.value - other.somers_d.value
    if len(one.without) < 2:  # of one group nobody can be left out
        return replace(empty, value=value)
    found = jackknife_interval(value, one.without - other.without)
    return replace(
        empty,
        value=value,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        std_error=found.std_error,
    )


def _grids(
    counts: pd.DataFrame, strata: Sequence[str], groups: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Answers with and without by (group, stratum, score)."""
    group = pd.Index(groups).get_indexer(counts["group"])
    cell = counts.groupby(list(strata)).ngroup().to_numpy() if strata else np.zeros(len(counts))
    scores, score = np.unique(counts["score"].to_numpy(float), return_inverse=True)
    shape = (len(groups), int(cell.max(initial=0)) + 1, len(scores))
    grids = []
    for wanted in (True, False):
        rows = (counts["state"] == wanted).to_numpy()
        grid = np.zeros(shape)
        place = (group[rows], cell[rows].astype(int), score[rows])
        np.add.at(grid, place, counts["n"].to_numpy(float)[rows])
        grids.append(grid)
    return grids[0], grids[1]


def _left_out(grid: np.ndarray) -> np.ndarray:
    """All groups together, then all without each: (1 + groups, stratum, score)."""
    everyone = grid.sum(axis=0, keepdims=True)
    return np.concatenate([everyone, everyone - grid])


def _pairs(with_state: np.ndarray, without: np.ndarray) -> np.ndarray:
    """Pairs in which the one with scores higher, lower, equal: (3, 1 + groups)."""
    upto = np.cumsum(without, axis=-1)
    lower, higher = upto - without, upto[..., -1:] - upto
    return np.stack([(with_state * other).sum(axis=(1, 2)) for other in (lower, higher, without)])


def _ratio(net: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Net share of the pairs; not a number where there are none."""
    return np.divide(net, pairs, out=np.full(len(net), np.nan), where=pairs > 0)


def _jackknifed(name: str, net: np.ndarray, pairs: np.ndarray) -> tuple[Estimate, float | None]:
    """D with its interval, and its one-sided upper bound."""
    values = _ratio(net, pairs)
    empty = Estimate(name, None, scale="correlation", null=0.0)
    value, without = values[0], values[1:][np.isfinite(values[1:])]
    if not np.isfinite(value):
        return empty, None
    if len(without) < 2:
        return replace(empty, value=value), None
    found = jackknife_interval(value, without)
    reach = stdtrit(len(without) - 1, ONE_SIDED) * found.std_error
    low, high = max(found.ci_low, -1.0), min(found.ci_high, 1.0)
    estimate = replace(empty, value=value, ci_low=low, ci_high=high, std_error=found.std_error)
    return estimate, float(min(value + reach, 1.0))
