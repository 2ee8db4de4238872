"""How much do the true effects differ between studies? Estimators of tau²."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from csresearch.survival.intervals import Interval, normal_quantile

TAU2_METHODS = ("reml", "paule-mandel", "dersimonian-laird")


def between_variance(
    effects: ArrayLike,
    variances: ArrayLike,
    *,
    method: str = "reml",
    weights: ArrayLike | None = None,
) -> float:
    """How much do the true effects vary between studies, beyond chance?

    Parameters
    ----------
    effects : array of float, shape (k,)
        On a scale where they are about normal: logs of ratios.
    variances : array of float, shape (k,)
        Squared standard errors, positive.
    method : {"reml", "paule-mandel", "dersimonian-laird"}
    weights : array of float, shape (k,), optional
        What part of the average each effect holds: 1 unless they are `independent_effects`.

    Returns
    -------
    float
        tau², the variance of the true effects; 0 where chance explains all of it.

    Raises
    ------
    ValueError
        With fewer than two studies, or a variance that is not positive, or an unknown method.

    Notes
    -----
    Equals R's ``metafor::rma`` (tests/oracles/random_effects.json). statsmodels'
    ``combine_effects`` has no REML, does not cut DerSimonian–Laird's tau² at 0 and gives
    Paule–Mandel's up without a word; here the roots are bracketed and solved to 1e-12.

    Examples
    --------
    >>> round(between_variance([0.0, 2.0], [0.5, 0.5]), 9)  # (0 − 2)² / 2 − 0.5
    1.5
    """
    y, v = checked_effects(effects, variances)
    x = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    if method not in TAU2_METHODS:
        raise ValueError(f"method must be one of {', '.join(TAU2_METHODS)}, got {method!r}")
    if method == "dersimonian-laird":
        w = 1 / v
        scale = w.sum() - (w**2 * x**2).sum() / (w * x**2).sum()
        return float(max((generalised_q(y, v, x) - (len(y) - 1)) / scale, 0.0))
    if method == "paule-mandel":
        return _q_root(y, v, x, len(y) - 1.0)  # at which Q is what chance makes of it
    return reml_variance(y, v, x[:, None])


def tau2_interval(
    effects: ArrayLike, variances: ArrayLike, *, confidence_level: float = 0.95
) -> Interval:
    """Between which limits does tau² lie? Q-profile.

    Parameters
    ----------
    effects, variances : array of float, shape (k,)
    confidence_level : float

    Returns
    -------
    Interval
        Around the REML estimate; the upper limit is 0 where the effects are closer together than
        chance allows.

    Notes
    -----
    All tau² at which the generalised Q is not surprising (Viechtbauer 2007), as R's
    ``metafor::confint``. The estimate may lie outside it in small samples.
    """
    y, v = checked_effects(effects, variances)
    value = reml_variance(y, v, np.ones((len(y), 1)))
    limits = tau2_limits(y, v, np.ones(len(y)), confidence_level)
    return Interval(value, *limits, None, confidence_level)


def tau2_limits(
    y: np.ndarray, v: np.ndarray, x: np.ndarray, confidence_level: float
) -> tuple[float, float]:
    """Between which tau² is the generalised Q not surprising?

    Parameters
    ----------
    y, v, x : array of float, shape (k,)
        Effects, their squared standard errors, and what part of the average each holds.
    confidence_level : float

    Returns
    -------
    (float, float)
        Both 0 where the effects are closer together than chance allows.
    """
    normal_quantile(confidence_level)
    tails = (0.5 + confidence_level / 2, 0.5 - confidence_level / 2)
    low, high = (_q_root(y, v, x, 2 * float(gammaincinv((len(y) - 1) / 2, p))) for p in tails)
    return low, high


def checked_effects(effects: ArrayLike, variances: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Can these effects be pooled?

    Parameters
    ----------
    effects, variances : array of float, shape (k,)

    Returns
    -------
    (array, array)
        The same as arrays of float.

    Raises
    ------
    ValueError
        With fewer than two, or what is not finite, or variances that are not positive.
    """
    y, v = np.asarray(effects, dtype=float), np.asarray(variances, dtype=float)
    if y.ndim != 1 or y.shape != v.shape:
        raise ValueError(f"one variance for each effect is needed, got {y.shape} and {v.shape}")
    if len(y) < 2:
        raise ValueError(f"at least two effects are needed to tell how they differ, got {len(y)}")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise ValueError("effects must be finite and variances positive; leave out what is not")
    return y, v


