"""The tempting numbers: customers who ever had a result against those who never had one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from csresearch.events import COUNTS, EventTable
from csresearch.findings.estimates import Estimate
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.hazard_ratios import hazard_ratio

STATES = ("without", "with")
HAZARD, RATE, MEAN, MEDIAN = NAMES = (
    "inverse hazard ratio",
    "churn-rate ratio",
    "mean tenure of churned",
    "median tenure",
)


def naive_ratios(
    table: EventTable,
    *,
    group: str = "state",
    levels: Sequence[str] = STATES,
    confidence_level: float = 0.95,
) -> dict[str, Estimate]:
    """How many times longer do customers with results stay, as a newsletter would compute it?

    Parameters
    ----------
    table : EventTable
        `by` holds the group; whoever ever had a result is in the second level all along.
    group : str
        Column of the groups.
    levels : (str, str)
        Never had a result, ever had one.
    confidence_level : float

    Returns
    -------
    dict of str to Estimate
        "inverse hazard ratio" (Cox, Efron ties), "churn-rate ratio" (events ÷ days, never ÷
        ever), "mean tenure of churned" and "median tenure" (Kaplan–Meier; both ever ÷ never).
        Above 1: those with results stay longer. None values where a group has no churn or its
        median is not reached.

    Raises
    ------
    ValueError
        When the group has other levels.

    Notes
    -----
    All of them are biased: one must stay to get a result. Beside each stands what it would be if
    results did nothing (`no_effect_benchmark`). Intervals are Wald's on the log scale; the error
    of the medians is Woodruff's: how far they move when the survival there does by its own.
    """
    day, at_risk, observed = _grouped_counts(table.total([group]), levels)
    values = {name: float(x[0]) for name, x in plain_ratios(day, at_risk, observed).items()}
    errors = _errors(day, at_risk[..., 0], observed[..., 0])
    found = {name: _estimate(name, values[name], errors[name], confidence_level) for name in errors}
    return {HAZARD: _cox(table, group, levels, confidence_level), **found}


def _grouped_counts(
    table: EventTable, levels: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days (D,), and at risk and churned by day and group, arrays (D, 2, 1)."""
    (group,) = table.by
    number, known = table.numbers(group)
    other = sorted(set(known) - set(levels), key=str)
    if other:
        raise ValueError(f"{group!r} must hold the levels {tuple(levels)}, got also {other}")
    row, day = table.numbers("day")
    column = (known == levels[1]).astype(int)[number]
    entrance, observed, censored, moved = np.zeros((4, len(day), 2))
    for kind, into in zip(COUNTS, (entrance, observed, censored, moved), strict=True):
        into[row, column] = table.counts[kind].to_numpy()
    net = entrance - observed - censored - moved
    return day.astype(float), (np.cumsum(net, axis=0) - net)[..., None], observed[..., None]


def plain_ratios(
    day: np.ndarray, at_risk: np.ndarray, observed: np.ndarray
) -> dict[str, np.ndarray]:
    """Every naive ratio of many companies at once, NaN where there is none.

    Parameters
    ----------
    day : float array, shape (D,)
    at_risk, observed : float arrays, shape (D, 2, B)
        Never and ever, of B companies; expected counts will do.

    Returns
    -------
    dict of str to float array, shape (B,)
        Named as in `naive_ratios`.
    """
    gap = np.diff(day, prepend=day[:1])
    with np.errstate(divide="ignore", invalid="ignore"):
        churned = observed.sum(axis=0)
        rate = churned / np.tensordot(gap, at_risk, 1)
        mean = np.tensordot(day, observed, 1) / churned
        median = _medians(day, at_risk, observed)
        ratios = {
            HAZARD: np.exp(-_log_hazard_ratio(at_risk, observed)),
            RATE: rate[0] / rate[1],
            MEAN: mean[1] / mean[0],
            MEDIAN: median[1] / median[0],
        }
    possible = (churned > 0).all(axis=0)
    return {name: np.where(possible, value, np.nan) for name, value in ratios.items()}


def _medians(
    day: np.ndarray, at_risk: np.ndarray, observed: np.ndarray, level: np.ndarray | float = 0.5
) -> np.ndarray:
    """First day on which at most half (or another share) are left; NaN if never."""
    shape = np.broadcast_shapes(at_risk.shape, observed.shape)
    hazard = np.divide(observed, at_risk, out=np.zeros(shape), where=observed > 0)
    stay = np.cumprod(1 - hazard, axis=0)
    half = stay <= level + 1e-12
    if not len(day):
        return np.full(shape[1:], np.nan)
    return np.where(half.any(axis=0), day[half.argmax(axis=0)], np.nan)


