"""Cox partial likelihood on counts: the cost grows with days × strata, not with customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from csresearch.events import RiskSets
from csresearch.survival.aliasing import independent_columns
from csresearch.survival.intervals import Interval, ratio_interval
from csresearch.survival.partial_likelihood import Derivatives, PartialLikelihood

MAX_ITERATIONS = 60
FAR = 30.0  # a log ratio beyond which a coefficient is taken to be running off to infinity


@dataclass(frozen=True, eq=False)
class CoxFit:
    """Log hazard ratios that make the observed churns most likely.

    Parameters
    ----------
    coef : float array, shape (p,)
        ``nan`` where the data carry no information (no events, one level, collinear columns);
        ``inf`` or ``-inf`` where the likelihood keeps rising (``separated``).
    covariance : float array, shape (p, p)
        Inverse information; ``nan`` in the rows of coefficients that are not finite.
    loglik, loglik_null : float
    score_test : float
        Rao's chi-square at zero, on ``df`` degrees of freedom.
    df : int
        Columns that carry information.
    n_events : float
    converged : bool
        Every coefficient is a finite maximum.
    separated : bool
        At least one coefficient is infinite.
    """

    coef: np.ndarray
    covariance: np.ndarray
    loglik: float
    loglik_null: float
    score_test: float
    df: int
    n_events: float
    converged: bool
    separated: bool

    @property
    def std_error(self) -> np.ndarray:
        """Standard errors of the coefficients, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))


def cox_partial_likelihood(
    risk: RiskSets, design: np.ndarray | pd.DataFrame, *, ties: str = "efron"
) -> CoxFit:
    """By what factor does each covariate multiply the churn rate at the same tenure?

    Parameters
    ----------
    risk : RiskSets
        Counts per stratum and event day; the levels may be time-dependent states.
    design : array or DataFrame, shape (L, p)
        Covariates of each level, in the order of ``risk.levels`` (see `level_design`).
    ties : {"efron", "breslow"}
        How events on the same day are shared out.

    Returns
    -------
    CoxFit
        Coefficients of the design's columns with their covariance and tests.

    Raises
    ------
    ValueError
        If the design does not fit the levels, holds missing values, or the ties are unknown.

    Notes
    -----
    Newton's method with step-halving on the exact partial likelihood; equals R's
    ``survival::coxph(Surv(start, stop, event))`` with the same ties (tests/oracles/cox.json).
    Differs from R where a coefficient is infinite: R stops at some large number with a warning,
    here it is ``inf`` and ``separated``. Efron's inner sum over thousands of tied events is
    replaced by a Gauss rule of a few points (`csresearch.survival.ties`), equal to 1e-14.

    Examples
    --------
    >>> import numpy as np
    >>> from csresearch.events import RiskSets
    >>> risk = RiskSets(("without", "with"), np.zeros(2, int), np.array([1.0, 2.0]),
    ...                 np.array([[2.0, 1.0], [1.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> fit = cox_partial_likelihood(risk, np.array([[0.0], [1.0]]))
    >>> round(float(np.exp(fit.coef[0])), 4)  # the positive root of h**2 = 2
    1.4142
    """
    design = np.asarray(design, dtype=float)
    key = (design.shape, design.tobytes(), ties)
    if key not in risk.fits:
        risk.fits[key] = _fit(risk, design, ties)
    return risk.fits[key]


def _fit(risk: RiskSets, design: np.ndarray, ties: str) -> CoxFit:
    """Newton's method, and what is known at its end."""
    likelihood = PartialLikelihood(risk, design, ties=ties)
    null = likelihood.derivatives(np.zeros(likelihood.design.shape[1]))
    known = independent_columns(null.information)
    coef, at = _newton(likelihood, null, known)
    settled = _settled(likelihood, coef, _step(at, known))
    infinite = np.zeros(len(coef))
    if not settled:
        infinite[known] = _infinite(risk, likelihood.design[:, known], coef[known])
    finite = known & (infinite == 0)
    covariance = np.full((len(coef), len(coef)), np.nan)
    covariance[np.ix_(finite, finite)] = np.linalg.inv(at.information[np.ix_(finite, finite)])
    score = null.score[known]
    return CoxFit(
        coef=np.where(known, np.where(infinite != 0, infinite, coef), np.nan),
        covariance=covariance,
        loglik=at.loglik,
        loglik_null=null.loglik,
        score_test=float(score @ np.linalg.solve(null.information[np.ix_(known, known)], score)),
        df=int(known.sum()),
        n_events=risk.n_events,
        converged=bool(settled and known.all() and risk.n_events > 0),
        separated=bool(infinite.any()),
    )


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
        Exponential of the coefficient with its Wald interval; ``None`` without information, 0 or
        ``inf`` without limits where the coefficient is infinite.
    """
    return ratio_interval(float(fit.coef[column]), float(fit.std_error[column]), confidence_level)


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
        A ratio; a limit is 0 or ``inf`` where the likelihood never falls far enough.

    Notes
    -----
    All values whose likelihood-ratio test is not rejected; checked against a grid search in R
    (``coxph`` with an offset). Unlike Wald's interval it has a finite limit when the estimate
    is infinite.
    """
    design = np.asarray(design, dtype=float)
    fit = cox_partial_likelihood(risk, design, ties=ties)
    if np.isnan(fit.coef[column]):
        return Interval(None, confidence_level=confidence_level)
    needed = fit.loglik - gammaincinv(0.5, confidence_level)
    known = ~np.isnan(fit.coef)
    others = design[:, known & (np.arange(len(known)) != column)]

    def above(coef: float) -> float:
        likelihood = PartialLikelihood(risk, others, ties=ties, offset=design[:, column] * coef)
        return _maximum(likelihood) - needed

    unit = 1 / np.ptp(design[:, column])
    centre = float(np.clip(fit.coef[column], -FAR / 2 * unit, FAR / 2 * unit))
    low, high = (_crossing(above, centre, side * unit) for side in (-1.0, 1.0))
    value = ratio_interval(float(fit.coef[column]), np.nan, confidence_level).value
    return Interval(value, float(np.exp(low)), float(np.exp(high)), None, confidence_level)


