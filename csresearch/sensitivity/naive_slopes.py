"""How the naive ratios change with one more at risk, or one more churned, on a day of tenure."""

from __future__ import annotations

import numpy as np


def log_slopes(
    day: np.ndarray, at_risk: np.ndarray, observed: np.ndarray, log_hazard_ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    """How does the logarithm of each naive ratio change with the counts of each day?

    Parameters
    ----------
    day : float array, shape (D,)
    at_risk, observed : float arrays, shape (D, 2)
        Never and ever; somebody churned in both.
    log_hazard_ratio : float
        Ever against never, as `plain_ratios` finds it.

    Returns
    -------
    tuple of float array, shape (5, D, 2)
        Slopes in those at risk and in those churned, of the hazard, rate and mean ratio and of
        the log survival of never and of ever on the day of their median.
    """
    pieces = [
        _hazard(at_risk, observed, log_hazard_ratio),
        _rate(day, at_risk, observed),
        _mean(day, observed),
        *_survival(at_risk, observed),
    ]
    by_risk, by_churn = zip(*pieces, strict=True)
    return np.stack(by_risk), np.stack(by_churn)


ROUNDING = 1e-9
SIDE = np.array([1.0, -1.0])  # never counts up, ever down; means and medians the other way


def _rate(
    day: np.ndarray, at_risk: np.ndarray, observed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    gap = np.diff(day, prepend=day[:1])
    by_risk = -SIDE * gap[:, None] / (gap @ at_risk)
    return by_risk, np.broadcast_to(SIDE / observed.sum(axis=0), observed.shape)


def _mean(day: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = day @ observed
    return np.zeros(observed.shape), -SIDE * (day[:, None] / total - 1 / observed.sum(axis=0))


def _hazard(
    at_risk: np.ndarray, observed: np.ndarray, log_ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    """Of a root of the score: slopes of the score over the information."""
    churned = observed.sum(axis=1)
    tied = np.maximum(churned, 1.0)
    # expected counts of a day with one churn sum to 1 but for rounding
    short, bend = (1 - 1 / tied) / 2, np.where(churned > 1 + ROUNDING, 0.5 / tied**2, 0.0)
    never, ever = (at_risk - short[:, None] * observed).T
    total = never + ever * np.exp(log_ratio)
    share = _over(ever * np.exp(log_ratio), total)
    tilt = churned * share * (1 - share)
    by_never, by_ever = _over(tilt, never), -_over(tilt, ever)
    through_ties = -bend * (by_never * observed[:, 0] + by_ever * observed[:, 1])
    by_churn = np.stack([-share - short * by_never, 1 - share - short * by_ever], axis=1)
    by_churn = (by_churn + through_ties[:, None]) * (churned > 0)[:, None]
    information = tilt.sum() or np.nan  # without any there is no ratio, nor its slopes
    return -np.stack([by_never, by_ever], axis=1) / information, -by_churn / information


def _survival(at_risk: np.ndarray, observed: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Log survival of each group on the first day with at most half left; zeros if never."""
    left = at_risk - observed
    hazard = _over(observed, at_risk)
    half = np.cumprod(1 - hazard, axis=0) <= 0.5 + 1e-12
    upto = np.cumsum(half, axis=0) - half == 0
    by_churn, by_risk = -_over(upto, left), _over(upto * hazard, left)
    return [(by_risk * column, by_churn * column) for column in np.eye(2)]


def _over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros(below.shape), where=below > 0)
