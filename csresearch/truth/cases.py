"""What is put to the test: worlds, and whether each claim they speak to is so there."""

from __future__ import annotations

from dataclasses import dataclass, field

from csresearch.simulate.world import World
from csresearch.simulate.worlds import WORLDS, stress
from csresearch.simulate.worlds.core import (
    BASE_RATE,
    FAMILIES,
    MATTERS,
    MIGRATED,
    NOTHING,
    PARTING_WORDS,
    PREPARED_STAY,
    SIX_TIMES,
    SOME_MISSING,
    STRONGER,
    THREE_TIMES,
    UNSEEN,
)

TRUE, NEAR_MISS, FALSE, ARTEFACT = "true", "near miss", "false", "artefact"
FULL = {200: 300, 1_000: 1_000, 10_000: 300}
SHORT = {200: 100, 1_000: 300, 10_000: 100}  # for claims whose estimate takes seconds
STRAINED = {200: 200, 1_000: 200}  # what strains intervals shows in small companies
LARGE = {2_000: 100, 10_000: 100, 20_000: 100}  # for what only large companies can tell (C8)
WIDER = {  # claims whose limits are no plain 95 % ones: they may hold the truth more often
    "key-results": "its number of kinds is whole, and limits can only be whole too",
    "key-behaviors": "its limits hold for all behaviours at once",
    "same-drivers": "its limits are those of another segment, wider than the average's",
}
RESULTS, SATISFACTION, MATURITY = "results-retention", "satisfaction-retention", "maturity-churn"


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
    same_as : World, optional
        The world whose true values hold here too: only what is written down differs.
    """

    world: World
    claims: dict[str, str]
    companies: dict[int, int] = field(default_factory=lambda: dict(FULL))
    same_as: World | None = None

    @property
    def name(self) -> str:
        """The world's name."""
        return self.world.name

    @property
    def truth(self) -> World:
        """The world whose values are the true ones here."""
        return self.same_as or self.world


def _known(
    name: str, companies: dict[int, int] = SHORT, *, like: str | None = None, **claims: str
) -> Case:
    """One of the kit's own worlds, perhaps true as another is; claims by id with _ for -."""
    named = {claim.replace("_", "-"): so for claim, so in claims.items()}
    return Case(WORLDS[name], named, companies, WORLDS[like] if like else None)


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
    _known("neither-wins-some-missing", like="neither-wins", which_wins=ARTEFACT),
    _known("unprepared-fit-some-missing", like="unprepared-fit", bad_fit=ARTEFACT),
    _known(
        "behaviors-of-survivors-some-missing",
        like="behaviors-of-survivors",
        standard_process=ARTEFACT,
    ),
)
UNSTRESSED = THREE_TIMES
STRESS = tuple(
    Case(
        world,
        dict.fromkeys((RESULTS, SATISFACTION, MATURITY), NEAR_MISS),
        STRAINED,
        same_as=UNSTRESSED if world is stress.HEAPED else None,
    )
    for world in stress.WORLDS
)
CASES: dict[str, Case] = {case.name: case for case in (*CORE, *FURTHER, *STRESS)}
