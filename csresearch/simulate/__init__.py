"""Companies whose truth is known: simulated worlds, fooling ones among them."""

from csresearch.simulate.draw import (
    draw_lifetimes,
    draw_results,
    draw_surveys,
    draw_truth,
    true_share_of_churn,
)
from csresearch.simulate.folder import SEED, write_company
from csresearch.simulate.frames import Simulated, simulate
from csresearch.simulate.worlds import (
    MIRAGE,
    SMALLCO,
    STEADFAST,
    WORLDS,
    Band,
    Plan,
    SurveyPlan,
    World,
)

__all__ = [
    "MIRAGE",
    "SEED",
    "SMALLCO",
    "STEADFAST",
    "WORLDS",
    "Band",
    "Plan",
    "Simulated",
    "SurveyPlan",
    "World",
    "draw_lifetimes",
    "draw_results",
    "draw_surveys",
    "draw_truth",
    "simulate",
    "true_share_of_churn",
    "write_company",
]
