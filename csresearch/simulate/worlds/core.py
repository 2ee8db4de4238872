"""Worlds of the claims about results, satisfaction and maturity: true, false, and only seeming so.

Each artefact has one: waiting for results, sorting by maturity, base rates, unseen differences,
shared fate of accounts, late observation, who answers before leaving, maturity rated afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from csresearch.simulate.additions.hindsight import RatedAfterwards
from csresearch.simulate.world import Band, SurveyPlan, World

THREE_BANDS = (
    Band("low", 0.45, 0.095, 0.02, low=True),
    Band("middle", 0.35, 0.014, 0.05),
    Band("high", 0.20, 0.009, 0.08),
)
EVEN_BANDS = (
    Band("low", 0.45, 0.06, 0.135, low=True),
    Band("middle", 0.35, 0.06, 0.175),
    Band("high", 0.20, 0.06, 0.235),
)
EARLY_SURVEYS = SurveyPlan(first_day=75, every_days=180)

SIX_TIMES = World(
    name="six-times",
    story="Results make customers stay six times longer, satisfaction nothing; the low leave.",
    n_customers=1_000,
    bands=THREE_BANDS,
    lifetime_ratio=6.0,
    surveys=EARLY_SURVEYS,
)
THREE_TIMES = replace(
    SIX_TIMES,
    name="three-times",
    story="Three times, not six; satisfaction matters a little; two thirds of churn are the low's.",
    lifetime_ratio=3.0,
    satisfaction_ratio=0.82,
    bands=(
        Band("low", 0.45, 0.060, 0.03, low=True),
        Band("middle", 0.35, 0.025, 0.05),
        Band("high", 0.20, 0.015, 0.08),
    ),
)
NOTHING = World(
    name="nothing",
    story="Results, satisfaction and maturity do nothing at all, and the rate falls with tenure.",
    n_customers=1_000,
    bands=EVEN_BANDS,
    churn_by_tenure=((0, 1.5), (3, 1.0), (12, 0.7)),
)
MATTERS = replace(
    NOTHING,
    name="satisfaction-matters",
    story="Results do nothing, satisfied customers stay longer, churn is spread evenly.",
    satisfaction_ratio=0.65,
)
PREPARED_STAY = World(
    name="prepared-stay",
    story="Prepared customers get results and stay; results do nothing for it.",
    n_customers=1_000,
    bands=(
        Band("low", 0.70, 0.05, 0.02, low=True),
        Band("middle", 0.20, 0.02, 0.08),
        Band("high", 0.10, 0.008, 0.25),
    ),
    surveys=EARLY_SURVEYS,
)
BASE_RATE = World(
    name="base-rate",
    story="Seven of ten customers are low and so are seven of ten who leave: no more than that.",
    n_customers=1_000,
    bands=(Band("low", 0.72, 0.05, 0.06, low=True), Band("high", 0.28, 0.05, 0.06)),
)
UNSEEN = replace(
    NOTHING,
    name="unseen-differences",
    story="Customers differ in what no column shows, accounts of one parent share it; no effects.",
    frailty_variance=0.6,
    accounts_per_parent=6,
)
FAMILIES = replace(
    SIX_TIMES,
    name="families",
    story="As six-times, but accounts of one parent share a fate no column shows.",
    frailty_variance=0.3,
    accounts_per_parent=6,
)
MIGRATED = replace(
    SIX_TIMES,
    name="migrated",
    story="As six-times, but the data begin at a migration: who left before it is not in them.",
    observed_from=date(2024, 1, 1),
)
PARTING_WORDS = replace(
    NOTHING,
    name="parting-words",
    story="Satisfaction does nothing, but who has decided to leave answers less and scores lower.",
    surveys=SurveyPlan(every_days=120, leaving_days=90, leaving_response=0.5, leaving_drop=3.0),
)
SOME_MISSING = replace(
    SIX_TIMES,
    name="some-missing",
    story="As six-times, but the maturity of every seventh customer was never recorded.",
    maturity_missing=0.15,
)
STRONGER = replace(
    SIX_TIMES,
    name="twelve-times",
    story="Results make customers stay twelve times longer: more than claimed.",
    lifetime_ratio=12.0,
)
RATED_LATER = replace(
    NOTHING,
    name="rated-later",
    story=(
        "Maturity means nothing for churn, but nine of ten are rated anew: on the day they leave, "
        "if after a quarter, as low, or after a year as high. Looked at today, churn is the low's."
    ),
    n_customers=5_000,
    additions=(RatedAfterwards(0.9),),
)

WORLDS = (
    SIX_TIMES,
    THREE_TIMES,
    NOTHING,
    MATTERS,
    PREPARED_STAY,
    BASE_RATE,
    UNSEEN,
    FAMILIES,
    MIGRATED,
    PARTING_WORDS,
    SOME_MISSING,
    STRONGER,
    RATED_LATER,
)
