"""The low group's share of churn beside its share of customers, and its attributable fraction."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from csresearch.concentration.bands import BandChurn
from csresearch.concentration.delta import delta
from csresearch.findings.estimates import Estimate


@dataclass(frozen=True)
class ShareOfChurn:
    """A group's share of churn by the horizon beside its share of customers.

    Parameters
    ----------
    share, share_of_customers, difference : Estimate
        The difference is in points, with an interval that respects that both come together.
    start_day, horizon_days : float
    """

    share: Estimate
    share_of_customers: Estimate
    difference: Estimate
    start_day: float
    horizon_days: float


def share_of_churn(
    churn: BandChurn, low: Sequence[Hashable], *, confidence_level: float = 0.95
) -> ShareOfChurn:
    """Which share of the churn by the horizon comes from the low group, and is it more than fair?

    Parameters
    ----------
    churn : BandChurn
    low : sequence
        Bands that make the low group.
    confidence_level : float

    Returns
    -------
    ShareOfChurn
        Both shares and their difference in points.

    Raises
    ------
    ValueError
        When a low band is unknown, when all or none are low, or when nobody leaves by the horizon.

    Notes
    -----
    Σ_low π F ÷ Σ π F. Shares get intervals on the logit scale, the difference a plain normal
    one; when all or none of the churn is the low group's, Clopper and Pearson's on the events.
    """
    member = _member(churn, low)

    def share(starters: np.ndarray, failed: np.ndarray) -> np.ndarray:
        return (starters * failed * member).sum() / (starters * failed).sum()

    def customers(starters: np.ndarray, failed: np.ndarray) -> np.ndarray:
        return (starters * member).sum() / starters.sum()

    of_churn = _share("share of churn", delta(share, churn), churn, confidence_level)
    of_customers = _share("share of customers", delta(customers, churn), churn, confidence_level)
    value, std_error = delta(lambda w, f: share(w, f) - customers(w, f), churn)
    half = -ndtri((1 - confidence_level) / 2) * std_error
    low_end, high_end = value - half, value + half
    if of_churn.value in (0.0, 1.0):
        low_end, high_end = (
            end - of_customers.value for end in (of_churn.ci_low, of_churn.ci_high)
        )
    difference = Estimate(
        "share of churn − share of customers",
        value,
        low_end,
        high_end,
        confidence_level,
        std_error,
        scale="points",
        null=0.0,
    )
    return ShareOfChurn(of_churn, of_customers, difference, churn.start_day, churn.horizon_days)


def _member(churn: BandChurn, low: Sequence[Hashable]) -> np.ndarray:
    unknown = [band for band in low if band not in churn.bands]
    if unknown:
        raise ValueError(f"low must be among the bands {list(churn.bands)}, got {unknown}")
    member = np.isin(np.arange(len(churn.bands)), [churn.bands.index(band) for band in low])
    if member.all() or not member.any():
        raise ValueError(f"low must be some but not all of {list(churn.bands)}, got {list(low)}")
    if churn.events.sum() == 0:
        raise ValueError(f"nobody leaves by horizon_days {churn.horizon_days:g}")
    return member


def _share(name: str, found: tuple[float, float], churn: BandChurn, level: float) -> Estimate:
    value, std_error = found
    tail, events = (1 - level) / 2, churn.events.sum()
    if 0 < value < 1:
        half = -ndtri(tail) * std_error / (value * (1 - value))
        odds = value / (1 - value) * np.exp(np.array([-half, half]))
        low, high = odds / (1 + odds)
    else:
        low, high = (tail ** (1 / events), 1.0) if value else (0.0, 1 - tail ** (1 / events))
    return Estimate(name, value, low, high, level, std_error, scale="share")


@dataclass(frozen=True)
class AttributableFraction:
    """How much less churn there would be if the low group left like the rest.

    Parameters
    ----------
    fraction : Estimate
        1 − F_rest ÷ F_all by the horizon.
    risk_ratio : Estimate
        Chance to leave by the horizon, low ÷ rest.
    rate_ratio : Estimate
        Churns per day at risk up to the horizon, low ÷ rest.
    """

    fraction: Estimate
    risk_ratio: Estimate
    rate_ratio: Estimate


def attributable_fraction(
    churn: BandChurn, low: Sequence[Hashable], *, confidence_level: float = 0.95
) -> AttributableFraction:
    """Which part of the churn by the horizon goes with being in the low group?

    Parameters
    ----------
    churn : BandChurn
    low : sequence
        Bands that make the low group.
    confidence_level : float

    Returns
    -------
    AttributableFraction
        Without interval where one of the groups has no churn.

    Raises
    ------
    ValueError
        As `share_of_churn`.

    Notes
    -----
    Intervals on the scale of log(F_rest ÷ F_all) and of the log ratios. "Attributable" is the
    field's word: it means the low group's excess, not that maturity causes it.
    """
    member = _member(churn, low)

    def mean_failed(starters: np.ndarray, failed: np.ndarray, who: np.ndarray) -> np.ndarray:
        return (starters * failed * who).sum() / (starters * who).sum()

    def rest_to_all(w: np.ndarray, f: np.ndarray) -> np.ndarray:
        return mean_failed(w, f, ~member) / mean_failed(w, f, np.ones(len(w)))

    def low_to_rest(w: np.ndarray, f: np.ndarray) -> np.ndarray:
        return mean_failed(w, f, member) / mean_failed(w, f, ~member)

    rest = _log_ratio("", delta(rest_to_all, churn), confidence_level)
    fraction = Estimate(
        "attributable fraction",
        1 - rest.value,
        None if rest.ci_high is None else 1 - rest.ci_high,
        None if rest.ci_low is None else 1 - rest.ci_low,
        confidence_level,
        scale="share",
        null=0.0,
    )
    events, exposure = (
        np.array([x[member].sum(), x[~member].sum()]) for x in (churn.events, churn.exposure_days)
    )
    risk, rate = (None, None), (None, None)
    if events.all():
        risk = delta(low_to_rest, churn)
        value = np.divide(*(events / exposure))
        rate = (value, value * np.sqrt((1 / events).sum()))
    return AttributableFraction(
        fraction,
        _log_ratio("chance to leave, low ÷ rest", risk, confidence_level),
        _log_ratio("churn rate, low ÷ rest", rate, confidence_level),
    )


def _log_ratio(name: str, found: tuple[float | None, float | None], level: float) -> Estimate:
    """Ratio with an interval and a standard error on the log scale."""
    value, std_error = found
    if not value:
        return Estimate(name, value, confidence_level=level, null=1.0)
    on_log = std_error / value
    reach = np.exp(-ndtri((1 - level) / 2) * on_log)
    return Estimate(name, value, value / reach, value * reach, level, on_log, null=1.0)
