"""Does a score known at the start go with staying longer? Concordance, Somers' D, correlations.

The influence of a customer on every pair count depends only on the customer's stratum, score, day
and status, so estimates and standard errors follow from the event table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate

WEIGHTINGS = ("n", "n/G2")


@dataclass(frozen=True)
class Concordance:
    """Pairs of customers compared: did the one with the higher score stay longer?

    Parameters
    ----------
    concordant, discordant : float
        Pairs in which the higher score stayed longer, or left sooner.
    tied_x, tied_y, tied_xy : float
        Pairs with the same score; that left on the same day; both.
    concordance : Estimate
        C: chance that the higher score stays longer, pairs with the same score counted half.
    somers_d : Estimate
        (concordant − discordant) ÷ (concordant + discordant): pairs with different scores only.
    weighting : {"n", "n/G2"}
    horizon_days : float or None
    n_customers, n_events : int
    """

    concordant: float
    discordant: float
    tied_x: float
    tied_y: float
    tied_xy: float
    concordance: Estimate
    somers_d: Estimate
    weighting: str
    horizon_days: float | None
    n_customers: int
    n_events: int


def concordance(
    table: EventTable,
    score: str,
    *,
    strata: Sequence[str] = (),
    weighting: str = "n",
    horizon_days: float | None = None,
    confidence_level: float = 0.95,
) -> Concordance:
    """Do customers with a higher score stay longer, pair by pair?

    Parameters
    ----------
    table : EventTable
        `by` holds the strata and the score; everybody enters on day 0 and nobody moves.
    score : str
        Column with numeric levels, fixed at entry.
    strata : sequence of str
        Pairs are formed within strata and summed.
    weighting : {"n", "n/G2"}
        "n" counts every pair once (Harrell); "n/G2" divides by the squared chance of still being
        followed (Uno), so that the answer does not depend on the censoring.
    horizon_days : float, optional
        Only pairs whose first churn is on or before this day.
    confidence_level : float
        Of the normal intervals.

    Returns
    -------
    Concordance
        Above 0.5 (C) or 0 (D): a higher score stays longer. None where no pair can be compared.

    Raises
    ------
    ValueError
        On an unknown weighting, a score that is not a number, delayed entry or moves.

    Notes
    -----
    A censoring on the day of a churn is later. Counts, C and its standard error (infinitesimal
    jackknife, weights held fixed) are those of R's ``survival::concordance`` with
    ``timewt="n"`` or ``"n/G2"`` and ``ymax`` (oracles/concordance.json), except that R drops the
    weights in a stratum with a single churn. D leaves out pairs with equal scores, which a coarse
    score has many of; R's ``2 C − 1`` keeps them in the denominator. Cost: days × scores.
    """
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting must be 'n' or 'n/G2', got {weighting!r}")
    counts = _fixed_at_entry(table, score, strata)
    groups = [g for _, g in counts.groupby(list(strata), observed=True)] if strata else [counts]
    grids = [_pairs(group, score, weighting, horizon_days) for group in groups]
    totals = np.sum([total for total, _ in grids], axis=0) if grids else np.zeros(5)
    cells = np.concatenate([cell for _, cell in grids], axis=1) if grids else np.zeros((4, 0))
    n, plus, minus, tied = cells
    net, difference = plus - minus, totals[0] - totals[1]
    d_all, se_all = _ratio(difference, totals[:3].sum(), (net, plus + minus + tied, n))
    d = _ratio(difference, totals[:2].sum(), (net, plus + minus, n))
    c = ((d_all + 1) / 2, se_all / 2)
    return Concordance(
        *map(float, totals),
        _estimate("concordance", c, "probability", confidence_level),
        _estimate("Somers' D", d, "correlation", confidence_level),
        weighting,
        horizon_days,
        round(float(n.sum())),
        round(float(counts["observed"].sum())),
    )


def _fixed_at_entry(table: EventTable, score: str, strata: Sequence[str]) -> pd.DataFrame:
    counts = table.total([*strata, score]).counts
    if not pd.api.types.is_numeric_dtype(counts[score]):
        raise ValueError(
            f"score {score!r} must be a number for every customer, got {counts[score].iloc[0]!r}; "
            "leave out those without a score"
        )
    late = (counts["entrance"] > 0) & (counts["day"] != 0)
    if late.any():
        raise ValueError(
            "every customer must enter on day 0 (start the clock when the score is given), got "
            f"{counts['entrance'][late].sum():g} entries later, e.g. on day "
            f"{counts['day'][late].iloc[0]:g}"
        )
    if (counts["moved"] > 0).any():
        raise ValueError(f"the score must be fixed at entry, got {counts['moved'].sum():g} moves")
    return counts


def _grid(counts: pd.DataFrame, score: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    days, row = np.unique(counts["day"].to_numpy(float), return_inverse=True)
    levels, col = np.unique(counts[score].to_numpy(), return_inverse=True)
    grid = np.zeros((len(days), len(levels)))
    grid[row, col] = counts[column].to_numpy(float)
    return days, grid


def _pairs(
    counts: pd.DataFrame, score: str, weighting: str, horizon_days: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """One stratum: R's five counts, and per kind of customer (n, concordant, discordant, tied)."""
    days, observed = _grid(counts, score, "observed")
    _, censored = _grid(counts, score, "censored")
    weight = np.ones(len(days))
    if weighting == "n/G2":
        weight = 1 / _still_followed(observed.sum(axis=1), censored.sum(axis=1)) ** 2
    if horizon_days is not None:
        weight[days > horizon_days] = 0.0
    totals, churned, as_second = pair_counts(observed, censored, weight)
    cells = [
        np.vstack([n[n > 0], *pairs[:, n > 0]])
        for n, pairs in ((observed, churned), (censored, as_second))
    ]
    return totals, np.concatenate(cells, axis=1)


