"""Results that show in the scores, and what is then true when satisfaction and results conflict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtr

from csresearch.simulate.world import Addition, SurveyPlan, World

HAPPY_FROM = 7  # on 0 to 10: two thirds up, as the claims read it


@dataclass(frozen=True)
class ResultsInScores(Addition):
    """Customers score so many points higher once they have a result, lower if negative.

    Nothing but the answers changes: neither when results are reached nor who leaves.

    Parameters
    ----------
    points : float
        Added to the score from the day after the first result on, before rounding.
    """

    points: float = 0.0

    def score_points(
        self, world: World, lifetimes: pd.DataFrame, asked: pd.DataFrame
    ) -> np.ndarray | float:
        """Points for who had a result before the day of the invitation."""
        first = lifetimes["result_day"].to_numpy()[asked["row"]]
        return self.points * (first < asked["survey_day"].to_numpy())

    def truth(self, world: World) -> list[tuple[str, str]]:
        """The association of results and score, and the conflict, before anybody leaves."""
        return [
            (
                "Somers' D of score by result, customers alike at the start",
                f"{true_association(world.surveys, self.points):.2f}",
            ),
            (
                f"churn rate happy (score {HAPPY_FROM} or more) without results ÷ unhappy with "
                "them, before anybody leaves",
                f"{true_conflict_ratio(world, self.points):.2f}",
            ),
        ]


def score_chances(plan: SurveyPlan) -> np.ndarray:
    """How likely is each score from 0 to 10?"""
    upto = ndtr((np.arange(10) + 0.5 - plan.mean) / plan.spread)
    return np.diff(np.concatenate([[0.0], upto, [1.0]]))


def true_association(plan: SurveyPlan, points: float) -> float:
    """Somers' D among different scores of customers alike but for a result, exactly."""
    without = score_chances(plan)
    with_result = score_chances(replace(plan, mean=plan.mean + points))
    below = np.cumsum(without) - without
    above = 1 - np.cumsum(without)
    higher, lower = with_result @ below, with_result @ above
    return float((higher - lower) / (higher + lower))


def true_conflict_ratio(world: World, points: float) -> float:
    """Churn rate of the happy without results ÷ the unhappy with them, before anybody leaves.

    A score is a noisy reading of the lasting satisfaction, which alone acts on churn.
    """
    plan, slope = world.surveys, np.log(world.satisfaction_ratio)
    tilt = slope * np.sqrt(plan.reliability)
    cut = (HAPPY_FROM - 0.5 - plan.mean) / plan.spread
    cut_with = cut - points / plan.spread
    happy = ndtr(tilt - cut) / ndtr(-cut)
    unhappy = ndtr(cut_with - tilt) / ndtr(cut_with)
    return float(world.lifetime_ratio * happy / unhappy)
