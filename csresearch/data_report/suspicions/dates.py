"""Dates that are bookings or imports: on month ends, all on one day, in one month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csresearch.data_report.chance import binomial_at_least, poisson_at_least
from csresearch.data_report.suspicions.base import IMPROBABLE, MANY, Suspicion
from csresearch.data_report.tallies import Tallies
from csresearch.findings.labels import value_text

BOOKED_SHARE = 0.25  # of departures on the first, or last, day of a month
DAY_TIMES, DAY_SHARE = 10, 0.05  # of the median day with any, and of all dates
MONTH_TIMES, NEIGHBOURS = 4, 6  # of the median of so many months before and after
PLACES = {"started": "customers.started_on", "left": "customers.ended_on"}
PLACES |= {"maturity": "customers.maturity_on", "results": "results.reached_on"}
PLACES |= {"behaviors": "behaviors.done_on", "efforts": "efforts.spent_on"}
WORDS = {"started": "starts", "left": "departures", "maturity": "records of maturity"}


def booked(tallies: Tallies) -> list[Suspicion] | None:
    """Departures on the first or the last day of a month."""
    left = tallies.days.get("left")
    if left is None or not tallies.company.dated:
        return None
    days = left.drop(left.idxmax()) if len(left) > 1 else left  # one day may be a clean-up
    advice = (
        "these are the days a contract ended or was booked: give notice_on, the day of the "
        "decision, and read spans under a month with care"
    )
    found = []
    for name, side in (("is_month_end", "last"), ("is_month_start", "first")):
        n, on = int(days.sum()), int(days[getattr(days.index, name)].sum())
        usual = calendar_share(days.index, name)
        if n >= MANY and on >= BOOKED_SHARE * n and binomial_at_least(on, n, usual) < IMPROBABLE:
            seen = (
                f"{value_text(on / n, 'share')} of {n:,} departures are on the {side} day of a "
                f"month, where {value_text(usual, 'share')} of days are"
            )
            found.append(Suspicion(PLACES["left"], seen, advice))
    return found


def calendar_share(days: pd.DatetimeIndex, name: str) -> float:
    """The share of days between the first and the last that are, as ``is_month_end``."""
    return float(getattr(pd.date_range(days.min(), days.max()), name).mean())


def imports(tallies: Tallies) -> list[Suspicion] | None:
    """Many dates on one day, or in one month: a migration, an import, a clean-up."""
    if not tallies.company.dated:
        return None
    found = []
    for what, place in PLACES.items():
        days = tallies.days.get(what)
        if days is None or days.empty:
            continue
        if what == "maturity" and days.idxmax() == tallies.days["started"].idxmax():
            continue  # told of the starts
        seen = _one_day(days, what) or _one_month(days, what)
        if seen:
            found.append(Suspicion(place, seen, _advice(what)))
    return found


def _one_day(days: pd.Series, what: str) -> str:
    """Say that one day holds far more than others, if so."""
    most, usual = int(days.max()), float(days.median())
    enough = most >= MANY and most >= DAY_SHARE * days.sum()
    alone = len(days) == 1 or most >= DAY_TIMES * usual
    if not (enough and alone):
        return ""
    words = WORDS.get(what, what)
    compared = f"where a usual day has {usual:,.0f}" if len(days) > 1 else "which is all of them"
    return f"{most:,} {words} are dated {days.idxmax():%Y-%m-%d}, {compared}"


def _one_month(days: pd.Series, what: str) -> str:
    """Say that one month holds far more than those around it, if so."""
    if what not in ("started", "left"):  # others come in campaigns
        return ""
    months = days.resample("MS").sum()
    spikes = month_spikes(months.to_numpy())
    if not len(spikes):
        return ""
    when = months.index[spikes]
    if len(spikes) > 2 and len(set(when.month)) == 1:  # every year: a season
        return ""
    top = months.index[max(spikes, key=lambda i: months.iloc[i])]
    more = f" ({len(spikes) - 1} more such months)" if len(spikes) > 1 else ""
    usual = float(months.median())
    words = WORDS.get(what, what)
    return f"{months[top]:,} {words} are in {top:%Y-%m}, where a usual month has {usual:,.0f}{more}"


def month_spikes(counts: np.ndarray) -> list[int]:
    """Which months hold far more than the months around them?

    Parameters
    ----------
    counts : ndarray
        One count a month, none left out.
    """
    found = []
    for i, n in enumerate(counts):
        low = max(i - NEIGHBOURS, 0)
        around = np.delete(counts[low : i + NEIGHBOURS + 1], i - low)
        usual = max(float(np.median(around)), 1.0) if len(around) else np.inf
        if n >= MANY and n >= MONTH_TIMES * usual and poisson_at_least(n, usual) < IMPROBABLE:
            found.append(i)
    return found


def _advice(what: str) -> str:
    """What to do about a spike."""
    if what == "started":
        return (
            "find out whether customers were imported that day: give their true start, and "
            "observed_from for those who were customers before"
        )
    if what == "left":
        return "find out whether records were closed in bulk: give the day each customer left"
    return "find out whether they were entered in bulk: give the day each happened, or none"
