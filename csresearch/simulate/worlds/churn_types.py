"""Worlds of the claim that churn comes in kinds."""

from __future__ import annotations

from csresearch.simulate.additions.behaviors import Behaviors, Habit
from csresearch.simulate.additions.churn_reasons import ChurnReasons
from csresearch.simulate.additions.expectations import Expectations
from csresearch.simulate.world import Band, World

CLAIM = "churn-types"
HABITS = Behaviors((Habit("training", 0.6, ever=0.9), Habit("data connected", 0.6, ever=0.9)), ())
RECORDED = (HABITS, Expectations(share_outside=0.2), ChurnReasons())
DESCRIBED = ((CLAIM, "descriptive"),)

UNPREPARED_LEAVE = World(
    name="unprepared-leave",
    story=(
        "One kind of churn: customers who start unprepared leave four times as often until they "
        "have a result, which keeps them. What they expect and which behaviours they adopt has "
        "no part in it."
    ),
    n_customers=4000,
    bands=(Band("low", 0.4, 0.08, 0.04, low=True), Band("high", 0.6, 0.02, 0.06)),
    lifetime_ratio=2.0,
    additions=RECORDED,
    verdicts=DESCRIBED,
)

NO_KIND = World(
    name="no-kind",
    story=(
        "Everybody leaves at the same rate whatever they have, lack or expect. Every churn can be "
        "given a kind, and no kind is more frequent than its customers are."
    ),
    n_customers=4000,
    bands=(Band("low", 0.4, 0.04, 0.05, low=True), Band("high", 0.6, 0.04, 0.05)),
    additions=RECORDED,
    verdicts=DESCRIBED,
)

MOSTLY_UNPREPARED = World(
    name="mostly-unprepared",
    story=(
        "Most churn is of unprepared customers without a result, only because most customers are: "
        "they leave no more often than the others."
    ),
    n_customers=4000,
    bands=(Band("low", 0.8, 0.05, 0.02, low=True), Band("high", 0.2, 0.05, 0.02)),
    additions=RECORDED,
    verdicts=DESCRIBED,
)

WORLDS = (UNPREPARED_LEAVE, NO_KIND, MOSTLY_UNPREPARED)
