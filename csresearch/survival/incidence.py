"""Cumulative incidence of several kinds of churn that compete: Aalen and Johansen's estimator."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.numbering import numbered
from csresearch.survival.intervals import Interval
from csresearch.survival.limits import log_log_interval, log_log_limits

COLUMNS = ("day", "at_risk", "observed", "incidence", "std_error", "ci_low", "ci_high")


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """The share that has left by each day for each cause, given that they were there at the start.

    Parameters
    ----------
    frame : DataFrame
        Columns ``cause, day, at_risk, observed, incidence, std_error, ci_low, ci_high``. The
        first day of each cause is ``starts_on`` (incidence 0); limits are ``nan`` while it is 0.
    causes : tuple
        Causes with an event, sorted.
    starts_on : float
    last_day : float or None
        The last day somebody was at risk; None if nobody ever was.
    confidence_level : float
    """

    frame: pd.DataFrame
    causes: tuple
    starts_on: float
    last_day: float | None
    confidence_level: float = 0.95

    def of(self, cause: Hashable) -> pd.DataFrame:
        """Return the rows of one cause."""
        if cause not in self.causes:
            raise ValueError(f"cause must be one of {list(self.causes)}, got {cause!r}")
        return self.frame[self.frame["cause"] == cause].reset_index(drop=True)


def cumulative_incidence(
    table: EventTable,
    cause: str,
    *,
    starts_on: float = 0.0,
    confidence_level: float = 0.95,
) -> CumulativeIncidence:
    """What share has left by each day for each cause? Causes compete, delayed entry allowed.

    Parameters
    ----------
    table : EventTable
        With a column of ``by`` that names the cause an interval ends with; what it holds where
        nothing is observed (customers still here) does not matter. All other columns are taken
        together.
    cause : str
        That column.
    starts_on : float
        Only what happens after this day, among those still there.
    confidence_level : float

    Returns
    -------
    CumulativeIncidence
        One curve a cause; at any day they add up to 1 − Kaplan–Meier of all causes.

    Notes
    -----
    Variance by the delta method on independent multinomial days (Greenwood's form), limits on
    the scale log(−log incidence). Equals R's multi-state ``survfit(Surv(time, cause) ~ 1)``
    (tests/oracles/incidence.json) without delayed entry; with it R takes an infinitesimal
    jackknife, which differs in the sample and not in the limit. lifelines' AalenJohansenFitter
    spreads tied days at random; here they stay.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"start": 0.0, "stop": [1.0, 2.0, 3.0, 4.0], "event": [1, 1, 0, 1],
    ...                      "kind": ["fit", "price", "-", "fit"]})
    >>> table = EventTable.from_episodes(rows, start="start", stop="stop", event="event",
    ...                                  by=["kind"])
    >>> cumulative_incidence(table, "kind").of("fit")["incidence"].tolist()
    [0.0, 0.25, 0.25, 0.25, 0.75]
    """
    rows = table.total().at_risk()
    rows = rows[rows["day"] > starts_on]
    counts = table.total([cause]).counts
    counts = counts[(counts["day"] > starts_on) & (counts["observed"] > 0)]
    wide = counts.pivot(index="day", columns=cause, values="observed")
    wide = wide.reindex(rows["day"]).fillna(0.0)
    day, n = rows["day"].to_numpy(float), rows["at_risk"].to_numpy(float)
    curves = []
    for name in wide.columns:
        incidence, error = _aalen_johansen(n, wide[name].to_numpy(), wide.sum(axis=1).to_numpy())
        low, high = log_log_limits(incidence, error, confidence_level)
        columns = (day, n, wide[name].to_numpy(), incidence, error, low, high)
        first = [starts_on, n[0], 0.0, 0.0, 0.0, np.nan, np.nan]
        values = [np.append(start, column) for start, column in zip(first, columns, strict=True)]
        curves.append(pd.DataFrame(dict(zip(COLUMNS, values, strict=True))).assign(cause=name))
    empty = pd.DataFrame({name: pd.Series(dtype=float) for name in ("cause", *COLUMNS)})
    frame = pd.concat(curves, ignore_index=True) if curves else empty
    return CumulativeIncidence(
        frame[["cause", *COLUMNS]],
        tuple(wide.columns.tolist()),
        float(starts_on),
        float(day[n > 0][-1]) if (n > 0).any() else None,
        confidence_level,
    )


def incidence_at(curves: CumulativeIncidence, cause: Hashable, day: float) -> Interval:
    """What share has left for this cause by a day?

    Parameters
    ----------
    curves : CumulativeIncidence
    cause : hashable
    day : float

    Returns
    -------
    Interval
        ``None`` before the curves start, or after the last day somebody was at risk unless
        everybody has left by then.

    Raises
    ------
    ValueError
        If the cause never occurred.
    """
    frame = curves.of(cause)
    left = curves.frame.groupby("day")["incidence"].sum().iloc[-1]
    beyond = day > curves.last_day and left < 1 - 1e-9
    if day < curves.starts_on or beyond:
        return Interval(None, confidence_level=curves.confidence_level)
    row = frame.iloc[int(np.searchsorted(frame["day"], day, side="right")) - 1]
    names = ("incidence", "ci_low", "ci_high", "std_error")
    numbers = [None if np.isnan(row[name]) else float(row[name]) for name in names]
    return Interval(*numbers, curves.confidence_level)


def incidence_by(
    table: EventTable,
    day: float,
    *,
    of: tuple[str, Hashable] | None = None,
    starts_on: float = 0.0,
    confidence_level: float = 0.95,
) -> Interval:
    """What share has left by a day, for one cause or for any? The number without its curve.

    Parameters
    ----------
    table : EventTable
    day : float
    of : (str, hashable), optional
        Column of the cause and the cause; whatever is observed by default.
    starts_on : float
        Only what happens after this day, among those still there.
    confidence_level : float

    Returns
    -------
    Interval
        As `incidence_at` of `cumulative_incidence`, a hundred times as fast; 0 where the cause has
        not occurred by then. The upper limit allows for how few are left.

    Notes
    -----
    After the last occurrence the estimate stays while customers go on leaving the risk set, and its
    standard error does not tell. For the upper limit the variance is multiplied by the number at
    risk then over the number at risk by the day (Dorey and Korn's effective number, as R's
    ``survfit(conf.lower = "modified")``; factors in tests/oracles/adoption.json).
    """
    counts = table.counts
    number, days = numbered(counts["day"].to_numpy(float))
    observed, entered, *ended = (
        counts[name].to_numpy(float) for name in ("observed", "entrance", "censored", "moved")
    )
    own = observed if of is None else np.where(counts[of[0]] == of[1], observed, 0.0)
    pieces = (entered - observed - sum(ended), own, observed)
    net, d, all_d = (np.bincount(number, piece, len(days)) for piece in pieces)
    after = days > starts_on
    days, n = days[after], (np.cumsum(net) - net)[after]
    unknown = Interval(None, confidence_level=confidence_level)
    if day < starts_on or not (n > 0).any():
        return unknown
    everyone_left = (
        np.prod(1 - np.divide(all_d[after], n, out=np.zeros_like(n), where=n > 0)) < 1e-9
    )
    if day > days[n > 0][-1] and not everyone_left:
        return unknown
    place = int(np.searchsorted(days, day, side="right")) - 1
    if place < 0:
        return log_log_interval(0.0, 0.0, confidence_level)
    incidence, error = (x[place] for x in _aalen_johansen(n, d[after], all_d[after]))
    found = log_log_interval(float(incidence), float(error), confidence_level)
    wider = float(error) * _thinned(n, d[after], int(np.searchsorted(days, day)))
    return replace(found, ci_high=log_log_interval(found.value, wider, confidence_level).ci_high)


def _thinned(n: np.ndarray, d: np.ndarray, place: int) -> float:
    """The factor of the standard error: fewer are at risk in a place than on the last day of d."""
    occurred = np.flatnonzero(d[: place + 1] > 0)
    if not len(occurred) or place == len(n) or n[place] <= 0:
        return 1.0
    return max(1.0, float(np.sqrt(n[occurred[-1]] / n[place])))


def _aalen_johansen(n: np.ndarray, d: np.ndarray, all_d: np.ndarray) -> tuple:
    """Incidence of one cause and its standard error on each day.

    A day's hazards (h of the cause, g of all) move the incidence F(t) by S·∂h − b·∂g with
    b = (F(t) − F(day)) / (1 − g); their covariance is multinomial.
    """
    h, g = (np.divide(x, n, out=np.zeros_like(n), where=n > 0) for x in (d, all_d))
    before = np.append(1.0, np.cumprod(1 - g)[:-1])
    incidence = np.cumsum(before * h)
    stay = np.where(g < 1, 1 - g, np.inf)  # once all have left nothing moves any more
    per = np.divide(1.0, n, out=np.zeros_like(n), where=n > 0)
    own = before**2 * h * (1 - h) * per
    cross = before * h * (1 - g) / stay * per
    both = g * (1 - g) / stay**2 * per
    f, c = incidence, np.cumsum
    variance = c(own) - 2 * (f * c(cross) - c(cross * f))
    variance += f**2 * c(both) - 2 * f * c(both * f) + c(both * f**2)
    return incidence, np.sqrt(np.maximum(variance, 0.0))
