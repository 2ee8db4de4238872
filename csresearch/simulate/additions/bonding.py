"""Bonding: some time after the first result a customer turns and leaves more rarely, or never does.

What looks like bonding without anybody changing is there too: a first result that keeps some
customers for good and others not at all, so that the rate after it falls as the others leave.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.simulate.world import Addition, World, stream_of


@dataclass(frozen=True)
class Bonding(Addition):
    """Every customer turns at several days after the first result.

    Parameters
    ----------
    days : tuple of float
        Days after the first result.
    ratio : float
        What the churn hazard is divided by at each of them.
    at_first : float
        What it is divided by on the day of the first result, beside the world's lifetime ratio.
        Below 1 a first result helps less at once, which keeps its average over time.
    """

    days: tuple[float, ...] = (180.0, 240.0, 300.0)
    ratio: float = 1.5
    at_first: float = 1.0

    def turns(
        self, world: World, drawn: pd.DataFrame, seed: int
    ) -> list[tuple[np.ndarray, np.ndarray | float]]:
        """At each of the days the hazard is divided once more."""
        first = drawn["result_day"].to_numpy()
        return [(first, self.at_first), *((first + day, self.ratio) for day in self.days)]

    def truth(self, world: World) -> list[tuple[str, str]]:
        """The churn rate before the first of the days ÷ after the last."""
        days = f"days {self.days[0]:g} to {self.days[-1]:g} after the first result"
        at_once = world.lifetime_ratio * self.at_first
        return [
            ("churn rate without a result ÷ just after the first", f"{at_once:.1f}"),
            (f"churn rate falls over {days} by a factor of", f"{self.falls_by:.1f}"),
        ]

    @property
    def falls_by(self) -> float:
        """By what the hazard is divided once all days have passed."""
        return self.ratio ** len(self.days)


@dataclass(frozen=True)
class MixedResponse(Addition):
    """The first result keeps a share of customers from that day on and does nothing for others.

    Nobody changes later, yet the rate after the first result falls: who was not helped leaves.

    Parameters
    ----------
    share : float
        Share of customers the first result keeps.
    ratio : float
        What their churn hazard is divided by.
    """

    share: float = 0.5
    ratio: float = 8.0

    def turns(
        self, world: World, drawn: pd.DataFrame, seed: int
    ) -> list[tuple[np.ndarray, np.ndarray | float]]:
        """On the day of the first result, for the customers it keeps."""
        helped = stream_of(seed, "mixed response").random(len(drawn)) < self.share
        return [(drawn["result_day"].to_numpy(), np.where(helped, self.ratio, 1.0))]

    def truth(self, world: World) -> list[tuple[str, str]]:
        """Who is kept, from when, and that nothing changes later."""
        return [
            ("share of customers the first result keeps, at once", f"{self.share:.0%}"),
            ("what the churn rate of those is divided by", f"{self.ratio:g}"),
            ("change of anybody's churn rate later on", "none"),
        ]
