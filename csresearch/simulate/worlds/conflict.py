"""Worlds for C4 and C14: do results please customers, and which of the two do they follow?"""

from __future__ import annotations

from datetime import date

from csresearch.simulate.additions.results_in_scores import ResultsInScores
from csresearch.simulate.world import Band, SurveyPlan, World

OFTEN = SurveyPlan(first_day=60, every_days=90, response=0.7, mean=7.0)
ALIKE = (
    Band("low", 0.45, 0.05, 0.06, low=True),
    Band("middle", 0.35, 0.04, 0.08),
    Band("high", 0.20, 0.03, 0.10),
)


def _verdicts(satisfaction: str, wins: str) -> tuple[tuple[str, str], ...]:
    return (("results-satisfaction", satisfaction), ("which-wins", wins))


RESULTS_WIN = World(
    name="results-win",
    story=(
        "Getting results is hard work and costs half a point of satisfaction, yet results make "
        "customers stay four times longer and satisfaction does nothing: when the two conflict, "
        "results decide."
    ),
    n_customers=5000,
    bands=ALIKE,
    lifetime_ratio=4.0,
    surveys=OFTEN,
    additions=(ResultsInScores(-0.5),),
    verdicts=_verdicts("reproduced", "reproduced"),
)

SATISFACTION_WINS = World(
    name="satisfaction-wins",
    story=(
        "Customers with results are a point and a half happier, and it is their lasting "
        "satisfaction that keeps customers; results do nothing for it."
    ),
    n_customers=5000,
    bands=ALIKE,
    satisfaction_ratio=0.55,
    surveys=OFTEN,
    additions=(ResultsInScores(1.5),),
    verdicts=_verdicts("not reproduced", "opposite"),
)

ONLY_SURVIVORS_ANSWER = World(
    name="only-survivors-answer",
    story=(
        "Results please customers, but both results and satisfaction keep them: who has neither "
        "leaves early and is never asked again. Among those still here the two look unrelated, so "
        "a dashboard says that results do not please, which is false."
    ),
    n_customers=6000,
    bands=(
        Band("low", 0.45, 0.14, 0.08, low=True),
        Band("middle", 0.35, 0.12, 0.10),
        Band("high", 0.20, 0.10, 0.12),
    ),
    lifetime_ratio=8.0,
    satisfaction_ratio=0.35,
    last_start=date(2024, 6, 30),
    surveys=SurveyPlan(first_day=21, every_days=60, response=0.8, mean=7.0),
    additions=(ResultsInScores(0.8),),
    verdicts=_verdicts("not reproduced", "reproduced"),
)

NEITHER_WINS = World(
    name="neither-wins",
    story=(
        "Neither results nor satisfaction do anything. Prepared customers get results and stay "
        "anyway, and who stays has time to get one: the happy without results seem to leave "
        "several times as fast as the unhappy with them."
    ),
    n_customers=6000,
    bands=(
        Band("low", 0.45, 0.09, 0.04, low=True),
        Band("middle", 0.35, 0.05, 0.10),
        Band("high", 0.20, 0.03, 0.20),
    ),
    surveys=OFTEN,
    additions=(ResultsInScores(0.0),),
    verdicts=_verdicts("reproduced", "not reproduced"),
)

WORLDS = (RESULTS_WIN, SATISFACTION_WINS, ONLY_SURVIVORS_ANSWER, NEITHER_WINS)
