"""Newton's method on a partial likelihood, and when its answer is a maximum."""

from __future__ import annotations

import numpy as np

from csresearch.survival.partial_likelihood import Derivatives, PartialLikelihood

MAX_ITERATIONS = 60
LEAP = 10.0  # no step moves a log ratio further: where the slope is flat Newton's would
FAR = 30.0  # a log ratio beyond which a coefficient is taken to be running off to infinity


def climb(
    likelihood: PartialLikelihood,
    at: Derivatives,
    known: np.ndarray,
    start: np.ndarray | None = None,
) -> tuple[np.ndarray, Derivatives]:
    """Where do the derivatives vanish? Step-halving, over the columns with information.

    Parameters
    ----------
    likelihood : PartialLikelihood
    at : Derivatives
        At the start.
    known : bool array, shape (p,)
        Columns that carry information; the coefficients of the others stay as they are.
    start : float array, shape (p,), optional
        Zero by default.

    Returns
    -------
    (float array, Derivatives)
        Where it ended: at the maximum, or far out where there is none (`settled` tells).
    """
    coef = np.zeros(len(known)) if start is None else start
    for _ in range(MAX_ITERATIONS):
        step = _step(at, known)
        leap = _span(likelihood, step)
        if leap < 1e-12 or _span(likelihood, coef) > FAR:
            break
        step = step * min(1.0, LEAP / leap)
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


def settled(
    likelihood: PartialLikelihood, coef: np.ndarray, at: Derivatives, known: np.ndarray
) -> bool:
    """Is the maximum found: would another step move no log hazard ratio by 1e-8?

    Parameters
    ----------
    likelihood : PartialLikelihood
    coef : float array, shape (p,)
    at : Derivatives
        There.
    known : bool array, shape (p,)

    Returns
    -------
    bool
        False too where a log hazard ratio is as far out as counts as infinite.
    """
    return _span(likelihood, _step(at, known)) < 1e-8 and _span(likelihood, coef) <= FAR


def highest(likelihood: PartialLikelihood, start: np.ndarray) -> float:
    """How high does the log likelihood come over all its coefficients?

    Parameters
    ----------
    likelihood : PartialLikelihood
    start : float array, shape (p,)
        Where to look from; infinite coefficients are taken a short way towards it.

    Returns
    -------
    float
        The limit, but for about e^−30, where the likelihood rises for ever.
    """
    known = np.ones(len(start), dtype=bool)
    near = np.where(np.isinf(start), np.copysign(LEAP / 2, start), start)
    return climb(likelihood, likelihood.derivatives(near), known, near)[1].loglik