def pair_counts(
    observed: np.ndarray, censored: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """In how many pairs of each kind is a customer of each cell, of the other cells and its own?

    Parameters
    ----------
    observed, censored : array of float, shape (days, scores)
        Customers who left, or were last seen, on a day with a score; both ascending.
    weight : array of float, shape (days,)
        Of a pair, by the day of its first churn.

    Returns
    -------
    totals : array, shape (5,)
        Concordant, discordant, tied in score, tied in day, tied in both.
    churned, censored : arrays, shape (3, days, scores)
        Concordant, discordant and tied pairs of one customer who left there, or was last seen.
    """
    weighted = weight[:, None] * observed
    stopped = observed + censored
    later = np.cumsum(stopped[::-1], axis=0)[::-1] - observed
    upto = np.cumsum(weighted, axis=0)
    as_first = weight[:, None] * np.stack([_higher(later), _lower(later), later])
    as_second = np.stack([_lower(upto), _higher(upto), upto])
    before = upto - weighted
    churned = as_first + np.stack([_lower(before), _higher(before), before])
    same_day, same_both = observed.sum(axis=1), (observed * (observed - 1)).sum(axis=1) / 2
    tied_y = weight @ (same_day * (same_day - 1) / 2 - same_both)
    totals = np.append((observed * as_first).sum(axis=(1, 2)), [tied_y, weight @ same_both])
    return totals, churned, as_second


def _lower(grid: np.ndarray) -> np.ndarray:
    """Sum over the scores below each score."""
    return np.cumsum(grid, axis=1) - grid


def _higher(grid: np.ndarray) -> np.ndarray:
    """Sum over the scores above each score."""
    return _lower(grid[:, ::-1])[:, ::-1]


def _still_followed(observed: np.ndarray, censored: np.ndarray) -> np.ndarray:
    """Chance of not being censored before each day, Kaplan–Meier; churn precedes censoring."""
    at_risk = np.cumsum((observed + censored)[::-1])[::-1] - observed
    hazard = np.divide(censored, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
    return np.append(1.0, np.cumprod(1 - hazard)[:-1])


def _ratio(net: float, pairs: float, influence: tuple[np.ndarray, ...]) -> tuple[float, float]:
    """Net share of pairs and its infinitesimal-jackknife standard error."""
    if pairs <= 0:
        return np.nan, np.nan
    value, (plus_minus, involved, n) = net / pairs, influence
    return value, float(np.sqrt(n @ ((plus_minus - value * involved) / pairs) ** 2))


def _estimate(name: str, found: tuple[float, float], scale: str, level: float) -> Estimate:
    """Normal interval around a value with its standard error."""
    value, std_error = found
    half = -ndtri((1 - level) / 2) * std_error
    null = 0.5 if scale == "probability" else 0.0
    return Estimate(
        name, value, value - half, value + half, level, std_error, scale=scale, null=null
    )


def naive_correlations(
    table: EventTable, score: str, *, confidence_level: float = 0.95
) -> dict[str, Estimate]:
    """How do score and observed tenure correlate, as a newsletter would compute it?

    Parameters
    ----------
    table : EventTable
        `by` holds the score, fixed at entry.
    score : str
        Column with numeric levels.
    confidence_level : float

    Returns
    -------
    dict of str to Estimate
        "pearson" and "spearman", role "naive"; None values where score or tenure never varies.

    Notes
    -----
    Customers still here are counted as if they had left: this number is never evidence, either
    way. Intervals on Fisher's z scale, as ``scipy.stats.pearsonr``; Spearman's with Bonett and
    Wright's (2000) standard error. Oracle: oracles/equivalence.json.
    """
    counts = table.total([score]).counts
    n = (counts["observed"] + counts["censored"]).to_numpy(float)
    x, y = counts[score].to_numpy(float)[n > 0], counts["day"].to_numpy(float)[n > 0]
    n = n[n > 0]
    pearson, spearman = _pearson(x, y, n), _pearson(_midranks(x, n), _midranks(y, n), n)
    spread = np.sqrt(1 + spearman**2 / 2)
    return {
        "pearson": _fisher("Pearson correlation", pearson, (n.sum(), 1.0), confidence_level),
        "spearman": _fisher("Spearman correlation", spearman, (n.sum(), spread), confidence_level),
    }


def _midranks(values: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Rank of each value among all customers, ties sharing the middle one."""
    position = np.unique(values, return_inverse=True)[1]
    size = np.bincount(position, weights=n)
    return (np.cumsum(size) - size / 2 + 0.5)[position]


def _pearson(x: np.ndarray, y: np.ndarray, n: np.ndarray) -> float:
    if len(n) == 0:
        return np.nan
    dx, dy = x - np.average(x, weights=n), y - np.average(y, weights=n)
    spread = np.sqrt((n @ dx**2) * (n @ dy**2))
    return float(n @ (dx * dy) / spread) if spread > 0 else np.nan


def _fisher(name: str, value: float, size: tuple[float, float], level: float) -> Estimate:
    n, spread = size
    low = high = np.nan
    if n > 3 and abs(value) < 1:
        half = -ndtri((1 - level) / 2) * spread / np.sqrt(n - 3)
        low, high = np.tanh(np.arctanh(value) + np.array([-half, half]))
    return Estimate(name, value, low, high, level, scale="correlation", role="naive", null=0.0)
