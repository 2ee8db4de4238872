"""Worlds of the claim that a judgement at kickoff is surprisingly often right."""

from __future__ import annotations

from csresearch.simulate.additions.kickoff import KickoffJudgement
from csresearch.simulate.world import Band, World

CLAIM = "kickoff-judgement"
BANDS = (
    Band("low", 0.40, 0.06, 0.04, low=True),
    Band("middle", 0.35, 0.04, 0.05),
    Band("high", 0.25, 0.03, 0.06),
)

FORESIGHT = World(
    name="foresight",
    story=(
        "Whoever judges a new customer sees signs of what will come that no column shows: eight "
        "of ten are judged right, those who will leave and those who will stay."
    ),
    n_customers=3000,
    bands=BANDS,
    lifetime_ratio=2.0,
    additions=(KickoffJudgement(foresight=1.5),),
    verdicts=((CLAIM, "reproduced"),),
)

HUNCH = World(
    name="hunch",
    story=(
        "Whoever judges a new customer sees something, but not much: six of ten are judged right. "
        "The team spends half the hours on those it has given up."
    ),
    n_customers=3000,
    bands=BANDS,
    lifetime_ratio=2.0,
    additions=(KickoffJudgement(foresight=0.5, effort=1.5, effort_ratio=0.5),),
    verdicts=((CLAIM, "same direction, smaller"),),
)

GUESSWORK = World(
    name="guesswork",
    story=(
        "Judgements at kickoff know nothing. Those who were judged to stay "
        "stay as often as those who were not."
    ),
    n_customers=5000,
    bands=BANDS,
    lifetime_ratio=2.0,
    additions=(KickoffJudgement(foresight=0.0),),
    verdicts=((CLAIM, "not reproduced"),),
)

DISGUISE = World(
    name="maturity-in-disguise",
    story=(
        "Judgements at kickoff repeat the maturity band and know nothing else. They are right, "
        "because maturity decides who leaves, but a list of bands would do as well."
    ),
    n_customers=3000,
    bands=(
        Band("low", 0.40, 0.12, 0.04, low=True),
        Band("middle", 0.35, 0.02, 0.05),
        Band("high", 0.25, 0.01, 0.06),
    ),
    lifetime_ratio=2.0,
    additions=(KickoffJudgement(by_band=(0.3, 0.7, 0.8)),),
    verdicts=((CLAIM, "reproduced"),),
)

HINDSIGHT = World(
    name="hindsight",
    story=(
        "Judgements at kickoff know nothing, but nine of ten are written anew on the day a "
        "customer leaves, or after a year. Looked at today, almost all were right."
    ),
    n_customers=3000,
    bands=BANDS,
    lifetime_ratio=2.0,
    additions=(KickoffJudgement(foresight=0.0, rewritten=0.9),),
    verdicts=((CLAIM, "not identifiable"),),
)

WORLDS = (FORESIGHT, HUNCH, GUESSWORK, DISGUISE, HINDSIGHT)
