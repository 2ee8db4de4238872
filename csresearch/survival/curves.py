"""Survival curves from event tables, with what is read off them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.survival.intervals import Interval, normal_quantile

MIN_AT_RISK = 10
COLUMNS = ("day", "at_risk", "observed", "survival", "std_error", "ci_low", "ci_high")
SAME = 1e-9  # two survival probabilities closer than this are the same


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """The share still there by day of tenure, given that they were there on ``starts_on``.

    Parameters
    ----------
    frame : DataFrame
        Columns ``day, at_risk, observed, survival, std_error, ci_low, ci_high``. The first row is
        ``starts_on`` (survival 1, at risk just after it); every further row is a day on which
        something happened, at risk just before it. Limits are ``nan`` once survival is 0.
    starts_on : float or None
        First day after which at least ``min_at_risk`` are at risk in every level compared; None
        if there is none (the frame is then empty).
    min_at_risk : float
    confidence_level : float
    level : hashable, optional
        The state or band, where there are several.
    """

    frame: pd.DataFrame
    starts_on: float | None
    min_at_risk: float = MIN_AT_RISK
    confidence_level: float = 0.95
    level: Hashable = None

    @property
    def n_events(self) -> float:
        """Number of events on the curve."""
        return float(self.frame["observed"].sum())

    @property
    def last_day(self) -> float | None:
        """The last day somebody was at risk; the curve says nothing beyond it."""
        days = self.frame.loc[self.frame["at_risk"] > 0, "day"]
        return float(days.iloc[-1]) if len(days) else None

    @property
    def extinct(self) -> bool:
        """Whether nobody is left at the end of the curve."""
        return len(self.frame) > 0 and bool(self.frame["survival"].iloc[-1] <= 0)

    @property
    def condition(self) -> str:
        """What the curve is conditional on, in words."""
        if self.starts_on is None:
            return f"no day with at least {self.min_at_risk:g} at risk in every group"
        if self.starts_on <= 0:
            return "from the start"
        return f"from day {self.starts_on:g} on, among those still there on that day"


def survival_curve(
    table: EventTable,
    *,
    min_at_risk: float = MIN_AT_RISK,
    starts_on: float | None = None,
    confidence_level: float = 0.95,
) -> SurvivalCurve:
    """What share is still there after each day of tenure? Kaplan–Meier, delayed entry allowed.

    Parameters
    ----------
    table : EventTable
        All its cells are taken together.
    min_at_risk : float
        The curve starts on the first day after which this many are at risk.
    starts_on : float, optional
        Start on this day instead, however many are at risk.
    confidence_level : float

    Returns
    -------
    SurvivalCurve
        The curve with its limits and the day it starts on.

    Notes
    -----
    Greenwood's variance and log-log limits, as R's ``survfit(conf.type = "log-log")``
    (tests/oracles/curves.json); where survival is 0 the limits are missing, as there.
    """
    rows = {None: table.total().at_risk()}
    start = _first_day(rows, min_at_risk) if starts_on is None else float(starts_on)
    return _curve(rows[None], start, min_at_risk=min_at_risk, confidence_level=confidence_level)


def survival_curves(
    table: EventTable,
    level: str,
    *,
    min_at_risk: float = MIN_AT_RISK,
    starts_on: float | None = None,
    confidence_level: float = 0.95,
) -> dict[Hashable, SurvivalCurve]:
    """The curve of each level; for time-dependent states, Simon and Makuch's.

    Parameters
    ----------
    table : EventTable
    level : str
        Column of ``table.by``.
    min_at_risk : float
        All curves start on the first day after which every level has this many at risk.
    starts_on : float, optional
        Start on this day instead (Simon and Makuch's landmark), however many are at risk.
    confidence_level : float

    Returns
    -------
    dict of SurvivalCurve
        By level, sorted.

    Notes
    -----
    The curve of a state is what would be seen if nobody changed state after ``starts_on``;
    a state change ends a customer's interval without an event. Equals R's
    ``survfit(Surv(start, stop, event) ~ state)`` (tests/oracles/curves.json).
    """
    table = table.total([level])
    levels = sorted(table.counts[level].unique().tolist())
    rows = {value: table.where(**{level: value}).at_risk() for value in levels}
    start = _first_day(rows, min_at_risk) if starts_on is None else float(starts_on)
    options = {"min_at_risk": min_at_risk, "confidence_level": confidence_level}
    return {value: _curve(frame, start, level=value, **options) for value, frame in rows.items()}


def survival_at(curve: SurvivalCurve, day: float) -> Interval:
    """What share is still there after a day?

    Parameters
    ----------
    curve : SurvivalCurve
    day : float

    Returns
    -------
    Interval
        Unknown (``None``) outside the curve.
    """
    last = curve.last_day
    if last is None or day < curve.starts_on or (day > last and not curve.extinct):
        return Interval(None, confidence_level=curve.confidence_level)
    row = curve.frame.iloc[int(np.searchsorted(curve.frame["day"], day, side="right")) - 1]
    low, high, error = (_known(row[name]) for name in ("ci_low", "ci_high", "std_error"))
    return Interval(float(row["survival"]), low, high, error, curve.confidence_level)


def median_survival(curve: SurvivalCurve) -> Interval:
    """By which day have half left?

    Parameters
    ----------
    curve : SurvivalCurve

    Returns
    -------
    Interval
        Days of tenure; ``None`` where it is not reached.

    Notes
    -----
    The limits are where the curve's limits cross one half (Brookmeyer–Crowley), as in R; where
    the curve is flat at exactly one half the middle of that stretch is taken, as in R and unlike
    lifelines, which takes its beginning.
    """
    value, low, high = (
        _crossing_day(curve, column) for column in ("survival", "ci_low", "ci_high")
    )
    return Interval(value, low, high, None, curve.confidence_level)


def longest_horizon(
    curves: Iterable[SurvivalCurve], min_at_risk: float = MIN_AT_RISK
) -> float | None:
    """Until when can all curves be trusted?

    Parameters
    ----------
    curves : iterable of SurvivalCurve
    min_at_risk : float

    Returns
    -------
    float or None
        The last day on which every curve still has ``min_at_risk`` at risk.
    """
    ends = []
    for curve in curves:
        days = curve.frame.loc[curve.frame["at_risk"] >= min_at_risk, "day"]
        ends.append(float(days.iloc[-1]) if len(days) else None)
    return None if not ends or None in ends else min(ends)


def _first_day(rows: dict[Hashable, pd.DataFrame], min_at_risk: float) -> float | None:
    """First day after which every frame has at least ``min_at_risk`` at risk."""
    after = {
        value: pd.Series(_at_risk_after(frame).to_numpy(), index=frame["day"].to_numpy())
        for value, frame in rows.items()
    }
    enough = (pd.concat(after, axis=1).sort_index().ffill().fillna(0) >= min_at_risk).all(axis=1)
    return float(enough.index[enough][0]) if enough.any() else None


def _at_risk_after(frame: pd.DataFrame) -> pd.Series:
    """How many are at risk just after each day."""
    return frame["at_risk"] + frame["entrance"] - frame["removed"]


def _curve(
    rows: pd.DataFrame,
    start: float | None,
    *,
    min_at_risk: float,
    confidence_level: float,
    level: Hashable = None,
) -> SurvivalCurve:
    """The product-limit curve of one group from ``start`` on."""
    reach = normal_quantile(confidence_level)
    if start is None:
        empty = pd.DataFrame({name: pd.Series(dtype=float) for name in COLUMNS})
        return SurvivalCurve(empty, None, min_at_risk, confidence_level, level)
    before, rows = rows[rows["day"] <= start], rows[rows["day"] > start]
    at_start = float(_at_risk_after(before).iloc[-1]) if len(before) else 0.0
    day = np.concatenate([[start], rows["day"]])
    n = np.concatenate([[at_start], rows["at_risk"]]).astype(float)
    d = np.concatenate([[0.0], rows["observed"]])
    share = np.divide(d, n, out=np.zeros_like(d), where=n > 0)
    survival = np.cumprod(1 - share)
    terms = np.divide(d, n * (n - d), out=np.zeros_like(d), where=n > d)
    spread = np.where(survival > 0, np.sqrt(np.cumsum(terms)), np.nan)
    low, high = _log_log_limits(survival, spread, reach)
    columns = (day, n, d, survival, survival * spread, low, high)
    frame = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    return SurvivalCurve(frame, start, min_at_risk, confidence_level, level)


def _log_log_limits(
    survival: np.ndarray, spread: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits symmetric on the scale log(-log S); 1 while nobody has left."""
    inside = (survival > 0) & (survival < 1)
    log = np.log(survival, out=np.full_like(survival, -1.0), where=inside)
    width = np.where(inside, reach * spread / np.abs(log), 0.0)
    outside = np.where(survival > 0, 1.0, np.nan)
    low = np.where(inside, np.exp(log * np.exp(width)), outside)
    high = np.where(inside, np.exp(log * np.exp(-width)), outside)
    return low, high


def _crossing_day(curve: SurvivalCurve, column: str) -> float | None:
    """First day on which the column is at most one half; the middle of a flat stretch there."""
    values, days = curve.frame[column].to_numpy(), curve.frame["day"].to_numpy()
    reached = days[values <= 0.5 + SAME]
    below = days[values < 0.5 - SAME]
    if not len(reached):
        return None
    return float((reached[0] + (below[0] if len(below) else reached[0])) / 2)


def _known(value: float) -> float | None:
    """A float, or None for a missing one."""
    return None if np.isnan(value) else float(value)
