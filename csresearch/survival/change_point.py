"""From which day on is the rate another one? One step of a rate that is constant on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import xlogy

from csresearch.events import EventTable
from csresearch.survival.intervals import Interval, normal_quantile
from csresearch.survival.rates import event_rate, rate_ratio, split_exposure

MIN_EVENTS = 10


@dataclass(frozen=True, eq=False)
class ChangePoint:
    """The day on which a rate changed, and the rates before and after.

    Parameters
    ----------
    day : Interval
        Days on the table's clock; limits are one step of the grid outside the first and last day
        that the likelihood, with a cut-off from simulated tables, does not rule out.
    before, after : Interval
        Events per day on both sides of the estimated day.
    ratio : Interval
        Rate after ÷ before; its interval takes the day as known, so it is somewhat too narrow.
    p_value : float
        How often a rate that never changes looks as changed as this one; the day and the ratio
        mean little unless it is small.
    profile : DataFrame
        Columns ``day, loglik, inside``: every day tried.
    n_events : float
    """

    day: Interval
    before: Interval
    after: Interval
    ratio: Interval
    p_value: float
    profile: pd.DataFrame
    n_events: float


def change_point(
    table: EventTable,
    *,
    every_days: float = 7.0,
    min_events: int = MIN_EVENTS,
    draws: int = 999,
    seed: int = 0,
    confidence_level: float = 0.95,
) -> ChangePoint:
    """On which day does the rate change, if it does?

    Parameters
    ----------
    table : EventTable
        On a clock that starts with an event (`clock_from_event`); all cells together.
    every_days : float
        Changes are tried on multiples of this.
    min_events : int
        With at least so many events on either side.
    draws : int
        Simulated tables, for the test and as many again for the interval.
    seed : int
    confidence_level : float

    Returns
    -------
    ChangePoint
        With the whole profile.

    Raises
    ------
    ValueError
        If there is no day with enough events on both sides.

    Notes
    -----
    Maximum likelihood of a hazard with one step. Neither the test of no step nor the interval of
    its day has a chi-square distribution (the day does not exist under no step, and its
    likelihood is not smooth), so both cut-offs come from a parametric bootstrap: Poisson events
    on the exposure observed, under a constant rate for the test, under the fitted step for the
    interval. Exposure is taken as fixed, which is exact for Poisson likelihoods of rates. The
    estimate is checked against R's ``glm`` at every day (tests/oracles/change_point.json).
    """
    normal_quantile(confidence_level)
    days, d, lived = _grid(table, every_days)
    allowed = np.minimum(np.cumsum(d), d.sum() - np.cumsum(d))[:-1] >= min_events
    if not allowed.any():
        raise ValueError(f"no day has {min_events} events on both sides: {d.sum():g} events in all")
    at = np.flatnonzero(allowed)
    profile = _profile(d[None], lived, at)[0]
    best = int(profile.argmax())
    flat = d.sum() / lived.sum()
    step = np.where(np.arange(len(d)) <= at[best], *_rates(d, lived, at[best]))
    rng = np.random.default_rng(seed)
    under_flat = rng.poisson(flat * lived, (draws, len(d)))
    under_step = _profile(rng.poisson(step * lived, (draws, len(d))), lived, at)
    gain = profile[best] - _constant(d[None], lived)[0]
    chance = _profile(under_flat, lived, at).max(axis=1) - _constant(under_flat, lived)
    needed = np.quantile(under_step.max(axis=1) - under_step[:, best], confidence_level)
    inside = profile >= profile[best] - needed
    cut = at[best] + 1
    sides = [(float(x[:cut].sum()), float(x[cut:].sum())) for x in (d, lived)]
    low, high = days[at[inside]][[0, -1]] + np.array([-every_days, every_days])
    level = confidence_level
    return ChangePoint(
        day=Interval(float(days[at[best]]), float(low), float(high), None, level),
        before=event_rate(sides[0][0], sides[1][0], confidence_level=level),
        after=event_rate(sides[0][1], sides[1][1], confidence_level=level),
        ratio=rate_ratio(sides[0][::-1], sides[1][::-1], confidence_level=level),
        p_value=float((1 + (chance >= gain).sum()) / (1 + draws)),
        profile=pd.DataFrame({"day": days[at], "loglik": profile, "inside": inside}),
        n_events=float(d.sum()),
    )


def _grid(table: EventTable, every_days: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends of the bins with their events and exposure."""
    if not every_days > 0:
        raise ValueError(f"every_days must be positive, got {every_days}")
    last = float(table.counts["day"].max()) if len(table.counts) else 0.0
    cuts = np.arange(1, int(np.ceil(last / every_days)) + 1) * every_days
    frame = split_exposure(table.total(), cuts) if len(cuts) else pd.DataFrame()
    if not len(frame):
        return np.zeros(0), np.zeros(1), np.zeros(1)
    columns = ("up_to_day", "observed", "exposure")
    return tuple(frame[name].to_numpy(float) for name in columns)


def _rates(d: np.ndarray, lived: np.ndarray, at: int) -> tuple[float, float]:
    """Rates up to and after a bin."""
    cut = at + 1
    return d[:cut].sum() / lived[:cut].sum(), d[cut:].sum() / lived[cut:].sum()


def _profile(d: np.ndarray, lived: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Log likelihood of a step after each of the bins, shape (tables, bins)."""
    first, time = np.cumsum(d, axis=1)[:, at], np.cumsum(lived)[at]
    second, rest = d.sum(axis=1, keepdims=True) - first, lived.sum() - time
    return xlogy(first, first / time) + xlogy(second, second / rest)


def _constant(d: np.ndarray, lived: np.ndarray) -> np.ndarray:
    """Log likelihood of one rate, shape (tables,)."""
    total = d.sum(axis=1)
    return xlogy(total, total / lived.sum())
