"""Worlds for C13: results decide who stays, satisfaction does, or nothing that can be changed."""

from __future__ import annotations

from csresearch.simulate.additions.contracts import Contracts
from csresearch.simulate.additions.revenue import Revenue
from csresearch.simulate.world import Band, SurveyPlan, World

OFTEN = SurveyPlan(first_day=60, every_days=120, mean=6.5)
MONEY = Revenue(by_band=(1.0, 1.5, 2.5))
DESCRIBED = (("priorities", "descriptive"),)

RESULTS_DECIDE = World(
    name="results-decide",
    story=(
        "Results make customers stay four times longer, most of all worth having where customers "
        "are unprepared; satisfaction does nothing. Customers have yearly contracts and leave "
        "mostly when one ends."
    ),
    n_customers=4000,
    bands=(
        Band("low", 0.45, 0.07, 0.03, low=True),
        Band("middle", 0.35, 0.025, 0.05),
        Band("high", 0.20, 0.012, 0.08),
    ),
    lifetime_ratio=4.0,
    surveys=OFTEN,
    additions=(Contracts(), MONEY),
    verdicts=DESCRIBED,
)

SATISFACTION_DECIDES = World(
    name="satisfaction-decides",
    story=(
        "Satisfaction keeps customers and results do nothing: putting results first would keep "
        "nobody."
    ),
    n_customers=4000,
    bands=(
        Band("low", 0.45, 0.04, 0.05, low=True),
        Band("middle", 0.35, 0.04, 0.06),
        Band("high", 0.20, 0.04, 0.07),
    ),
    satisfaction_ratio=0.5,
    surveys=OFTEN,
    additions=(MONEY,),
    verdicts=DESCRIBED,
)

NOTHING_DECIDES = World(
    name="nothing-decides",
    story=(
        "Neither results nor satisfaction keep anybody, but prepared customers get results and "
        "stay: a plain table says that results should come first, which would keep nobody."
    ),
    n_customers=4000,
    bands=(
        Band("low", 0.45, 0.07, 0.01, low=True),
        Band("middle", 0.35, 0.03, 0.05),
        Band("high", 0.20, 0.012, 0.12),
    ),
    surveys=OFTEN,
    additions=(Contracts(((12, 0.6), (6, 0.4))), MONEY),
    verdicts=DESCRIBED,
)

WORLDS = (RESULTS_DECIDE, SATISFACTION_DECIDES, NOTHING_DECIDES)
