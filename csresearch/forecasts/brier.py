"""Chances told in advance against what happened: calibration, Brier score and skill."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from csresearch.concentration.bands import BandChurn
from csresearch.concentration.delta import delta
from csresearch.forecasts.hit_rates import chance_to_fail
from csresearch.survival.intervals import Interval, wald_interval

Forecast = Mapping[Hashable, float]


def calibration(
    churn: BandChurn, forecast: Forecast, *, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Do as many leave as was forecast?

    Parameters
    ----------
    churn : BandChurn
        One band for each forecast, or finer.
    forecast : mapping of band to float
        The chance of leaving by the horizon told for each band.
    confidence_level : float

    Returns
    -------
    DataFrame
        One row per band, columns ``band, customers, share_of_customers, forecast, failed,
        ci_low, ci_high``, by rising forecast.

    Raises
    ------
    ValueError
        If a band has no forecast, or one that is not between 0 and 1.
    """
    told = _told(churn, forecast)
    found = [
        chance_to_fail(churn, place, confidence_level=confidence_level)
        for place in range(len(churn.bands))
    ]
    frame = pd.DataFrame(
        {
            "band": list(churn.bands),
            "customers": churn.customers,
            "share_of_customers": churn.starters / churn.starters.sum(),
            "forecast": told,
            "failed": [one.value for one in found],
            "ci_low": np.array([one.ci_low for one in found], dtype=float),
            "ci_high": np.array([one.ci_high for one in found], dtype=float),
        }
    )
    return frame.sort_values("forecast", kind="stable").reset_index(drop=True)


def brier_score(
    churn: BandChurn, forecast: Forecast, *, confidence_level: float = 0.95
) -> Interval:
    """How far are the forecasts from what happened, squared and averaged over customers?

    Parameters
    ----------
    churn : BandChurn
    forecast : mapping of band to float
        The chance of leaving by the horizon told for each band.
    confidence_level : float

    Returns
    -------
    Interval
        0 for a forecast that is sure and right, 0.25 for saying a half to everybody.

    Raises
    ------
    ValueError
        If a band has no forecast, or one that is not between 0 and 1.

    Notes
    -----
    Σ π (F (1 − p)² + (1 − F) p²) with Kaplan–Meier's F of each band: Graf's score with inverse
    censoring weights estimated within bands, which allows censoring to differ between them and
    customers to be observed late. With one censoring curve for all it is `weighted_brier_score`
    (tests/oracles/forecasts.json). Delta method; the forecasts are taken as given.
    """
    told = _told(churn, forecast)
    return wald_interval(*delta(lambda w, f: _score(w, f, told), churn), confidence_level)


def brier_skill(
    churn: BandChurn,
    forecast: Forecast | None = None,
    *,
    reference: Mapping[Hashable, Hashable] | None = None,
    confidence_level: float = 0.95,
) -> Interval:
    """How much closer are the forecasts than another forecast: 1 − Brier ÷ the other's Brier?

    Parameters
    ----------
    churn : BandChurn
        One band for each combination of the forecasts compared.
    forecast : mapping of band to float, optional
        Taken at its word. Without one each band is told its own chance of leaving: what the
        grouping is worth once it is calibrated.
    reference : mapping of band to group, optional
        The other forecast tells each band its group's chance of leaving (groups of maturity,
        say); that of all customers, the base rate, unless given.
    confidence_level : float

    Returns
    -------
    Interval
        1 is perfect, 0 no better than the reference, negative worse.

    Raises
    ------
    ValueError
        If a band has no forecast or no group, or the reference is never wrong.

    Notes
    -----
    Delta method, the reference's chances estimated too. A calibrated forecast on the customers it
    was calibrated on is never below 0: with B bands chance alone gives it about
    (B − groups) ÷ n; compare its interval with that.
    """
    told = None if forecast is None else _told(churn, forecast)
    group = _groups(churn, reference)

    def skill(w: np.ndarray, f: np.ndarray) -> np.ndarray:
        told_by_group = (group @ (w * f) / (group @ w)) @ group
        return 1 - _score(w, f, f if told is None else told) / _score(w, f, told_by_group)

    if _score(churn.starters, churn.failed, _by_group(churn, group)) <= 0:
        raise ValueError("the reference forecast is never wrong: nobody, or everybody, has left")
    return wald_interval(*delta(skill, churn), confidence_level)


def brier_parts(churn: BandChurn, forecast: Forecast) -> dict[str, float]:
    """What is the Brier score made of? Murphy's parts.

    Parameters
    ----------
    churn : BandChurn
    forecast : mapping of band to float

    Returns
    -------
    dict of float
        ``reliability`` (forecasts off the bands' own chances, 0 is best) − ``resolution`` (how
        far those lie apart) + ``uncertainty`` (the base rate's own score) = ``score``.

    Raises
    ------
    ValueError
        If a band has no forecast, or one that is not between 0 and 1.
    """
    told, share = _told(churn, forecast), churn.starters / churn.starters.sum()
    base = float(share @ churn.failed)
    parts = {
        "reliability": float(share @ (told - churn.failed) ** 2),
        "resolution": float(share @ (churn.failed - base) ** 2),
        "uncertainty": base * (1 - base),
    }
    return parts | {"score": float(_score(churn.starters, churn.failed, told))}


def _score(w: np.ndarray, f: np.ndarray, told: np.ndarray) -> np.ndarray:
    """The average squared distance of the forecasts from what happened."""
    return (w * (f * (1 - told) ** 2 + (1 - f) * told**2)).sum() / w.sum()


def _told(churn: BandChurn, forecast: Forecast) -> np.ndarray:
    """The forecast of each band, in order."""
    absent = [band for band in churn.bands if band not in forecast]
    if absent:
        raise ValueError(f"every band needs a forecast, got none for {absent}")
    told = np.array([forecast[band] for band in churn.bands], dtype=float)
    if not ((told >= 0) & (told <= 1)).all():
        raise ValueError(f"forecasts must lie between 0 and 1, got {told.tolist()}")
    return told


def _groups(churn: BandChurn, reference: Mapping[Hashable, Hashable] | None) -> np.ndarray:
    """Which bands belong to each group of the reference, as ones and zeros."""
    if reference is None:
        return np.ones((1, len(churn.bands)))
    absent = [band for band in churn.bands if band not in reference]
    if absent:
        raise ValueError(f"every band needs a group of the reference, got none for {absent}")
    own = [reference[band] for band in churn.bands]
    return np.array([[float(name == group) for name in own] for group in dict.fromkeys(own)])


def _by_group(churn: BandChurn, group: np.ndarray) -> np.ndarray:
    """The chance of leaving of each band's group."""
    return (group @ (churn.starters * churn.failed) / (group @ churn.starters)) @ group
