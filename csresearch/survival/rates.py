"""Occurrence/exposure rates: events per day lived, their ratios, and exposure split by tenure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import betainccinv, betaincinv, chdtri, gammaincinv

from csresearch.events import EventTable
from csresearch.numbering import cell_numbers, numbered
from csresearch.survival.intervals import Interval, normal_quantile, ratio_interval


def event_rate(observed: float, exposure: float, *, confidence_level: float = 0.95) -> Interval:
    """How many events per unit of exposure, with the exact Poisson interval.

    Parameters
    ----------
    observed : float
        Events, not negative.
    exposure : float
        Time lived, positive.
    confidence_level : float

    Returns
    -------
    Interval
        Events per unit of exposure.

    Raises
    ------
    ValueError
        If the exposure is not positive or the events are negative.

    Notes
    -----
    Garwood's interval from the chi-square distribution, as R's ``poisson.test``
    (tests/oracles/rates.json).

    Examples
    --------
    >>> rate = event_rate(0, 100.0)
    >>> rate.value, rate.ci_low, round(rate.ci_high, 4)  # -log(0.025) / 100
    (0.0, 0.0, 0.0369)
    """
    _check_counts(observed, exposure)
    normal_quantile(confidence_level)
    tail = (1 - confidence_level) / 2
    low = gammaincinv(observed, tail) if observed > 0 else 0.0
    high = chdtri(2 * observed + 2, tail) / 2
    return Interval(
        observed / exposure,
        float(low / exposure),
        float(high / exposure),
        float(np.sqrt(observed) / exposure),
        confidence_level,
    )


def event_rates(
    table: EventTable, by: Sequence[str] = (), *, confidence_level: float = 0.95
) -> pd.DataFrame:
    """What is the rate of events in each cell?

    Parameters
    ----------
    table : EventTable
    by : sequence of str
        Columns of ``table.by``; all together without.
    confidence_level : float

    Returns
    -------
    DataFrame
        Columns ``[*by, observed, exposure, rate, ci_low, ci_high]``; a cell that nobody lived in
        has no rate (``nan``).
    """
    by = list(by)
    rows = table.at_risk()
    columns = ["observed", "exposure"]
    if by:
        frame = rows.groupby(by, sort=True, observed=True)[columns].sum().reset_index()
    else:
        frame = rows[columns].sum().to_frame().T
    lived = frame["exposure"] > 0
    intervals = [
        event_rate(d, t, confidence_level=confidence_level)
        if ok
        else Interval(np.nan, np.nan, np.nan)
        for d, t, ok in zip(frame["observed"], frame["exposure"], lived, strict=True)
    ]
    return frame.assign(
        rate=[float(one.value) for one in intervals],
        ci_low=[float(one.ci_low) for one in intervals],
        ci_high=[float(one.ci_high) for one in intervals],
    )


def rate_ratio(
    observed: tuple[float, float],
    exposure: tuple[float, float],
    *,
    method: str = "exact",
    confidence_level: float = 0.95,
) -> Interval:
    """How many times the second rate is the first, tenure ignored?

    Parameters
    ----------
    observed, exposure : pair of float
    method : {"exact", "wald"}
        Exact: Clopper–Pearson on the first group's share of the events (R's ``poisson.test``).
        Wald: on the log scale with variance 1/d₁ + 1/d₂.
    confidence_level : float

    Returns
    -------
    Interval
        First rate over second; None without events.

    Raises
    ------
    ValueError
        If an exposure is not positive, a count is negative or the method unknown.

    Notes
    -----
    A ratio of crude rates compares unlike tenures: claims about time need the ratio within
    tenure (`piecewise_rate_ratio`, or Cox's).
    """
    for d, t in zip(observed, exposure, strict=True):
        _check_counts(d, t)
    if method not in ("exact", "wald"):
        raise ValueError(f"method must be 'exact' or 'wald', got {method!r}")
    (d1, d2), (t1, t2) = observed, exposure
    if d1 + d2 == 0:
        return Interval(None, confidence_level=confidence_level)
    with np.errstate(divide="ignore"):
        log_ratio = float(np.log(np.float64(d1)) - np.log(np.float64(d2)) + np.log(t2 / t1))
        error = float(np.sqrt(1 / np.float64(d1) + 1 / np.float64(d2)))
    wald = ratio_interval(log_ratio, error, confidence_level)
    if method == "wald":
        return wald
    tail = (1 - confidence_level) / 2
    low = betaincinv(d1, d2 + 1, tail) if d1 else 0.0
    high = betainccinv(d1 + 1, d2, tail) if d2 else 1.0
    odds = [float(p / (1 - p)) if p < 1 else np.inf for p in (low, high)]
    return Interval(wald.value, odds[0] * t2 / t1, odds[1] * t2 / t1, None, confidence_level)


def split_exposure(table: EventTable, cuts_days: Sequence[float]) -> pd.DataFrame:
    """Events and exposure of each cell in each bin of tenure, exact to the day.

    Parameters
    ----------
    table : EventTable
    cuts_days : sequence of float
        Bins are (0, first cut], …, (last cut, inf).

    Returns
    -------
    DataFrame
        Columns ``[*table.by, after_day, up_to_day, observed, exposure]``, bins without exposure
        left out.

    Raises
    ------
    ValueError
        If the cuts do not rise from above 0.
    """
    edges = np.array([0.0, *cuts_days, np.inf])
    if not (np.diff(edges) > 0).all():
        raise ValueError(f"cuts_days must rise from above 0, got {list(cuts_days)}")
    rows, by = table.at_risk(), list(table.by)
    cell = cell_numbers(rows, by)
    rows = rows.assign(_cell=cell).iloc[np.argsort(cell, kind="stable")]  # days keep their order
    first = np.flatnonzero(np.diff(rows["_cell"], prepend=-1))
    observed, exposure = _between(rows, first, edges)
    bins = len(edges) - 1
    frame = pd.DataFrame({name: np.repeat(rows[name].to_numpy()[first], bins) for name in by})
    frame["after_day"] = np.tile(edges[:-1], len(first))
    frame["up_to_day"] = np.tile(edges[1:], len(first))
    frame["observed"], frame["exposure"] = observed, exposure
    return frame[exposure > 0].reset_index(drop=True)


def _between(
    rows: pd.DataFrame, first: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Events and exposure of each cell between the edges, cell after cell.

    Between two days of an event table exposure grows by those at risk on the second; on a cell's
    first day nobody is, so what follows a cell's last day adds nothing.
    """
    if not len(rows):
        return np.zeros(0), np.zeros(0)
    cell, (day, days) = rows["_cell"].to_numpy(), numbered(rows["day"].to_numpy())
    reached = np.searchsorted(days, edges, side="right")  # days on or before each edge
    wanted = np.arange(len(first))[:, None] * len(days) + reached
    at = np.searchsorted(cell * len(days) + day, wanted) - 1
    begun = at >= first[:, None]
    cells = rows.groupby("_cell", sort=False)
    events, lived = (cells[name].cumsum().to_numpy(float) for name in ("observed", "exposure"))
    onward = np.append(rows["at_risk"].to_numpy(float)[1:], 0.0)[at]
    since = np.minimum(edges, days[-1]) - days[day[at]]
    seen = np.where(begun, events[at], 0.0)
    time = np.where(begun, lived[at] + onward * since, 0.0)
    return np.diff(seen).ravel(), np.diff(time).ravel()


def _check_counts(observed: float, exposure: float) -> None:
    """Refuse negative events and exposure that is not positive."""
    if not observed >= 0:
        raise ValueError(f"observed must not be negative, got {observed}")
    if not exposure > 0:
        raise ValueError(f"exposure must be positive, got {exposure}")
