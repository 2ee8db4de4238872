"""Worlds about effort: whom it keeps, and how customers take a challenge."""

from __future__ import annotations

from dataclasses import replace

from csresearch.simulate.additions.challenges import Challenges
from csresearch.simulate.additions.efforts import Firefighting, Programme, Touches
from csresearch.simulate.world import Band, SurveyPlan, World

EFFORT, CHALLENGE = "effort-by-maturity", "challenge"
BANDS = (
    Band("low", 0.40, 0.055, 0.03, low=True),
    Band("middle", 0.30, 0.030, 0.05),
    Band("high", 0.30, 0.025, 0.09),
)
TOUCHES = Touches()

HELPED_LOW = World(
    name="helped-low",
    story=(
        "Half of all customers are given a programme at the start, by lot. It keeps the least "
        "prepared and does nothing for the best prepared, who ask for the most attention."
    ),
    n_customers=24_000,
    bands=BANDS,
    additions=(TOUCHES, Programme(effects=(1.6, 1.2, 1.0))),
    verdicts=((EFFORT, "reproduced"),),
)

HELPED_ALL = replace(
    HELPED_LOW,
    name="helped-all",
    story=(
        "Half of all customers are given a programme at the start, by lot, and it keeps all of "
        "them alike, the best prepared too."
    ),
    additions=(TOUCHES, Programme(effects=(1.5, 1.5, 1.5))),
    verdicts=((EFFORT, "not reproduced"),),
)

FIREFIGHTING = replace(
    HELPED_LOW,
    name="firefighting",
    story=(
        "Nobody is assigned to anything: the team helps customers in trouble, and its help works. "
        "But who is helped was in trouble, so more effort goes with no less churn, as if effort "
        "did nothing for anybody."
    ),
    surveys=SurveyPlan(every_days=120),
    additions=(TOUCHES, Firefighting()),
    verdicts=((EFFORT, "not identifiable"),),
)

_ASKED = SurveyPlan(every_days=120)
_CHALLENGED = World(
    name="taken-well",
    story=(
        "Some customers are challenged to change, by lot, and most take it well: they score "
        "higher afterwards and stay longer."
    ),
    n_customers=5000,
    bands=BANDS,
    surveys=_ASKED,
    additions=(Challenges(lifetime_ratio=1.5),),
    verdicts=((CHALLENGE, "reproduced"),),
)

TAKEN_WELL = _CHALLENGED

TAKEN_BADLY = replace(
    _CHALLENGED,
    name="taken-badly",
    story="Some customers are challenged to change, by lot, and most take offence.",
    additions=(Challenges(well=0.3),),
    verdicts=((CHALLENGE, "opposite"),),
)

BOUNCE = replace(
    _CHALLENGED,
    name="bounce",
    story=(
        "Customers are challenged after a low score. Most score no lower the next time, only "
        "because a score that was low by chance rises by itself: the challenge does nothing."
    ),
    additions=(Challenges(scores=(0, 5)),),
    verdicts=((CHALLENGE, "not identifiable"),),
)

WORLDS = (HELPED_LOW, HELPED_ALL, FIREFIGHTING, TAKEN_WELL, TAKEN_BADLY, BOUNCE)
