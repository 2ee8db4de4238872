"""Cox partial likelihood on counts: the cost grows with days × strata, not with customers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from csresearch.risk_sets import RiskSets
from csresearch.survival.aliasing import independent_columns
from csresearch.survival.newton import climb, settled
from csresearch.survival.partial_likelihood import PartialLikelihood


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
    risk : RiskSets
        With the next two what was fitted; where a coefficient is infinite its limits need it.
    design : float array, shape (L, p)
    ties : {"efron", "breslow"}
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
    risk: RiskSets = field(repr=False)
    design: np.ndarray = field(repr=False)
    ties: str = "efron"

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
    >>> from csresearch.risk_sets import RiskSets
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
    coef, at = climb(likelihood, null, known)
    found = settled(likelihood, coef, at, known)
    infinite = np.zeros(len(coef))
    if not found:
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
        converged=bool(found and known.all() and risk.n_events > 0),
        separated=bool(infinite.any()),
        risk=risk,
        design=design,
        ties=ties,
    )


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
