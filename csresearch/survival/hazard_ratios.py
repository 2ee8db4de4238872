"""Ratios of churn rates with limits: Wald's, or the likelihood's own where one is infinite."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from csresearch.risk_sets import RiskSets
from csresearch.survival.cox import CoxFit, cox_partial_likelihood
from csresearch.survival.intervals import Interval, ratio_interval
from csresearch.survival.newton import FAR, highest
from csresearch.survival.partial_likelihood import PartialLikelihood

END = 0.8 * FAR  # log ratio up to which limits are looked for
NEARER = (1.0, 0.75, 0.5, 0.25, 0.1)  # parts of it, where one beyond all limits is looked for


def hazard_ratio(fit: CoxFit, column: int = 0, *, confidence_level: float = 0.95) -> Interval:
    """By what factor does one more of a covariate multiply the churn rate?

    Parameters
    ----------
    fit : CoxFit
    column : int
        Column of the design.
    confidence_level : float

    Returns
    -------
    Interval
        Exponential of the coefficient with its Wald interval; ``None`` without information. Where
        the coefficient is infinite 0 or ``inf``, with the limits of `profile_contrast`.
    """
    weights = np.eye(len(fit.coef))[column]
    if np.isinf(fit.coef[column]):
        return profile_contrast(fit, weights, confidence_level=confidence_level)
    return ratio_interval(float(fit.coef[column]), float(fit.std_error[column]), confidence_level)


def profile_contrast(
    fit: CoxFit, weights: Sequence[float], *, confidence_level: float = 0.95
) -> Interval:
    """Which values of a weighted sum of log hazard ratios does the likelihood not rule out?

    Parameters
    ----------
    fit : CoxFit
    weights : sequence of float, length p
        One for each coefficient; not all 0.
    confidence_level : float

    Returns
    -------
    Interval
        A ratio, without a standard error; a limit is 0 or ``inf`` where the likelihood never falls
        far enough, as on the side on which the estimate itself is 0 or ``inf``.

    Notes
    -----
    All values whose likelihood-ratio test is not rejected, the other coefficients estimated anew
    at each; checked against a root search in R (``coxph`` with an offset; tests/oracles/cox.json
    and separation.json). Unlike Wald's interval it has a finite limit when the estimate is
    infinite. Customers are taken as independent: where nobody of a group left there is nothing
    that shows how those of one parent go together.
    """
    weight = np.asarray(weights, dtype=float)
    with np.errstate(invalid="ignore"):
        total = float(weight[weight != 0] @ fit.coef[weight != 0])
    if np.isnan(total):
        return Interval(None, confidence_level=confidence_level)
    own, others, start = _turned(fit, weight)
    needed = fit.loglik - gammaincinv(0.5, confidence_level)

    def above(value: float) -> float:
        likelihood = PartialLikelihood(fit.risk, others, ties=fit.ties, offset=own * value)
        return highest(likelihood, start) - needed

    unit = 1 / np.ptp(own)
    centre = _inside(above, total, END * unit)
    low, high = (
        total if total == side * np.inf else _crossing(above, centre, side * unit)
        for side in (-1.0, 1.0)
    )
    value = ratio_interval(total, np.nan, confidence_level).value
    return Interval(value, float(np.exp(low)), float(np.exp(high)), None, confidence_level)


def _inside(above: Callable[[float], float], total: float, end: float) -> float:
    """A log ratio that is not rejected: the estimate, or one far out where that is infinite.

    Too far out the other coefficients cannot follow, and the likelihood seems to fall again.
    """
    if np.isfinite(total):
        return float(np.clip(total, -end, end))
    return max((float(np.copysign(part * end, total)) for part in NEARER), key=above)


def _turned(fit: CoxFit, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The design with the weighted sum as a coefficient: its column, and the others with theirs.

    The sum takes the place of the coefficient with the largest weight, of an infinite one if any.
    """
    known = ~np.isnan(fit.coef)
    at = int(np.argmax(np.abs(weight) * np.where(np.isinf(fit.coef), 1e9, 1.0)))
    own = fit.design[:, at] / weight[at]
    known[at] = False
    return own, fit.design[:, known] - np.outer(own, weight[known]), fit.coef[known]


def profile_interval(
    risk: RiskSets,
    design: np.ndarray | pd.DataFrame,
    column: int = 0,
    *,
    ties: str = "efron",
    confidence_level: float = 0.95,
) -> Interval:
    """Which hazard ratios does the likelihood itself not rule out? For small data.

    Parameters
    ----------
    risk : RiskSets
    design : array or DataFrame, shape (L, p)
    column : int
        The covariate; the others are re-estimated at each value of its coefficient.
    ties : {"efron", "breslow"}
    confidence_level : float

    Returns
    -------
    Interval
        As `profile_contrast` gives it for one coefficient.
    """
    fit = cox_partial_likelihood(risk, design, ties=ties)
    return profile_contrast(fit, np.eye(len(fit.coef))[column], confidence_level=confidence_level)


def _crossing(above: Callable[[float], float], centre: float, step: float) -> float:
    """Where the profile falls to zero on one side of its maximum; infinite if it never does."""
    from scipy.optimize import brentq  # loaded only where it is needed: it takes a while

    reach = step
    while abs(centre + reach) <= END * abs(step):
        if above(centre + reach) < 0:
            return float(brentq(above, centre, centre + reach, xtol=1e-12 * abs(step)))
        reach *= 1.5
    return float(np.copysign(np.inf, step))
