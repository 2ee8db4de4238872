"""Customers who follow the standard process, and those who insist on their own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csresearch.simulate.world import Addition, Cast, World, stream_of

OWN = "own way"


@dataclass(frozen=True)
class Process(Addition):
    """Who goes their own way, and what that does.

    Parameters
    ----------
    own_by_band : tuple of float
        Share of each band that goes its own way, the lowest band first; the last one holds for
        further bands.
    results_ratio : float
        Rate of first results, own way ÷ standard. 1: nothing.
    churn_ratio : float
        Churn rate before any result, own way ÷ standard. 1: nothing but what results do.
    """

    own_by_band: tuple[float, ...] = (0.3,)
    results_ratio: float = 1.0
    churn_ratio: float = 1.0

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """Draw who goes their own way, and change their rates."""
        last = len(self.own_by_band) - 1
        share = np.array(self.own_by_band)[np.minimum(drawn["band"].to_numpy(), last)]
        own = stream_of(seed, "process").random(len(drawn)) < share
        drawn[OWN] = own
        drawn["result_factor"] *= np.where(own, self.results_ratio, 1.0)
        drawn["churn_factor"] *= np.where(own, self.churn_ratio, 1.0)

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The column process of the customers."""
        return {"process": np.where(cast.lifetimes[OWN], "own", "standard")}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """The two ratios."""
        return [
            ("rate of first results, own way ÷ standard", f"{self.results_ratio:g}"),
            ("churn rate at the same state, own way ÷ standard", f"{self.churn_ratio:g}"),
        ]
