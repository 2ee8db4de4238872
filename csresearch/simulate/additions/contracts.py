"""Contracts with a term: who leaves goes mostly when one ends, and no sooner or later for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csresearch.simulate.world import MONTH_DAYS, Addition, Cast, World, stream_of

BEFORE, AFTER = 5, 10  # days around a renewal within which its leaving happens
YEARS = 8  # so long the churn hazard is concentrated


@dataclass(frozen=True)
class Contracts(Addition):
    """Terms and renewals, with the churn hazard of a term gathered around its end.

    The factor on the hazard is the same for everybody with that term, so that ratios between
    customers stay as the world says.

    Parameters
    ----------
    terms : tuple of (months, share)
        Lengths of the contract term.
    at_renewals : float
        Share of a term's hazard that falls on the days around its end; 0: spread evenly.
    """

    terms: tuple[tuple[int, float], ...] = ((12, 1.0),)
    at_renewals: float = 0.8

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """Draw each customer's term."""
        lengths, shares = (np.array(x, dtype=float) for x in zip(*self.terms, strict=True))
        picked = stream_of(seed, "contracts").random(len(drawn))
        drawn["term_months"] = lengths[np.searchsorted(np.cumsum(shares)[:-1], picked, "right")]
        if self.at_renewals > 0:
            drawn["churn_factor"] *= self._between(drawn)

    def turns(self, world: World, drawn: pd.DataFrame, seed: int) -> list[tuple]:
        """Up before each renewal, down after it."""
        if self.at_renewals == 0:
            return []
        share = (BEFORE + AFTER) / self._term_days(drawn)
        ratio = self._between(drawn) / (self.at_renewals / share)
        found = []
        for k in range(1, int(YEARS * 12 / drawn["term_months"].min()) + 1):
            day = np.floor(k * self._term_days(drawn))
            found += [(day - BEFORE, ratio), (day + AFTER, 1 / ratio)]
        return found

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The term, and the next renewal; for who left, the one closest to leaving."""
        lives = cast.lifetimes
        days, exit_day = self._term_days(lives), lives["exit_day"].to_numpy()
        ahead = np.floor(exit_day / days) + 1
        last = np.maximum(np.floor((exit_day + BEFORE) / days), 1)
        number = np.where(lives["churned"], last, ahead)
        rows = np.arange(len(lives))
        return {
            "term_months": lives["term_months"].to_numpy().astype(int),
            "renews_on": cast.dates(rows, np.floor(number * days)),
        }

    def truth(self, world: World) -> list[tuple[str, str]]:
        """How much of leaving happens at renewals."""
        lengths = ", ".join(f"{months}" for months, _ in self.terms)
        return [
            ("months of a contract term", lengths),
            ("share of a term's churn hazard around its end", f"{self.at_renewals:.0%}"),
        ]

    def _between(self, lives: pd.DataFrame) -> np.ndarray:
        """Factor on the hazard between renewals."""
        return (1 - self.at_renewals) / (1 - (BEFORE + AFTER) / self._term_days(lives))

    @staticmethod
    def _term_days(lives: pd.DataFrame) -> np.ndarray:
        return lives["term_months"].to_numpy() * MONTH_DAYS
