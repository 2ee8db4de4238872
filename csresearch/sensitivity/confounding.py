"""How strong would an unmeasured cause have to be? E-values as one corner of a whole curve."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

REACH = np.linspace(-12.0, 12.0, 4801)  # log hazard ratios, for the way back


def risk_ratio_of(hazard_ratio: np.ndarray | float) -> np.ndarray | float:
    """Which risk ratio does a hazard ratio stand for where leaving is common?

    Parameters
    ----------
    hazard_ratio : float or array
        Positive.

    Returns
    -------
    float or array
        The reciprocal for the reciprocal.

    Notes
    -----
    VanderWeele and Ding (2017): (1 − 0.5^√HR) ÷ (1 − 0.5^√(1/HR)).
    """
    root = np.sqrt(hazard_ratio)
    with np.errstate(divide="ignore"):  # beyond any ratio that was ever estimated
        return (1 - 0.5**root) / (1 - 0.5 ** (1 / root))


def hazard_ratio_of(risk_ratio: np.ndarray | float) -> np.ndarray | float:
    """Which hazard ratio stands for a risk ratio? `risk_ratio_of` the other way.

    Parameters
    ----------
    risk_ratio : float or array
        Positive.

    Returns
    -------
    float or array
        By interpolation, good to six digits.
    """
    return np.exp(np.interp(np.log(risk_ratio), _log_risk_ratios(), REACH))


@cache
def _log_risk_ratios() -> np.ndarray:
    """Logs of the risk ratios over the reach."""
    return np.log(risk_ratio_of(np.exp(REACH)))


def bias_factor(more_common: np.ndarray | float, multiplies: np.ndarray | float):
    """By how much could an unmeasured cause inflate a risk ratio, at most?

    Parameters
    ----------
    more_common : float or array
        How many times as common the cause is in one group as in the other, at least 1.
    multiplies : float or array
        How many times it multiplies the chance of leaving, at least 1.

    Returns
    -------
    float or array
        At least 1.

    Notes
    -----
    Ding and VanderWeele (2016): a·b ÷ (a + b − 1), whatever the prevalences are. It is what
    `mixing_factor` comes to for a cause that everybody in the one group has.

    Examples
    --------
    >>> bias_factor(3.0, 2.0)
    1.5
    """
    return more_common * multiplies / (more_common + multiplies - 1)


def mixing_factor(
    prevalence: float | np.ndarray, elsewhere: float | np.ndarray, multiplies: float | np.ndarray
):
    """By how much does a cause of known prevalence in both groups inflate a risk ratio?

    Parameters
    ----------
    prevalence, elsewhere : float or array
        Share of the one group, and of the other, that has the cause.
    multiplies : float or array
        How many times it multiplies the chance of leaving.

    Returns
    -------
    float or array
        Above 1 where the cause is more common in the one group.

    Notes
    -----
    Schlesselman (1978); Lin, Psaty and Kronmal (1998) for rates of a rare outcome.

    Examples
    --------
    >>> round(mixing_factor(0.6, 0.2, 3.0), 3)  # (0.6 · 3 + 0.4) ÷ (0.2 · 3 + 0.8)
    1.571
    """
    return (1 + (multiplies - 1) * prevalence) / (1 + (multiplies - 1) * elsewhere)


def strength_needed(factor: float, more_common: Sequence[float]) -> np.ndarray:
    """How many times must a cause multiply the chance of leaving to inflate a ratio so much?

    Parameters
    ----------
    factor : float
        By how much the risk ratio is to be inflated, at least 1.
    more_common : sequence of float
        How many times as common the cause is in the one group.

    Returns
    -------
    float array
        Infinite where the cause is not common enough for any strength to do.

    Raises
    ------
    ValueError
        If the factor is below 1.

    Notes
    -----
    The curve of all causes that do it; where both strengths are equal it is the E-value.
    """
    if factor < 1:
        raise ValueError(f"the factor must be at least 1, got {factor:g}")
    a = np.asarray(more_common, dtype=float)
    with np.errstate(divide="ignore"):
        return np.where(a > factor, factor * (a - 1) / np.maximum(a - factor, 0.0), np.inf)


def corner(factor: float) -> float:
    """The strength that does it where a cause is as strong on both sides: the E-value.

    Parameters
    ----------
    factor : float
        A risk ratio of at least 1.

    Returns
    -------
    float
        At least 1; infinite for an infinite factor.
    """
    return float(factor + np.sqrt(factor * (factor - 1))) if np.isfinite(factor) else np.inf


def corrected(risk_ratio: float, strengths: Sequence[float]) -> pd.DataFrame:
    """What is at least left of a risk ratio under causes of these strengths?

    Parameters
    ----------
    risk_ratio : float
        Of at least 1; take the reciprocal otherwise.
    strengths : sequence of float

    Returns
    -------
    DataFrame
        One row for how many times a cause multiplies the chance of leaving, one column for how
        many times as common it is in the one group.
    """
    a = np.asarray(strengths, dtype=float)
    left = risk_ratio / bias_factor(a[None, :], a[:, None])
    return pd.DataFrame(left, index=a, columns=a)
