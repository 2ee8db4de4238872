"""Challenges: who is challenged to change, and how they take it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.simulate.additions.efforts import effort_rows
from csresearch.simulate.draw import draw_surveys
from csresearch.simulate.world import FOREVER, Addition, Cast, World, stream_of

CHALLENGE_DAY, TAKES_IT_WELL = "challenge_day", "takes_it_well"


@dataclass(frozen=True)
class Challenges(Addition):
    """Some customers are sincerely challenged to change, once.

    Parameters
    ----------
    share : float
        Chance to be challenged at all; with ``scores``, after an answer within them.
    first_day, last_day : int
        By lot, on an even day of tenure between them.
    scores : (int, int), optional
        Instead: two weeks after the first answer within these scores. Then it changes nothing.
    well : float
        Share of customers who take it well.
    gain, loss : float
        Points their later answers rise, and those of the others fall.
    lifetime_ratio : float
        Churn hazard before ÷ after the challenge, for those who take it well.
    """

    share: float = 0.4
    first_day: int = 60
    last_day: int = 480
    scores: tuple[int, int] | None = None
    well: float = 0.8
    gain: float = 1.5
    loss: float = 2.0
    lifetime_ratio: float = 1.0

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """The day of the challenge, by lot, and how it would be taken."""
        lot, when, mood = stream_of(seed, "challenge").random((3, len(drawn)))
        day = np.floor(self.first_day + when * (self.last_day - self.first_day))
        by_lot = self.scores is None
        drawn[CHALLENGE_DAY] = np.where((lot < self.share) & by_lot, day, FOREVER)
        drawn[TAKES_IT_WELL] = mood < self.well

    def turns(
        self, world: World, drawn: pd.DataFrame, seed: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Who takes it well stays longer."""
        ratio = np.where(drawn[TAKES_IT_WELL], self.lifetime_ratio, 1.0)
        return [(drawn[CHALLENGE_DAY].to_numpy(), ratio)]

    def score_points(
        self, world: World, lifetimes: pd.DataFrame, asked: pd.DataFrame
    ) -> np.ndarray:
        """Later answers rise or fall."""
        row = asked["row"].to_numpy()
        after = asked["survey_day"].to_numpy() > lifetimes[CHALLENGE_DAY].to_numpy()[row]
        well = lifetimes[TAKES_IT_WELL].to_numpy()[row]
        return np.where(after, np.where(well, self.gain, -self.loss), 0.0)

    def tables(self, cast: Cast) -> dict[str, pd.DataFrame]:
        """One effort of the kind "challenge" each."""
        day = self._days(cast)
        row = np.flatnonzero(day < cast.lifetimes["active_until"].to_numpy())
        about = {"hours": 1.0, "kind": "challenge", "initiated_by": "team"}
        return {"efforts": effort_rows(cast, (row, day[row]), **about)}

    def _days(self, cast: Cast) -> np.ndarray:
        """The day each customer is challenged."""
        if self.scores is None:
            return cast.lifetimes[CHALLENGE_DAY].to_numpy()
        asked = draw_surveys(cast.world, cast.lifetimes, cast.seed)
        first = asked[asked["score"].between(*self.scores)].drop_duplicates("row")
        lot = stream_of(cast.seed, "challenge by score").random(len(first)) < self.share
        day = np.full(len(cast.lifetimes), FOREVER)
        day[first["row"][lot]] = first["survey_day"][lot] + 14
        return day

    def truth(self, world: World) -> list[tuple[str, str]]:
        """What a challenge does."""
        if self.scores is not None:
            low, high = self.scores
            who = f"a share of {self.share:.0%} of those who scored {low} to {high}"
            return [("who is challenged", who), ("what a challenge changes", "nothing")]
        told = f"+{self.gain:g} points for {self.well:.0%}, −{self.loss:g} for the others"
        return [("who is challenged", f"{self.share:.0%}, by lot"), ("later answers", told)]
