"""What is put to the test: worlds, and whether each claim they speak to is so there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from csresearch.simulate.world import Band, SurveyPlan, World
from csresearch.simulate.worlds import WORLDS

TRUE, NEAR_MISS, FALSE, ARTEFACT = "true", "near miss", "false", "artefact"
FULL = {200: 300, 1_000: 1_000, 10_000: 300}
SHORT = {200: 100, 1_000: 300, 10_000: 100}  # for claims whose estimate takes seconds
LARGE = {2_000: 100, 10_000: 100, 20_000: 100}  # for what only large companies can tell (C8)
RESULTS, SATISFACTION, MATURITY = "results-retention", "satisfaction-retention", "maturity-churn"

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


@dataclass(frozen=True)
class Case:
    """A world, the claims it speaks to, and how often it is drawn at which size.

    Parameters
    ----------
    world : World
    claims : dict of str to str
        By claim: "true", "near miss" (false, by not much), "false", or "artefact" (false, and
        made to look true).
    companies : dict of int to int
        How many companies to draw, by customers who ever started.
    """

    world: World
    claims: dict[str, str]
    companies: dict[int, int] = field(default_factory=lambda: dict(FULL))

    @property
    def name(self) -> str:
        """The world's name."""
        return self.world.name


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


def _known(name: str, companies: dict[int, int] = SHORT, **claims: str) -> Case:
    """One of the kit's own worlds; claims by id with _ for -."""
    named = {claim.replace("_", "-"): so for claim, so in claims.items()}
    return Case(WORLDS[name], named, companies)


CORE = (
    Case(SIX_TIMES, {RESULTS: TRUE, SATISFACTION: TRUE, MATURITY: TRUE}),
    Case(THREE_TIMES, {RESULTS: NEAR_MISS, SATISFACTION: NEAR_MISS, MATURITY: NEAR_MISS}),
    Case(NOTHING, {RESULTS: ARTEFACT, SATISFACTION: TRUE, MATURITY: FALSE}),
    Case(MATTERS, {RESULTS: ARTEFACT, SATISFACTION: FALSE, MATURITY: FALSE}),
    Case(PREPARED_STAY, {RESULTS: ARTEFACT, SATISFACTION: TRUE}),
    Case(BASE_RATE, {RESULTS: FALSE, MATURITY: ARTEFACT}),
    Case(UNSEEN, {RESULTS: ARTEFACT, SATISFACTION: TRUE, MATURITY: FALSE}),
    Case(FAMILIES, {RESULTS: TRUE, SATISFACTION: TRUE, MATURITY: TRUE}),
    Case(MIGRATED, {RESULTS: TRUE, SATISFACTION: TRUE}),
    Case(PARTING_WORDS, {RESULTS: ARTEFACT, SATISFACTION: FALSE}),
    Case(SOME_MISSING, {RESULTS: TRUE, MATURITY: TRUE}),
    Case(STRONGER, {RESULTS: FALSE}),
)
FURTHER = (
    _known("results-win", results_satisfaction=TRUE, which_wins=TRUE),
    _known("satisfaction-wins", results_satisfaction=FALSE, which_wins=FALSE),
    _known("only-survivors-answer", results_satisfaction=ARTEFACT),
    _known("neither-wins", results_satisfaction=TRUE, which_wins=ARTEFACT),
    _known("one-key-result", key_results=TRUE),
    _known("results-alike", key_results=FALSE),
    _known("late-result", key_results=ARTEFACT),
    _known("bad-fit", bad_fit=TRUE),
    _known("any-fit", bad_fit=FALSE),
    _known("unprepared-fit", bad_fit=ARTEFACT),
    _known("behaviors-needed", key_behaviors=TRUE, standard_process=TRUE),
    _known("behaviors-idle", key_behaviors=FALSE, standard_process=FALSE),
    _known("behaviors-of-survivors", key_behaviors=ARTEFACT, standard_process=ARTEFACT),
    _known("helped-low", LARGE, effort_by_maturity=TRUE),
    _known("helped-all", LARGE, effort_by_maturity=FALSE),
    _known("firefighting", LARGE, effort_by_maturity=ARTEFACT),
    _known("foresight", kickoff_judgement=TRUE),
    _known("hunch", kickoff_judgement=NEAR_MISS),
    _known("guesswork", kickoff_judgement=FALSE),
    _known("hindsight", kickoff_judgement=ARTEFACT),
    _known("bonded", customer_bonding=TRUE),
    _known("unbonded", customer_bonding=FALSE),
    _known("sorted-later", customer_bonding=ARTEFACT),
    _known("alike", same_drivers=TRUE),
    _known("apart", same_drivers=FALSE),
    _known("alike-by-waiting", same_drivers=ARTEFACT),
    _known("taken-well", challenge=TRUE),
    _known("taken-badly", challenge=FALSE),
    _known("bounce", challenge=ARTEFACT),
)
CASES: dict[str, Case] = {case.name: case for case in (*CORE, *FURTHER)}
