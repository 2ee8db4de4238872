"""What a world is: everything that is true of a simulated company.

A world says how customers start, reach results, answer surveys and leave. Hazards are per month
(30.4375 days) and belong to a customer of average satisfaction on the plainest plan.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

MONTH_DAYS = 30.4375
FOREVER = 1e9  # days: what never happens
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
    additions : tuple of Addition
        What else is true there: behaviours, efforts, judgements…, each an idea of its own.
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
    additions: tuple[Addition, ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()


def stream_of(seed: int, purpose: str) -> np.random.Generator:
    """An addition's random numbers of a purpose, independent of every other purpose's."""
    sequence = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(purpose.encode()),))
    return np.random.Generator(np.random.PCG64(sequence))


@dataclass(frozen=True)
class Cast:
    """The customers the company can know, for additions that write tables.

    Parameters
    ----------
    world : World
    lifetimes : DataFrame
        As `draw_lifetimes` returns it, the additions' own columns among it.
    results : DataFrame
        As `draw_results` returns it: ``row, result_day, kind``.
    identity : Series of str
        The ``customer_id`` of each row of ``lifetimes``.
    seed : int
    """

    world: World
    lifetimes: pd.DataFrame
    results: pd.DataFrame
    identity: pd.Series
    seed: int

    def ids(self, rows: np.ndarray) -> np.ndarray:
        """The ``customer_id`` of positions in ``lifetimes``."""
        return self.identity.to_numpy()[rows]

    def dates(self, rows: np.ndarray, days: np.ndarray) -> pd.Series:
        """Days since the start of the customers at ``rows`` as dates; missing stays missing."""
        since = pd.Series(self.lifetimes["start_day"].to_numpy()[rows] + days)
        return pd.Timestamp(self.world.first_start) + pd.to_timedelta(since, unit="D")


class Addition:
    """Something more that is true of a world: each step does nothing unless an addition says so.

    In the order they are called: `prepare` and `turns` shape what happens, seen or not;
    `columns`, `tables` and `config` say what the company's files show of it, `truth` what its
    README tells.
    """

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """Add columns to ``drawn`` before results and churn are drawn.

        A name of its own is kept for later steps. These change what follows, and are there for
        every addition to multiply or raise: ``result_factor`` and ``churn_factor`` (on the two
        hazards, from the start) and ``result_from`` (no first result on or before this day).
        """

    def kind_days(self, world: World, drawn: pd.DataFrame, seed: int) -> np.ndarray | None:
        """First day of each kind of result, (customers, kinds), were nobody ever to leave.

        None, as usual: the world draws first results itself. At most one addition may say so.
        """
        return None

    def turns(
        self, world: World, drawn: pd.DataFrame, seed: int
    ) -> list[tuple[np.ndarray, np.ndarray | float]]:
        """Pairs (day, ratio): from that day on the churn hazard is divided by the ratio."""
        return []

    def score_points(
        self, world: World, lifetimes: pd.DataFrame, asked: pd.DataFrame
    ) -> np.ndarray | float:
        """Points added to the score of each invitation (``row, survey_day``) before rounding."""
        return 0.0

    def columns(self, cast: Cast) -> dict[str, Any]:
        """Columns of the table of customers."""
        return {}

    def tables(self, cast: Cast) -> dict[str, pd.DataFrame]:
        """Further tables by name, with canonical columns."""
        return {}

    def config(self, world: World) -> dict[str, Any]:
        """What company.yml says because of it."""
        return {}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """What is true, and its value: rows of the README's first table."""
        return []
