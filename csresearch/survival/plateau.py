"""After a change of rate: is the new rate level, and how many customers are past the change?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csresearch.events import EventTable
from csresearch.survival.curves import survival_at, survival_curve
from csresearch.survival.intervals import Interval, ratio_interval
from csresearch.survival.limits import binomial_interval
from csresearch.survival.rates import split_exposure

YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Plateau:
    """What comes after a day on a clock that starts with an event.

    Parameters
    ----------
    trend : Interval
        Factor by which the rate changes in one more year after the day: 1 is level.
    reaching : Interval
        Share of customers with the event who stay until the day.
    current_past : Interval
        Share of those still customers for whom the day has passed.
    """

    trend: Interval
    reaching: Interval
    current_past: Interval


def plateau(
    table: EventTable, day: Interval, *, every_days: float = 30.4375, confidence_level: float = 0.95
) -> Plateau:
    """Is the rate level after the day, and who is past it?

    Parameters
    ----------
    table : EventTable
        On a clock that starts with the event (`clock_from_event`); all cells together.
    day : Interval
        The change (`change_point`); its limits are carried into both shares.
    every_days : float
        Bins of the trend.
    confidence_level : float

    Returns
    -------
    Plateau
        Numbers are None where there are no events, or nobody followed, after the day.

    Raises
    ------
    ValueError
        If the day has no value.

    Notes
    -----
    The trend is a Poisson slope over bins with a log-exposure offset, R's ``glm(d ~ years +
    offset(log(t)), poisson)`` (tests/oracles/change_point.json), the day taken as known. The
    limits of both shares are the widest over the day's own limits: cautious, at least at the
    level stated.
    """
    if day.value is None:
        raise ValueError("the day of the change is not known")
    days = [x for x in (day.value, day.ci_low, day.ci_high) if x is not None]
    curve = survival_curve(table, starts_on=0.0, confidence_level=confidence_level)
    counts = table.total().counts
    current = float(counts["censored"].sum())
    past = [float(counts.loc[counts["day"] > one, "censored"].sum()) for one in days]
    return Plateau(
        trend=_trend(table, day.value, every_days, level=confidence_level),
        reaching=_widest([survival_at(curve, one) for one in days]),
        current_past=_widest(
            [binomial_interval(n, current, confidence_level=confidence_level) for n in past]
        )
        if current > 0
        else Interval(None, confidence_level=confidence_level),
    )


def _trend(table: EventTable, day: float, every_days: float, *, level: float) -> Interval:
    """The Poisson slope of the rate per year after the day."""
    # loaded only where they are needed: they take a while
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    last = float(table.counts["day"].max()) if len(table.counts) else 0.0
    cuts = day + np.arange(int(np.ceil(max(last - day, 0) / every_days)) + 1) * every_days
    frame = split_exposure(table.total(), cuts)
    frame = frame[frame["after_day"] >= day]
    if len(frame) < 2 or frame["observed"].sum() < 2:
        return Interval(None, confidence_level=level)
    middle = (frame["after_day"] + every_days / 2).to_numpy() / YEAR_DAYS
    model = GLM(
        frame["observed"].to_numpy(float),
        np.column_stack([np.ones(len(middle)), middle - middle.mean()]),
        family=Poisson(),
        offset=np.log(frame["exposure"].to_numpy()),
    )
    fit = model.fit(tol=1e-12, maxiter=200)
    return ratio_interval(float(fit.params[1]), float(fit.bse[1]), level)


def _widest(several: list[Interval]) -> Interval:
    """The first value with the outermost limits of all."""
    lows = [one.ci_low for one in several if one.ci_low is not None]
    highs = [one.ci_high for one in several if one.ci_high is not None]
    first = several[0]
    ends = (min(lows, default=None), max(highs, default=None))
    return Interval(first.value, *ends, None, first.confidence_level)
