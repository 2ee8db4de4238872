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
from csresearch.simulate.world import Addition, Band, Cast, Plan, SurveyPlan, World
from csresearch.simulate.worlds import BUNDLED, WORLDS
from csresearch.simulate.worlds.bundled import MIRAGE, SMALLCO, STEADFAST

__all__ = [
    "BUNDLED",
    "MIRAGE",
    "SEED",
    "SMALLCO",
    "STEADFAST",
    "WORLDS",
    "Addition",
    "Band",
    "Cast",
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
