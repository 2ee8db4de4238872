"""A number with its confidence interval, as every survival statistic returns it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri, stdtrit


@dataclass(frozen=True)
class Interval:
    """A value between its confidence limits; ``None`` where the data do not say.

    Parameters
    ----------
    value, ci_low, ci_high : float or None
        ``inf`` and 0 are honest values of a ratio whose denominator or numerator saw no event.
    std_error : float or None
        On the log scale for ratios.
    confidence_level : float
    """

    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    std_error: float | None = None
    confidence_level: float = 0.95

    def inverse(self) -> Interval:
        """The same ratio read the other way round (limits swapped)."""
        return Interval(
            _reciprocal(self.value),
            _reciprocal(self.ci_high),
            _reciprocal(self.ci_low),
            self.std_error,
            self.confidence_level,
        )


def normal_quantile(confidence_level: float) -> float:
    """How many standard errors does a two-sided interval reach?

    Parameters
    ----------
    confidence_level : float

    Returns
    -------
    float
        1.96 for 0.95.

    Raises
    ------
    ValueError
        If the confidence level is not between 0 and 1.
    """
    if not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level must lie between 0 and 1, got {confidence_level}")
    return float(ndtri(0.5 + confidence_level / 2))


def wald_interval(value: float, std_error: float, confidence_level: float = 0.95) -> Interval:
    """Where do z standard errors on both sides of a value end?

    Parameters
    ----------
    value, std_error : float
    confidence_level : float

    Returns
    -------
    Interval
        On the scale of the value.
    """
    reach = normal_quantile(confidence_level) * std_error
    return Interval(
        float(value),
        float(value - reach),
        float(value + reach),
        float(std_error),
        confidence_level,
    )


def ratio_interval(
    log_ratio: float,
    std_error: float,
    confidence_level: float = 0.95,
    *,
    df: float = math.inf,
) -> Interval:
    """Which ratio, with which limits, has this logarithm?

    Parameters
    ----------
    log_ratio, std_error : float
    confidence_level : float
    df : float
        Degrees of freedom of the error, for Student's t; normal by default.

    Returns
    -------
    Interval
        Limits made on the log scale; ``None`` without a finite logarithm and error.
    """
    if math.isnan(log_ratio):
        return Interval(None, confidence_level=confidence_level)
    if not (math.isfinite(log_ratio) and math.isfinite(std_error)):
        return Interval(_exp(log_ratio), confidence_level=confidence_level)
    quantile = normal_quantile(confidence_level)
    if math.isfinite(df):
        quantile = float(stdtrit(df, 0.5 + confidence_level / 2))
    reach = quantile * std_error
    return Interval(
        _exp(log_ratio),
        _exp(log_ratio - reach),
        _exp(log_ratio + reach),
        float(std_error),
        confidence_level,
    )


def _exp(exponent: float) -> float:
    """exp() that answers inf instead of raising."""
    return math.exp(exponent) if exponent < 709 else math.inf


def _reciprocal(value: float | None) -> float | None:
    """1 / value with 1 / 0 = inf and 1 / inf = 0."""
    if value is None:
        return None
    return math.inf if value == 0 else 1 / value
