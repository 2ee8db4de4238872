"""Does a hazard ratio hold at every tenure, or does it fade or grow?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from csresearch.risk_sets import RiskSets
from csresearch.survival.cox import CoxFit, cox_partial_likelihood
from csresearch.survival.hazard_ratios import hazard_ratio
from csresearch.survival.intervals import Interval
from csresearch.survival.partial_likelihood import PartialLikelihood


@dataclass(frozen=True, eq=False)
class TenureRatios:
    """A hazard ratio per bin of tenure, and the test that they are all one.

    Parameters
    ----------
    frame : DataFrame
        One row per bin: ``after_day, up_to_day, observed, ratio, ci_low, ci_high, std_error``
        (of the log); the ratio is ``nan`` in a bin without information.
    statistic : float or None
        Likelihood-ratio chi-square of one ratio against one per bin; None with fewer than two
        bins that carry information.
    df : int
    p_value : float or None
    """

    frame: pd.DataFrame
    statistic: float | None
    df: int
    p_value: float | None


@dataclass(frozen=True)
class ProportionalityCheck:
    """Test that the log hazard ratios do not change with g(tenure).

    Parameters
    ----------
    transform : str
    statistic : float or None
        Global score chi-square; None without information.
    df : int
    p_value : float or None
    slope, slope_std_error : tuple of float
        Per covariate, the change of the log hazard ratio per unit of g(tenure): the score
        estimate (one Newton step), which shows the direction.
    column_statistic, column_p_value : tuple of float
        The test of each covariate alone.
    """

    transform: str
    statistic: float | None
    df: int
    p_value: float | None
    slope: tuple[float, ...] = ()
    slope_std_error: tuple[float, ...] = ()
    column_statistic: tuple[float, ...] = ()
    column_p_value: tuple[float, ...] = ()


def risk_sets_between(risk: RiskSets, after_day: float, up_to_day: float) -> RiskSets:
    """Which risk sets fall into a stretch of tenure?

    Parameters
    ----------
    risk : RiskSets
    after_day, up_to_day : float

    Returns
    -------
    RiskSets
        Those with event days in (after_day, up_to_day].
    """
    keep = (risk.day > after_day) & (risk.day <= up_to_day)
    return RiskSets(
        risk.levels, risk.stratum[keep], risk.day[keep], risk.at_risk[keep], risk.observed[keep]
    )


def ratio_by_tenure(
    risk: RiskSets,
    design: np.ndarray | pd.DataFrame,
    edges_days: Sequence[float],
    *,
    ties: str = "efron",
    confidence_level: float = 0.95,
) -> TenureRatios:
    """How large is the hazard ratio in each stretch of tenure?

    Parameters
    ----------
    risk : RiskSets
    design : array or DataFrame, shape (L, p)
        The ratio shown is that of the first column; the others are adjusted for within bins.
    edges_days : sequence of float
        Bins are (0, first edge], …, (last edge, inf).
    ties : {"efron", "breslow"}
    confidence_level : float

    Returns
    -------
    TenureRatios
        A ratio per bin and the test that they are equal.

    Raises
    ------
    ValueError
        If the edges do not rise from above 0.

    Notes
    -----
    The partial likelihood is a product over event days, so each bin is a fit of its own; equals
    R's ``coxph`` on ``survSplit`` rows with bin-by-covariate terms
    (tests/oracles/proportionality.json).
    """
    edges = [0.0, *map(float, edges_days), np.inf]
    if not np.all(np.diff(edges) > 0):
        raise ValueError(f"edges_days must rise from above 0, got {list(edges_days)}")
    rows, fits = [], []
    for after, up_to in pairwise(edges):
        part = risk_sets_between(risk, after, up_to)
        fit = cox_partial_likelihood(part, design, ties=ties)
        ratio = hazard_ratio(fit, confidence_level=confidence_level)
        rows.append((after, up_to, part.n_events, *_row(ratio)))
        fits.append(fit)
    columns = ["after_day", "up_to_day", "observed", "ratio", "ci_low", "ci_high", "std_error"]
    frame = pd.DataFrame(rows, columns=columns).astype(float)
    whole = cox_partial_likelihood(risk, design, ties=ties)
    return TenureRatios(frame, *_heterogeneity(whole, fits))


def proportionality_check(
    risk: RiskSets,
    design: np.ndarray | pd.DataFrame,
    *,
    transform: str = "log",
    ties: str = "efron",
) -> ProportionalityCheck:
    """Do the hazard ratios drift with tenure?

    Parameters
    ----------
    risk : RiskSets
    design : array or DataFrame, shape (L, p)
    transform : {"log", "identity"}
        g: the logarithm of tenure, or tenure itself.
    ties : {"efron", "breslow"}

    Returns
    -------
    ProportionalityCheck
        Global test, and per covariate the direction and the test.

    Raises
    ------
    ValueError
        If the transform is unknown.

    Notes
    -----
    The score test for adding x · g(tenure) to the fitted model, which is what R's
    ``survival::cox.zph`` computes since version 3 (tests/oracles/proportionality.json). Its
    "km" and "rank" need every censoring time, which risk sets do not hold. lifelines'
    ``proportional_hazard_test`` is an older approximation and differs.
    """
    fit = cox_partial_likelihood(risk, design, ties=ties)
    if not fit.converged:
        return ProportionalityCheck(transform, None, 0, None)
    time = _transformed(risk, transform)
    time = time - np.average(time, weights=risk.observed.sum(axis=1))
    likelihood = PartialLikelihood(risk, design, ties=ties)
    plain, first, second = (likelihood.derivatives(fit.coef, time**power) for power in (0, 1, 2))
    adjust = first.information @ np.linalg.inv(plain.information)
    variance = second.information - adjust @ first.information
    score = first.score - adjust @ plain.score
    statistic = float(score @ np.linalg.pinv(variance, hermitian=True) @ score)
    df = int(np.linalg.matrix_rank(variance, hermitian=True))
    own = np.diag(variance)
    if df == 0 or not (own > 1e-12).all():
        return ProportionalityCheck(transform, None, 0, None)
    return ProportionalityCheck(
        transform,
        statistic,
        df,
        float(chdtrc(df, statistic)),
        tuple((score / own).tolist()),
        tuple((1 / np.sqrt(own)).tolist()),
        tuple((score**2 / own).tolist()),
        tuple(chdtrc(1, score**2 / own).tolist()),
    )


def _row(ratio: Interval) -> tuple:
    """Value, limits and standard error, ``nan`` where unknown."""
    fields = (ratio.value, ratio.ci_low, ratio.ci_high, ratio.std_error)
    return tuple(np.nan if field is None else field for field in fields)


def _heterogeneity(
    whole: CoxFit, parts: Sequence[CoxFit]
) -> tuple[float | None, int, float | None]:
    """Likelihood-ratio test of one set of coefficients against one per part."""
    df = sum(part.df for part in parts) - whole.df
    if df <= 0:
        return None, 0, None
    statistic = max(2 * (sum(part.loglik for part in parts) - whole.loglik), 0.0)
    return float(statistic), df, float(chdtrc(df, statistic))


def _transformed(risk: RiskSets, transform: str) -> np.ndarray:
    """g(tenure) of each risk set."""
    if transform == "log":
        return np.log(risk.day)
    if transform == "identity":
        return risk.day.astype(float)
    raise ValueError(f"transform must be 'log' or 'identity', got {transform!r}")
