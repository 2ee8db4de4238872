"""What counts say: a churn-rate ratio and Somers' D, quickly enough to ask dozens of times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csresearch.sensitivity.counted import Counted

FAR, CLOSE, MOST_STEPS = 30.0, 1e-10, 60  # of Newton's method, as in `csresearch.survival.cox`


def log_ratio(counted: Counted, covariate: Sequence[float]) -> tuple[float, float]:
    """By how much does one unit of a covariate raise the log churn rate, and how sure is that?

    Parameters
    ----------
    counted : Counted
    covariate : sequence of float
        Of each level.

    Returns
    -------
    (float, float)
        Log ratio and standard error; ``nan`` where the counts do not tell, for instance because
        everybody who left was at one level.

    Notes
    -----
    Newton's method on Breslow's partial likelihood in one unknown: the same as
    `csresearch.survival.cox.cox_partial_likelihood` with ``ties="breslow"`` (a test compares
    them) in a tenth of its time, which dozens of what-ifs need.
    """
    x = np.asarray(covariate, dtype=float)
    events = counted.observed.sum(axis=1)
    cells = events > 0
    events, at_risk = events[cells], counted.at_risk[cells]
    total, coef = float((counted.observed[cells] @ x).sum()), 0.0
    for _ in range(MOST_STEPS):
        weight = np.exp(coef * x)
        sums = at_risk @ np.stack([weight, weight * x, weight * x**2], axis=1)
        mean = sums[:, 1] / sums[:, 0]
        information = float(events @ (sums[:, 2] / sums[:, 0] - mean**2))
        if not information > CLOSE or abs(coef) * np.ptp(x) > FAR:
            return np.nan, np.nan
        step = (total - float(events @ mean)) / information
        coef += float(np.clip(step, -2 / np.ptp(x), 2 / np.ptp(x)))
        if abs(step) < CLOSE:
            return coef, information**-0.5
    return np.nan, np.nan


def somers_d(counted: Counted, covariate: Sequence[float]) -> float:
    """Of two customers with different scores, does the one with the higher score stay longer?

    Parameters
    ----------
    counted : Counted
        Of spells that all begin on day 0, one a customer.
    covariate : sequence of float
        The score of each level; levels may share one.

    Returns
    -------
    float
        (concordant − discordant) ÷ their sum; ``nan`` without such pairs.

    Notes
    -----
    As `csresearch.association.concordance` counts them: who left on the same day is no pair.
    """
    concordant, discordant = pair_counts(counted, covariate)
    pairs = concordant + discordant
    return float((concordant - discordant) / pairs) if pairs > 0 else np.nan


def pair_counts(counted: Counted, covariate: Sequence[float]) -> tuple[float, float]:
    """How many pairs are concordant and discordant? As `somers_d` has them.

    Parameters
    ----------
    counted : Counted
    covariate : sequence of float

    Returns
    -------
    (float, float)
        Concordant and discordant pairs.
    """
    scores, level = np.unique(np.asarray(covariate, dtype=float), return_inverse=True)
    member = np.eye(len(scores))[level]
    observed = counted.observed @ member
    later = counted.at_risk @ member - observed
    lower = np.cumsum(later, axis=1) - later
    higher = later.sum(axis=1, keepdims=True) - lower - later
    return float((observed * higher).sum()), float((observed * lower).sum())
