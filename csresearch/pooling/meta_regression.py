"""Do the effects differ with something known of each study? Random-effects meta-regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import fdtrc, stdtr, stdtrit

from csresearch.pooling.between_variance import checked_effects, reml_variance


@dataclass(frozen=True, eq=False)
class MetaRegression:
    """How effects move with moderators, on the scale they were given in.

    Parameters
    ----------
    coefficients : DataFrame
        One row each, the intercept first: ``name, value, std_error, ci_low, ci_high, p_value``.
    tau2, tau2_without : float
        Variance of the true effects that the moderators leave, and without them.
    f, p_value : float
        Test that no moderator matters, F on as many degrees of freedom as there are moderators
        and k − p; NaN where there is none.
    k : int
    """

    coefficients: pd.DataFrame
    tau2: float
    tau2_without: float
    f: float
    p_value: float
    k: int

    @property
    def explained(self) -> float:
        """Share of the variance of the true effects that the moderators explain; 0 of none."""
        if self.tau2_without <= 0:
            return 0.0
        return float(max(1 - self.tau2 / self.tau2_without, 0.0))


def meta_regression(
    effects: ArrayLike,
    std_errors: ArrayLike,
    moderators: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    guard: bool = True,
    confidence_level: float = 0.95,
) -> MetaRegression:
    """Which part of the differences between effects goes with what is known of the studies?

    Parameters
    ----------
    effects, std_errors : array of float, shape (k,)
    moderators : array of float, shape (k,) or (k, p − 1)
        One column each, without an intercept.
    names : sequence of str, optional
        Of the columns.
    guard : bool
        Never let Knapp and Hartung's factor make errors smaller than the plain ones.
    confidence_level : float

    Returns
    -------
    MetaRegression
        Coefficients with t intervals on k − p, their joint F test, and what they explain.

    Raises
    ------
    ValueError
        Without a degree of freedom left, with moderators that are not finite, or with columns
        that cannot be told apart.

    Notes
    -----
    REML with Knapp and Hartung's errors, as R's ``metafor::rma(mods = ~ x, test = "knha")``
    wherever the guard does not bite; tests/oracles/meta_regression.json holds the same from the
    matrices, worked out in R.
    """
    errors = np.asarray(std_errors, dtype=float)
    if (errors <= 0).any():
        raise ValueError("standard errors must be positive")
    y, v = checked_effects(effects, errors**2)
    design = _design(moderators, len(y))
    tau2 = reml_variance(y, v, design)
    inverse, beta, factor = _weighted_fit(y, design, 1 / (v + tau2))
    spread = inverse * (max(factor, 1.0) if guard else factor)
    error, df = np.sqrt(np.diag(spread)), len(y) - design.shape[1]
    reach = stdtrit(df, 0.5 + confidence_level / 2) * error
    table = pd.DataFrame(
        {
            "name": ["intercept", *(names or [str(n) for n in range(1, design.shape[1])])],
            "value": beta,
            "std_error": error,
            "ci_low": beta - reach,
            "ci_high": beta + reach,
            "p_value": 2 * stdtr(df, -np.abs(beta / error)),
        }
    )
    f, p_value = _joint(beta[1:], spread[1:, 1:], df)
    without = reml_variance(y, v, np.ones((len(y), 1)))
    return MetaRegression(table, tau2, without, f, p_value, len(y))


def small_study_effect(
    effects: ArrayLike, std_errors: ArrayLike, *, guard: bool = True, confidence_level: float = 0.95
) -> MetaRegression:
    """Do small studies show other effects than large ones? Egger's regression.

    Parameters
    ----------
    effects, std_errors : array of float, shape (k,)
    guard : bool
    confidence_level : float

    Returns
    -------
    MetaRegression
        Its second row is how much the effect changes per unit of standard error; its first what a
        study without error would show.

    Raises
    ------
    ValueError
        With fewer than three effects, or errors that are all the same.

    Notes
    -----
    The random-effects form, metafor's ``regtest(model = "rma", predictor = "sei")``. It says
    little with fewer than ten studies (Sterne et al. 2011), and a slope has other causes than
    small studies that nobody tells of.
    """
    return meta_regression(
        effects,
        std_errors,
        np.asarray(std_errors, dtype=float),
        names=["standard error"],
        guard=guard,
        confidence_level=confidence_level,
    )


def _design(moderators: ArrayLike, k: int) -> np.ndarray:
    """The moderators behind a column of ones, once they can be told apart."""
    columns = np.asarray(moderators, dtype=float)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or len(columns) != k:
        raise ValueError(f"one row of moderators for each effect is needed, got {columns.shape}")
    if not np.isfinite(columns).all():
        raise ValueError("moderators must be finite; leave out studies of which one is not known")
    design = np.column_stack([np.ones(k), columns])
    if k <= design.shape[1]:
        raise ValueError(f"{k} effects are too few for {design.shape[1]} coefficients")
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("moderators can't be told apart: one is a combination of the others")
    return design


def _weighted_fit(
    y: np.ndarray, design: np.ndarray, w: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Inverse of the normal matrix, coefficients, and Knapp and Hartung's factor."""
    inverse = np.linalg.inv(design.T @ (w[:, None] * design))
    beta = inverse @ (design.T @ (w * y))
    factor = float(w @ (y - design @ beta) ** 2 / (len(y) - design.shape[1]))
    return inverse, beta, factor


def _joint(beta: np.ndarray, spread: np.ndarray, df: int) -> tuple[float, float]:
    """F test that all of these are zero."""
    if not len(beta):
        return float("nan"), float("nan")
    f = float(beta @ np.linalg.solve(spread, beta) / len(beta))
    return f, float(fdtrc(len(beta), df, f))
