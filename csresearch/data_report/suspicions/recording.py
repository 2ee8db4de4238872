"""What was recorded only late, or only for those who stayed."""

from __future__ import annotations

import numpy as np

from csresearch.data_report.lexis import Lexis
from csresearch.data_report.suspicions.base import MANY, Suspicion
from csresearch.data_report.tallies import Tallies, month_date
from csresearch.findings.labels import fixed

FIRST_SHARE = 0.01  # recording is taken to begin where so few of the events lie before
LATE_SHARE = 0.1  # of the expected events, at or under which there was no recording
SURVIVOR_SHARE = 0.02  # the same for customers who later left


def began_late(tallies: Tallies) -> list[Suspicion] | None:
    """Departures or events that are missing before some month, given who was there."""
    lexis = Lexis.of(tallies) if tallies.company.dated else None
    if lexis is None:
        return None
    customers = tallies.customers
    left = lexis.events(customers[customers["churned"]], "exit").sum(axis=0)
    found = [_late(lexis, "customers.ended_on", left)]
    for name in ("results", "behaviors", "efforts"):
        if name in tallies.events:
            events = lexis.events(tallies.events[name], "month").sum(axis=0)
            found.append(_late(lexis, name, events))
    return [one for one in found if one is not None]


def _late(lexis: Lexis, where: str, events: np.ndarray) -> Suspicion | None:
    """Say from when on events were recorded, if they were expected before."""
    if events.sum() < MANY:
        return None
    began = first_month(events.sum(axis=0))
    at_risk = lexis.at_risk.sum(axis=0)
    before = np.arange(at_risk.shape[1]) < began
    expected = lexis.expected(at_risk * before, events * ~before, at_risk * ~before)
    happened = float((events * before).sum())
    if expected < MANY or happened > LATE_SHARE * expected:
        return None
    month = f"{month_date(lexis.first + began):%Y-%m}"
    seen = (
        f"{happened:,.0f} before {month}, where the customers of that time should have had about "
        f"{fixed(expected, 0)}"
    )
    if where == "customers.ended_on":
        advice = f"who left before is not in these data: give observed_from, {month}-01 or later"
    else:
        advice = (
            f"recording seems to have begun in {month}: give observed_from for customers who "
            "started before, or they look as if they had none"
        )
    return Suspicion(where, seen, advice)


def first_month(counts: np.ndarray) -> int:
    """The month before which hardly any of the events lie."""
    return int(np.searchsorted(np.cumsum(counts), FIRST_SHARE * counts.sum(), side="right"))


def survivors_only(tallies: Tallies) -> list[Suspicion] | None:
    """Results recorded only for customers who stayed."""
    if not tallies.company.dated or "results" not in tallies.events:
        return None
    lexis = Lexis.of(tallies)
    events = lexis.events(tallies.events["results"], "month")
    stayed, left = 0, 1
    expected = lexis.expected(lexis.at_risk[left], events[stayed], lexis.at_risk[stayed])
    happened = float(events[left].sum())
    if expected < MANY or happened > SURVIVOR_SHARE * expected:
        return []
    seen = (
        f"{happened:,.0f} results of customers who later left, where those who stayed had about "
        f"{fixed(expected, 0)} in as much time"
    )
    advice = "results were collected from who was still there: the claims about results need all"
    return [Suspicion("results", seen, advice)]