def _crossing(above: Callable[[float], float], centre: float, step: float) -> float:
    """Where the profile falls to zero on one side of its maximum; infinite if it never does."""
    from scipy.optimize import brentq  # loaded only where it is needed: it takes a while

    reach = step
    while abs(centre + reach) <= 0.8 * FAR * abs(step):
        if above(centre + reach) < 0:
            return float(brentq(above, centre, centre + reach, xtol=1e-12 * abs(step)))
        reach *= 1.5
    return float(np.copysign(np.inf, step))


def _maximum(likelihood: PartialLikelihood) -> float:
    """The highest log likelihood over the remaining coefficients."""
    known = np.ones(likelihood.design.shape[1], dtype=bool)
    return _newton(likelihood, likelihood.derivatives(np.zeros(len(known))), known)[1].loglik


def _newton(
    likelihood: PartialLikelihood, at: Derivatives, known: np.ndarray
) -> tuple[np.ndarray, Derivatives]:
    """Newton's method with step-halving from zero over the columns that carry information."""
    coef = np.zeros(len(known))
    for _ in range(MAX_ITERATIONS):
        step = _step(at, known)
        if _span(likelihood, step) < 1e-12 or _span(likelihood, coef) > FAR:
            break
        for _ in range(30):
            trial = likelihood.derivatives(coef + step)
            if trial.loglik >= at.loglik - 1e-12 * abs(at.loglik):
                break
            step = step / 2
        coef, at = coef + step, trial
    return coef, at


def _step(at: Derivatives, known: np.ndarray) -> np.ndarray:
    """Newton's step; zero for columns without information."""
    scale = np.sqrt(np.maximum(np.diag(at.information), 0.0))[known]  # rounding, far out
    scale = np.where(scale > 0, scale, 1.0)
    scaled = at.information[np.ix_(known, known)] / np.outer(scale, scale)
    step = np.zeros(len(known))
    step[known] = np.linalg.lstsq(scaled, at.score[known] / scale, rcond=1e-14)[0] / scale
    return step


def _span(likelihood: PartialLikelihood, coef: np.ndarray) -> float:
    """The largest log hazard ratio between two levels that these coefficients make."""
    return float(np.ptp(likelihood.design @ coef))


def _settled(likelihood: PartialLikelihood, coef: np.ndarray, step: np.ndarray) -> bool:
    """Whether the maximum is found: another step would move no log hazard ratio by 1e-8."""
    return _span(likelihood, step) < 1e-8 and _span(likelihood, coef) <= FAR


def _infinite(risk: RiskSets, design: np.ndarray, coef: np.ndarray) -> np.ndarray:
    """inf or -inf for coefficients along which the likelihood never falls, else 0.

    The likelihood rises for ever in a direction v exactly if nobody who churned had a lower v·x
    than anybody at risk at that moment: a linear programme over pairs of levels.
    """
    from scipy.optimize import linprog  # loaded only where it is needed: it takes a while

    met = (risk.observed > 0).astype(float).T @ (risk.at_risk > 0)
    churned, stayed = np.nonzero(met)
    gaps = np.unique((design[churned] - design[stayed]) / np.ptp(design, axis=0), axis=0)
    infinite = np.zeros(len(coef))
    for column in range(len(coef)):
        for sign in (1.0, -1.0):
            goal = -sign * np.eye(len(coef))[column]
            best = linprog(goal, A_ub=-gaps, b_ub=np.zeros(len(gaps)), bounds=(-1, 1))
            if best.status == 0 and best.fun < -1e-7:
                infinite[column] = np.copysign(np.inf, coef[column])
    return infinite
