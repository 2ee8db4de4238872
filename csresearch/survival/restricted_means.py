"""Restricted means: the days a customer stays up to a horizon, and their comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csresearch.survival.curves import SurvivalCurve
from csresearch.survival.intervals import Interval, ratio_interval, wald_interval


def restricted_mean(curve: SurvivalCurve, tau: float) -> Interval:
    """How many days between ``starts_on`` and ``tau`` does a customer stay, on average?

    Parameters
    ----------
    curve : SurvivalCurve
    tau : float
        Horizon, days of tenure.

    Returns
    -------
    Interval
        Days.

    Raises
    ------
    ValueError
        If the curve does not reach from before ``tau`` to ``tau``.

    Notes
    -----
    The area under the curve with the variance of R's ``survfit(rmean = tau)`` and survRM2,
    Σ (area after tᵢ)² dᵢ / (nᵢ (nᵢ - dᵢ)) (tests/oracles/curves.json). R extends a curve flatly
    beyond its last day; here that is refused. lifelines' "variance" is that of the days
    themselves, not of their mean.
    """
    _check_horizon(curve, tau)
    frame = curve.frame[curve.frame["day"] < tau]
    widths = np.diff([*frame["day"], tau])
    areas = widths * frame["survival"].to_numpy()
    after = np.cumsum(areas[::-1])[::-1]  # area from each day on
    n, d = frame["at_risk"].to_numpy(float), frame["observed"].to_numpy(float)
    terms = np.divide(d, n * (n - d), out=np.zeros_like(d), where=n > d)
    error = float(np.sqrt(np.sum(after**2 * terms)))
    return wald_interval(float(areas.sum()), error, curve.confidence_level)


@dataclass(frozen=True)
class RestrictedMeans:
    """Two restricted means set side by side.

    Parameters
    ----------
    tau : float
    first, second : Interval
        Days.
    difference : Interval
        First minus second, days.
    ratio : Interval
        First over second; limits made on the log scale.
    """

    tau: float
    first: Interval
    second: Interval
    difference: Interval
    ratio: Interval


def compare_restricted_means(
    first: SurvivalCurve, second: SurvivalCurve, tau: float
) -> RestrictedMeans:
    """How many more days up to ``tau`` does the first group stay, and by what factor?

    Parameters
    ----------
    first, second : SurvivalCurve
        With the same ``starts_on``.
    tau : float

    Returns
    -------
    RestrictedMeans
        Both means, their difference and their ratio.

    Raises
    ------
    ValueError
        If the curves start on different days or do not reach ``tau``.

    Notes
    -----
    Errors add up as for independent groups; the states of one customer occupy different days, so
    their increments are uncorrelated too. Equals survRM2 (tests/oracles/curves.json).
    """
    if first.starts_on != second.starts_on:
        raise ValueError(
            f"curves must start on the same day, got {first.starts_on} and {second.starts_on}"
        )
    a, b = restricted_mean(first, tau), restricted_mean(second, tau)
    level = first.confidence_level
    difference = wald_interval(a.value - b.value, np.hypot(a.std_error, b.std_error), level)
    spread = np.hypot(a.std_error / a.value, b.std_error / b.value)
    ratio = ratio_interval(float(np.log(a.value / b.value)), float(spread), level)
    return RestrictedMeans(float(tau), a, b, difference, ratio)


def _check_horizon(curve: SurvivalCurve, tau: float) -> None:
    """Refuse a horizon the curve does not reach."""
    last = curve.last_day
    if last is None:
        raise ValueError(f"the curve is empty ({curve.condition})")
    if not curve.starts_on < tau or (tau > last and not curve.extinct):
        raise ValueError(
            f"tau must lie between the curve's first day {curve.starts_on:g} and its last day "
            f"{last:g}, got {tau:g}"
        )
