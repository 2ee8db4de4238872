"""Worlds that strain the intervals of C1 to C3: each is three-times with one thing made harder.

All three claims are near misses in three-times, so that every world tells both how often an
interval covers what is true and how often "reproduced" is said of what is not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from csresearch.simulate.additions.heaping import Heaped
from csresearch.simulate.world import MONTH_DAYS, Plan, SurveyPlan
from csresearch.simulate.worlds.core import THREE_TIMES

CLUSTERED = replace(
    THREE_TIMES,
    name="clustered",
    story="As three-times, but eight accounts of a parent share a fate no column shows.",
    frailty_variance=0.6,
    accounts_per_parent=8,
)
ASKED_MONTHLY = replace(
    THREE_TIMES,
    name="asked-monthly",
    story="As three-times, but customers are asked every month, and every third answers.",
    surveys=SurveyPlan(first_day=30, every_days=30, response=0.35),
)
N_PLANS = 16
SMALL_STRATA = replace(
    THREE_TIMES,
    name="small-strata",
    story="As three-times, but on sixteen plans from small to large, where rates differ.",
    plans=tuple(
        Plan(f"plan {number:02d}", 2 * number / (N_PLANS * (N_PLANS + 1)), 0.8 + 0.5 * (number % 2))
        for number in range(1, N_PLANS + 1)
    ),
)
SEPARATED = replace(
    THREE_TIMES,
    name="separated",
    story="As three-times, but so young that often nobody with a result has left yet.",
    first_start=date(2025, 10, 1),
)
HEAPED = replace(
    THREE_TIMES,
    name="heaped",
    story="As three-times, but most starts are dated the first of a month and most ends its last.",
    additions=(Heaped(0.7),),
)
ONE_DAY = replace(
    THREE_TIMES,
    name="one-day",
    story="As three-times, but the rate of leaving is forty times as high on the first day.",
    churn_by_tenure=((0.0, 40.0), (1 / MONTH_DAYS, 1.0)),
)
OVERDISPERSED = replace(
    THREE_TIMES,
    name="overdispersed",
    story="As three-times, but customers differ widely in what no column shows.",
    frailty_variance=1.0,
)

WORLDS = (
    CLUSTERED,
    ASKED_MONTHLY,
    SMALL_STRATA,
    SEPARATED,
    HEAPED,
    ONE_DAY,
    OVERDISPERSED,
)
