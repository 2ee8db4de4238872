"""Who starts in each band and how many of them leave by the horizon, censoring respected."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtri, gammaincinv, ndtri

from csresearch.events import EventTable

MONTH_DAYS = 30.4375
_COLUMNS = ("day", "entrance", "observed", "censored")


@dataclass(frozen=True, eq=False)
class BandChurn:
    """Who started in each band and how many of them leave by the horizon.

    Parameters
    ----------
    bands : tuple, length K
        From least to most mature.
    customers, starters : float arrays, shape (K,)
        Customers counted, and the starters they stand for: 1 ÷ S(entry) each.
    failed : float array, shape (K,)
        Chance of having left by the horizon, of those still there on the start day.
    var_starters, var_failed, covariance : float arrays, shape (K,)
        Of `starters` (as Poisson counts) and `failed`; bands are independent.
    events, exposure_days : float arrays, shape (K,)
        Between start day and horizon.
    start_day, horizon_days : float
    """

    bands: tuple
    customers: np.ndarray
    starters: np.ndarray
    failed: np.ndarray
    var_starters: np.ndarray
    var_failed: np.ndarray
    covariance: np.ndarray
    events: np.ndarray
    exposure_days: np.ndarray
    start_day: float = 0.0
    horizon_days: float = np.inf

    @classmethod
    def from_counts(
        cls, bands: Sequence[Hashable], customers: Sequence[float], churned: Sequence[float]
    ) -> BandChurn:
        """Take customers all followed to the end: plain counts per band, in order."""
        n, events = np.asarray(customers, dtype=float), np.asarray(churned, dtype=float)
        failed, zero = events / n, np.zeros(len(n))
        spread = failed * (1 - failed) / n
        return cls(tuple(bands), n, n, failed, n, spread, zero, events, np.full(len(n), np.nan))

    def summary(self, *, confidence_level: float = 0.95) -> pd.DataFrame:
        """Return share of customers and of churn, chance to leave and monthly rate per band."""
        low, high = _poisson_limits(self.events, confidence_level)
        months = self.exposure_days / MONTH_DAYS
        chance_low, chance_high = _chance_limits(self.failed, self.var_failed, confidence_level)
        leaving = self.starters * self.failed
        return pd.DataFrame(
            {
                "band": list(self.bands),
                "customers": self.customers,
                "events": self.events,
                "share_of_customers": self.starters / self.starters.sum(),
                "share_of_churn": leaving / leaving.sum() if leaving.sum() > 0 else np.nan,
                "churned_by_horizon": self.failed,
                "churned_ci_low": chance_low,
                "churned_ci_high": chance_high,
                "rate_per_month": self.events / months,
                "rate_ci_low": low / months,
                "rate_ci_high": high / months,
            }
        )

    def curve(self) -> pd.DataFrame:
        """Return the concentration curve: cumulative shares of customers and of churn."""
        parts = {"share_of_customers": self.starters, "share_of_churn": self.starters * self.failed}
        shares = {name: np.append(0.0, np.cumsum(x) / x.sum()) for name, x in parts.items()}
        return pd.DataFrame({"band": ["", *self.bands], **shares})


def supported_start(table: EventTable, by: str, *, at_least: int = 10) -> float | None:
    """From which day on are there enough customers at risk in every band?

    Parameters
    ----------
    table : EventTable
    by : str
        Column that holds the band.
    at_least : int
        Customers at risk.

    Returns
    -------
    float or None
        0 where everybody is followed from the start; None if it never happens.
    """
    days, after = _at_risk_after(table, by)
    enough = days[(after >= at_least).all(axis=1)]
    return float(enough[0]) if len(enough) else None


def supported_horizon(
    table: EventTable,
    by: str,
    *,
    longest_days: float = 24 * MONTH_DAYS,
    at_least: int = 10,
) -> float | None:
    """Until which day, from the supported start on, are there enough at risk in every band?

    Parameters
    ----------
    table : EventTable
    by : str
        Column that holds the band.
    longest_days : float
        Never later than this: 24 months.
    at_least : int
        Customers at risk.

    Returns
    -------
    float or None
        None where no day after the start is supported.
    """
    start = supported_start(table, by, at_least=at_least)
    if start is None or start >= longest_days:
        return None
    days, after = _at_risk_after(table, by)
    short = days[(days > start) & (after < at_least).any(axis=1)]
    return float(min(short[0], longest_days))


def _at_risk_after(table: EventTable, by: str) -> tuple[np.ndarray, np.ndarray]:
    """Days of the table, and how many of each band are at risk just after each of them."""
    table = table.total([by])
    counts, (band, bands), (day, days) = table.counts, table.numbers(by), table.numbers("day")
    net = counts["entrance"] - counts["observed"] - counts["censored"] - counts["moved"]
    wide = np.bincount(day * len(bands) + band, net, len(days) * len(bands))
    return days.astype(float), np.cumsum(wide.reshape(len(days), len(bands)), axis=0)


def churn_by_horizon(
    table: EventTable,
    by: str,
    bands: Sequence[Hashable],
    *,
    horizon_days: float,
    start_day: float = 0.0,
) -> BandChurn:
    """How many of each band start, and how many of them leave by the horizon?

    Parameters
    ----------
    table : EventTable
    by : str
        Column that holds the band, fixed at the start.
    bands : sequence
        Every level of that column, from least to most mature.
    horizon_days, start_day : float
        See `supported_horizon` and `supported_start`. Customers gone by the start day, or first
        observed on the horizon or later, tell nothing about the time between and are left out.

    Returns
    -------
    BandChurn
        One row a band; every share and index is a function of it.

    Raises
    ------
    ValueError
        When there is no band, a level is not among the bands or has nobody at risk up to the
        horizon, when customers change bands, or when the horizon does not come after the start.

    Notes
    -----
    Kaplan–Meier with Greenwood's variance. A customer first observed on day e (delayed entry)
    stands for 1 ÷ S(e) starters of the band; the noise of that weight and its correlation with
    the chance of leaving are in the variances. Oracle: oracles/inequality.json (survfit at 12
    months); variances are checked by simulation, delayed entry included.
    """
    counts = table.total([by]).counts
    level = counts[by].to_numpy()
    unknown = sorted(set(counts[by].unique()) - set(bands), key=str)
    if unknown:
        raise ValueError(f"bands must name every level of {by!r}, got none for {unknown}")
    if not bands:
        raise ValueError("bands are needed, got none")
    if not horizon_days > start_day:
        raise ValueError(f"horizon_days must exceed start_day {start_day:g}, got {horizon_days:g}")
    if counts["moved"].any():
        raise ValueError(f"{by!r} must be fixed at the start, got {counts['moved'].sum():g} moves")
    window = (start_day, horizon_days)
    columns = [counts[name].to_numpy(float) for name in _COLUMNS]
    rows = [_band([x[level == band] for x in columns], band, window) for band in bands]
    return BandChurn(tuple(bands), *np.array(rows).T, float(start_day), float(horizon_days))


def _band(
    columns: Sequence[np.ndarray], band: Hashable, window: tuple[float, float]
) -> tuple[float, ...]:
    """One band's row of `BandChurn`: customers, starters, failed, variances, events, exposure."""
    (day, entrance, observed, censored), (start, horizon) = columns, window
    net = entrance - observed - censored
    at_risk = np.cumsum(net) - net
    lived = np.minimum(day, horizon) - np.maximum(np.append(day[:1], day[:-1]), start)
    inside = (day > start) & (day <= horizon)
    events = np.where(inside, observed, 0.0)
    left = at_risk - events
    noise = np.divide(events, at_risk * left, out=np.zeros(len(day)), where=left > 0)
    stay = np.cumprod(1 - np.divide(events, at_risk, out=np.zeros(len(day)), where=events > 0))
    late = np.where(inside & (day < horizon), entrance, 0.0)
    needed = (day > start) & (np.append(-np.inf, day[:-1]) < horizon) & (stay > 0)
    followed = len(day) > 0 and (day[-1] >= horizon or stay[-1] == 0)
    if not (followed and (at_risk[needed] > 0).all() and (stay[late > 0] > 0).all()):
        raise ValueError(
            f"band {band!r} has nobody at risk on some day between start_day {start:g} and "
            f"horizon_days {horizon:g}; see supported_horizon"
        )
    stand_for = np.divide(late, stay, out=np.zeros(len(day)), where=late > 0)
    present, ahead = net[day <= start].sum(), np.cumsum(stand_for[::-1])[::-1]
    squares = np.divide(stand_for, stay, out=np.zeros(len(day)), where=late > 0).sum()
    return (
        present + late.sum(),
        present + stand_for.sum(),
        1 - stay[-1],
        present + squares + noise @ ahead**2,
        stay[-1] ** 2 * noise.sum(),
        stay[-1] * (noise @ ahead),
        events.sum(),
        at_risk @ np.maximum(lived, 0.0),
    )


def _poisson_limits(events: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Garwood's exact limits of a Poisson count."""
    tail = (1 - level) / 2
    low = np.where(events > 0, gammaincinv(np.maximum(events, 0.5), tail), 0.0)
    return low, chdtri(2 * events + 2, tail) / 2


def _chance_limits(
    failed: np.ndarray, variance: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits of 1 − S on the log(−log S) scale; NaN where nobody or everybody has left."""
    stay = np.where((failed > 0) & (failed < 1), 1 - failed, np.nan)
    half = -ndtri((1 - level) / 2) * np.sqrt(variance) / (stay * np.abs(np.log(stay)))
    return 1 - stay ** np.exp(-half), 1 - stay ** np.exp(half)
