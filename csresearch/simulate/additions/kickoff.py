"""A judgement at kickoff of who will make it: what it knows, and when it was written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtr, ndtri

from csresearch.simulate.world import MONTH_DAYS, Addition, Cast, World, stream_of

HALF_TENTH = 0.55  # a chance is told in tenths: from here on it is more than a half


@dataclass(frozen=True)
class KickoffJudgement(Addition):
    """Somebody judges each customer in the first days, and it changes nothing.

    The judge sees a sign of whether the customer will have left by the horizon, normal with
    standard deviation 1 and its mean half of ``foresight`` above or below zero, or sees the
    maturity band alone. So no hazard depends on it, and results and churn stay as they are.

    Parameters
    ----------
    foresight : float
        Distance between the signs of those who stay and those who fail; 0 knows nothing.
    by_band : tuple of float
        Chance told of each maturity band instead, in the order of the world's bands; the judge
        adds only noise of a tenth. Empty: no.
    horizon_months : float
        By when failing is meant.
    judged_by_day : int
        Judgements fall evenly on the days 0 to this one.
    rewritten : float
        Share of the judgements that somebody replaced later by how it went, on the day of leaving
        or a year after the start.
    effort : float
        Hours a month spent on each customer; 0: no table of efforts.
    effort_ratio : float
        Hours on those judged not to make it ÷ hours on the others.
    """

    foresight: float = 1.5
    by_band: tuple[float, ...] = ()
    horizon_months: float = 12.0
    judged_by_day: int = 20
    rewritten: float = 0.0
    effort: float = 0.0
    effort_ratio: float = 1.0

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """The day of the judgement and what chance alone has a part in."""
        sign, day, again = stream_of(seed, "kickoff judgement").random((3, len(drawn)))
        drawn["judged_day"] = np.floor(day * (self.judged_by_day + 1))
        drawn["judgement_noise"] = ndtri(sign)
        drawn["judgement_rewritten"] = again < self.rewritten

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The chance told and the day it was written."""
        lives, world = cast.lifetimes, cast.world
        told = np.round(self._chance(world, lives), 1)
        day, end = lives["judged_day"].to_numpy(), lives["exit_day"].to_numpy()
        gone = day >= end
        left = lives["churned"].to_numpy()
        again = lives["judgement_rewritten"].to_numpy() & ~gone & (left | (end > 12 * MONTH_DAYS))
        told = np.where(again, np.where(left, 0.1, 0.9), told)
        day = np.where(again, np.where(left, end, np.ceil(12 * MONTH_DAYS)), day)
        rows = np.arange(len(lives))
        return {
            "kickoff_judgement": pd.Series(told).where(~gone),
            "kickoff_judged_on": cast.dates(rows, np.where(gone, np.nan, day)),
        }

    def tables(self, cast: Cast) -> dict[str, pd.DataFrame]:
        """Efforts once a month, where there are any."""
        if not self.effort:
            return {}
        lives = cast.lifetimes
        until = lives["active_until"].to_numpy()
        times = np.maximum(np.ceil(until / 30) - 1, 0).astype(int)
        row = np.repeat(np.arange(len(lives)), times)
        day = 30 * (1 + np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times))
        low = np.round(self._chance(cast.world, lives), 1)[row] < 0.5
        spread = stream_of(cast.seed, "kickoff effort").random(len(row))
        hours = self.effort * np.where(low, self.effort_ratio, 1.0) * 2 * spread
        frame = {"customer_id": cast.ids(row), "spent_on": cast.dates(row, day)}
        frame |= {"hours": np.round(hours, 2), "kind": "meeting", "initiated_by": "team"}
        return {"efforts": pd.DataFrame(frame)}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """Balanced accuracy, of the judgements that say either way."""
        if self.by_band:
            return [("the judgement at kickoff knows", "the maturity band, nothing else")]
        return [
            (
                f"balanced accuracy of the judgement at kickoff, by {self.horizon_months:g} months",
                f"{self.balanced_accuracy:.2f}",
            )
        ]

    @property
    def balanced_accuracy(self) -> float:
        """Share judged right among those who fail, which is that among those who stay.

        Of signs beyond ± c, where a chance is told as six tenths or four: Φ(d/2 − c) are right
        and Φ(−d/2 − c) wrong.
        """
        if self.foresight == 0:
            return 0.5
        c, half = float(logit(HALF_TENTH)) / self.foresight, self.foresight / 2
        right, wrong = ndtr(half - c), ndtr(-half - c)
        return float(right / (right + wrong))

    def _chance(self, world: World, lives: pd.DataFrame) -> np.ndarray:
        """The chance to stay that is told, before rounding to tenths."""
        noise = lives["judgement_noise"].to_numpy()
        if self.by_band:
            return np.clip(np.array(self.by_band)[lives["band"]] + 0.1 * noise, 0.0, 1.0)
        gone = lives["decision_day"] + world.notice_days <= self.horizon_months * MONTH_DAYS
        sign = np.where(gone, -0.5, 0.5) * self.foresight + noise
        return expit((self.foresight or 1.0) * sign)
