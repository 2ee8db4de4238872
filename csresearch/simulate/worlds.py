"""Worlds: companies whose truth is known because we wrote it down.

A world says how customers start, reach results, answer surveys and leave. Hazards are per month
(30.4375 days) and belong to a customer of average satisfaction on the plainest plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MONTH_DAYS = 30.4375
STEADY = ((0.0, 1.0),)


@dataclass(frozen=True)
class Band:
    """A maturity band: its share of starters and their monthly hazards.

    Parameters
    ----------
    name : str
    share : float
        Share of starting customers, 0 to 1; the shares of a world's bands sum to 1.
    churn : float
        Monthly churn hazard before any result.
    first_result : float
        Monthly hazard of the first result.
    low : bool
        Whether the band counts as unprepared.
    """

    name: str
    share: float
    churn: float
    first_result: float
    low: bool = False


@dataclass(frozen=True)
class Plan:
    """A level of the segment column ``plan``: its share, and what it does to the churn hazard."""

    name: str
    share: float
    churn_ratio: float = 1.0


@dataclass(frozen=True)
class SurveyPlan:
    """When customers are asked, whether they answer, and how they score on 0 to 10.

    Parameters
    ----------
    first_day, every_days : int
        Days of tenure of the first invitation and between invitations.
    response : float
        Chance that a customer answers an invitation.
    mean, spread : float
        Mean and standard deviation of the score before it is rounded and cut to 0–10.
    reliability : float
        Share of the score's variance that is the customer's lasting satisfaction.
    leaving_days : int
        Reverse causation: in this many days before a churn the two following apply.
    leaving_response : float
        Factor on the chance of answering.
    leaving_drop : float
        Points taken off the score.
    """

    first_day: int = 30
    every_days: int = 365
    response: float = 0.8
    mean: float = 7.3
    spread: float = 2.0
    reliability: float = 0.7
    leaving_days: int = 0
    leaving_response: float = 1.0
    leaving_drop: float = 0.0


@dataclass(frozen=True)
class World:
    """Everything that is true of a simulated company.

    Parameters
    ----------
    name, story : str
        The folder's name, and what is true there in one sentence.
    n_customers : int
    bands : tuple of Band
        In order, lowest first.
    lifetime_ratio : float
        Churn hazard before ÷ after the first result, the same at every tenure. 1: nothing.
    satisfaction_ratio : float
        Factor on the churn hazard per standard deviation of lasting satisfaction. 1: nothing.
    first_start, last_start, observed_until : date
        Customers start evenly over the first two; the data are read on the third.
    observed_from : date, optional
        Left truncation: who left before it is not in the data, who stayed is seen only from it.
    plans : tuple of Plan
    churn_by_tenure, results_by_tenure : tuple of (from_month, factor)
        Steps of the two hazards over tenure.
    later_results : float
        Monthly hazard of each further result.
    result_kinds : tuple of (kind, share)
    frailty_variance : float
        Variance of a gamma factor (mean 1) on the churn hazard that no column shows.
    accounts_per_parent : int
        Above 1: so many accounts share a ``parent_id`` and one frailty.
    maturity_missing : float
        Share of customers whose band was not recorded.
    notice_days : int
        Days between the decision to leave (what the hazards govern) and leaving. After notice
        nothing is reached and nothing answered.
    surveys : SurveyPlan
    verdicts : tuple of (claim, verdict)
        What the kit must come to on data of this size.
    """

    name: str
    story: str
    n_customers: int
    bands: tuple[Band, ...]
    lifetime_ratio: float = 1.0
    satisfaction_ratio: float = 1.0
    first_start: date = date(2022, 7, 1)
    last_start: date = date(2026, 4, 30)
    observed_until: date = date(2026, 6, 30)
    observed_from: date | None = None
    plans: tuple[Plan, ...] = (Plan("basic", 0.6), Plan("pro", 0.4, 0.85))
    churn_by_tenure: tuple[tuple[float, float], ...] = STEADY
    results_by_tenure: tuple[tuple[float, float], ...] = STEADY
    later_results: float = 0.02
    result_kinds: tuple[tuple[str, float], ...] = (
        ("hours saved", 0.4),
        ("revenue grown", 0.3),
        ("errors cut", 0.2),
        ("costs cut", 0.1),
    )
    frailty_variance: float = 0.0
    accounts_per_parent: int = 1
    maturity_missing: float = 0.0
    notice_days: int = 0
    surveys: SurveyPlan = SurveyPlan()
    verdicts: tuple[tuple[str, str], ...] = ()


def _verdicts(*verdicts: str) -> tuple[tuple[str, str], ...]:
    claims = ("results-retention", "satisfaction-retention", "maturity-churn")
    return tuple(zip(claims, verdicts, strict=True))


STEADFAST = World(
    name="steadfast",
    story=(
        "The three claims hold: results make customers stay six times longer, how satisfied they "
        "say they are means nothing for how long they stay, and most churn comes from the "
        "unprepared."
    ),
    n_customers=5000,
    bands=(
        Band("low", 0.45, 0.095, 0.02, low=True),
        Band("middle", 0.35, 0.014, 0.05),
        Band("high", 0.20, 0.009, 0.08),
    ),
    lifetime_ratio=6.0,
    verdicts=_verdicts("reproduced", "reproduced", "reproduced"),
)

MIRAGE = World(
    name="mirage",
    story=(
        "Results do nothing for retention, satisfaction matters, and churn is spread evenly over "
        "the maturity bands. Yet customers who ever had a result seem to stay six times longer, "
        "only because who stays longer has more time to reach one."
    ),
    n_customers=5000,
    bands=(
        Band("low", 0.45, 0.06, 0.135, low=True),
        Band("middle", 0.35, 0.06, 0.175),
        Band("high", 0.20, 0.06, 0.235),
    ),
    churn_by_tenure=((0, 1.5), (3, 1.0), (12, 0.7)),
    satisfaction_ratio=0.65,
    verdicts=_verdicts("not reproduced", "not reproduced", "not reproduced"),
)

SMALLCO = World(
    name="smallco",
    story=(
        "Results make customers stay two and a half times longer, but there are some hundred "
        "customers and a dozen churns: too little to say anything."
    ),
    n_customers=120,
    bands=(
        Band("low", 0.45, 0.0055, 0.025, low=True),
        Band("middle", 0.35, 0.0045, 0.025),
        Band("high", 0.20, 0.0045, 0.030),
    ),
    lifetime_ratio=2.5,
    last_start=date(2025, 6, 30),
    surveys=SurveyPlan(response=0.9),
    verdicts=_verdicts("inconclusive", "inconclusive", "inconclusive"),
)

WORLDS: dict[str, World] = {world.name: world for world in (STEADFAST, MIRAGE, SMALLCO)}