def _log_hazard_ratio(at_risk: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Log hazard ratio of ever against never by Newton's method, (B,).

    Efron's ties to first order, which expected counts have too: on a day with d churns the risk
    set is short of half of the d − 1 others.
    """
    some = observed.sum(axis=(1, 2)) > 0
    observed = observed[some]
    churned = observed.sum(axis=1)
    others = np.maximum(1 - 1 / np.maximum(churned, 1), 0) / 2
    never, ever = (at_risk[some] - others[:, None] * observed).swapaxes(0, 1)
    log_ratio = np.zeros(at_risk.shape[2])
    for _ in range(50):
        risk = ever * np.exp(log_ratio)
        share = np.divide(risk, never + risk, out=np.zeros(risk.shape), where=churned > 0)
        expected = churned * share
        score = (observed[:, 1] - expected).sum(axis=0)
        step = score / (expected * (1 - share)).sum(axis=0)
        log_ratio = log_ratio + np.clip(step, -2, 2)
        if not (np.abs(step) > 1e-10).any():
            break
    return np.where(np.abs(log_ratio) < 20, log_ratio, np.nan)


def _errors(day: np.ndarray, at_risk: np.ndarray, observed: np.ndarray) -> dict[str, float]:
    """Standard errors on the log scale of every naive ratio but the hazard ratio's."""
    churned = observed.sum(axis=0)
    if not (churned > 0).all():
        return dict.fromkeys((RATE, MEAN, MEDIAN), np.nan)
    mean = day @ observed / churned
    spread = day**2 @ observed / churned - mean**2
    return {
        RATE: float(np.sqrt((1 / churned).sum())),
        MEAN: float(np.sqrt((spread / (churned * mean**2)).sum())),
        MEDIAN: _median_error(day, at_risk, observed),
    }


def _median_error(day: np.ndarray, at_risk: np.ndarray, observed: np.ndarray) -> float:
    """Of the log ratio of two medians, from Greenwood's errors of the survival there."""
    left = at_risk - observed
    terms = np.divide(observed, at_risk * left, out=np.zeros(left.shape), where=left > 0)
    upto = day[:, None] <= _medians(day, at_risk, observed)
    spread = np.sqrt((terms * upto).sum(axis=0))
    return float(np.hypot(*(median_reach(day, at_risk, observed, spread) * spread)))


def median_reach(
    day: np.ndarray, at_risk: np.ndarray, observed: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """How far does the logarithm of each median move with the log survival there?

    Parameters
    ----------
    day : float array, shape (D,)
    at_risk, observed : float arrays, shape (D, 2)
    spread : float array, shape (2,)
        Standard error of the log survival at each median.

    Returns
    -------
    float array, shape (2,)
        The slope over one standard error to both sides (Woodruff's interval of a quantile); NaN
        where the survival does not reach that far.
    """
    levels = np.exp(np.outer([1, -1], spread)) / 2
    early, late = (_medians(day, at_risk, observed, level) for level in levels)
    known = (early > 0) & (spread > 0)
    gap = np.log(np.divide(late, early, out=np.ones(2), where=known))
    slope = np.divide(gap, 2 * spread, out=np.zeros(2), where=known)
    return np.where(early > 0, slope, np.nan)


def log_spread(draws: np.ndarray) -> float:
    """How far do draws of a ratio scatter, on the log scale?

    Parameters
    ----------
    draws : float array, shape (B,)

    Returns
    -------
    float
        Standard deviation; NaN when a tenth of the draws or more has no value.
    """
    known = np.log(draws[np.isfinite(draws) & (draws > 0)])
    return float(known.std(ddof=1)) if len(known) > 0.9 * len(draws) else np.nan


def _estimate(name: str, value: float, std_error: float, level: float) -> Estimate:
    reach = np.exp(-ndtri((1 - level) / 2) * std_error)
    return Estimate(
        name, value, value / reach, value * reach, level, std_error, role="naive", null=1.0
    )


def _cox(table: EventTable, group: str, levels: Sequence[str], level: float) -> Estimate:
    risk = risk_sets(table, group)
    if len(risk.levels) < 2:
        return Estimate(HAZARD, None, confidence_level=level, role="naive", null=1.0)
    design = [[float(name == levels[0])] for name in risk.levels]
    ratio = hazard_ratio(cox_partial_likelihood(risk, design), confidence_level=level)
    ends = (ratio.value, ratio.ci_low, ratio.ci_high)
    return Estimate(HAZARD, *ends, level, ratio.std_error, role="naive", null=1.0)