def independent_effects(
    effects: np.ndarray, std_errors: np.ndarray, correlation: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which sums of effects with correlated errors have errors of their own?

    Parameters
    ----------
    effects, std_errors : array of float, shape (k,)
    correlation : array of float, shape (k, k)
        Of the errors.

    Returns
    -------
    (array, array, array, array)
        The sums, their squared errors, the part of the average that each holds, and the rotation
        that makes them from the effects, shape (k, k).

    Raises
    ------
    ValueError
        If it is no correlation of k errors.

    Notes
    -----
    The eigenvectors of the covariance V are those of V + tau² I, so that every formula for
    independent effects holds for the rotated ones, with V's eigenvalues as squared errors and the
    rotated ones for a column of ones.
    """
    given = np.asarray(correlation, dtype=float)
    if given.shape != (len(effects), len(effects)) or not np.allclose(given, given.T):
        raise ValueError(f"correlation must be symmetric, {len(effects)} by {len(effects)}")
    if not (np.allclose(np.diag(given), 1) and (np.abs(given) <= 1 + 1e-9).all()):
        raise ValueError("correlation must have ones on its diagonal and nothing beyond ±1")
    v, turn = np.linalg.eigh(given * np.outer(std_errors, std_errors))
    v = np.maximum(v, 1e-9 * v.max())  # errors that go together entirely leave no error between
    return turn.T @ effects, v, turn.sum(axis=0), turn.T


def generalised_q(y: np.ndarray, v: np.ndarray, x: np.ndarray, tau2: float = 0.0) -> float:
    """How far do the effects lie from their average, in squared errors?

    Parameters
    ----------
    y, v, x : array of float, shape (k,)
        Effects, their squared standard errors, and what part of the average each holds.
    tau2 : float
        Added to every squared error.

    Returns
    -------
    float
        Chi-square on k − 1 degrees of freedom where tau² is the true one.
    """
    w = 1 / (v + tau2)
    return float(w @ (y - x * ((w * x) @ y) / (w @ x**2)) ** 2)


def _q_root(y: np.ndarray, v: np.ndarray, x: np.ndarray, target: float) -> float:
    """The tau² at which Q, which falls with it, meets its target; 0 if it is below from start."""
    from scipy.optimize import brentq  # loaded only where it is needed: it takes a while

    if generalised_q(y, v, x) <= target:
        return 0.0
    top = max(float(np.var(y)), float(v.max()))
    while generalised_q(y, v, x, top) > target:
        top *= 2
    return float(brentq(lambda t: generalised_q(y, v, x, t) - target, 0.0, top, xtol=1e-14 * top))


def reml_variance(y: np.ndarray, v: np.ndarray, design: np.ndarray) -> float:
    """How much do the true effects vary beyond what a design explains? Restricted likelihood.

    Parameters
    ----------
    y, v : array of float, shape (k,)
        Effects and their squared standard errors.
    design : array of float, shape (k, p)
        A column of ones where nothing is to explain them.

    Returns
    -------
    float
        tau² at the highest restricted likelihood: the best place of a grid, then the root of the
        slope beside it.
    """
    from scipy.optimize import brentq  # loaded only where it is needed: it takes a while

    top = 10 * max(float(np.var(y, ddof=1)), float(v.max()))
    grid = np.append(0.0, np.geomspace(1e-8 * top, top, 100))
    best = int(np.argmax(_restricted(y, v, design, grid)))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if _slope(y, v, design, low) <= 0:
        return float(low)
    return float(brentq(lambda t: _slope(y, v, design, t), low, high, xtol=1e-14 * top))


def _restricted(y: np.ndarray, v: np.ndarray, design: np.ndarray, tau2: np.ndarray) -> np.ndarray:
    """Restricted log likelihood at each tau², up to a constant."""
    w = 1 / (v + tau2[:, None])
    (k, p), products = design.shape, design[:, :, None] * design[:, None, :]
    normal = (w @ products.reshape(k, p * p)).reshape(-1, p, p)
    ahead = w @ (design * y[:, None])
    fitted = np.linalg.solve(normal, ahead[:, :, None])[:, :, 0] @ design.T
    gaps = (w * (y - fitted) ** 2).sum(axis=1)
    return 0.5 * (np.log(w).sum(axis=1) - np.linalg.slogdet(normal)[1] - gaps)


def _slope(y: np.ndarray, v: np.ndarray, design: np.ndarray, tau2: float) -> float:
    """Twice the slope of the restricted log likelihood."""
    w = 1 / (v + tau2)
    weighted = w[:, None] * design
    inverse = np.linalg.inv(design.T @ weighted)
    gap = y - design @ (inverse @ (weighted.T @ y))
    return float((w**2) @ gap**2 - w.sum() + np.trace(inverse @ (weighted.T @ weighted)))
