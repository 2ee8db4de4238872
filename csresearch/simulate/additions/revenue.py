"""Recurring revenue: uneven, and where the world says so, larger customers stay longer or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from csresearch.simulate.world import Addition, Cast, World, stream_of


@dataclass(frozen=True)
class Revenue(Addition):
    """What each customer pays at the start.

    Parameters
    ----------
    typical : float
        Median revenue of the lowest band.
    spread : float
        Standard deviation of its logarithm.
    by_band : tuple of float
        Factor on the median, one for each band of the world; empty: the same for all.
    churn_ratio : float
        Factor on the churn hazard per standard deviation of log revenue. 1: nothing.
    """

    typical: float = 10_000.0
    spread: float = 0.9
    by_band: tuple[float, ...] = ()
    churn_ratio: float = 1.0

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """Draw how far each customer's revenue is from the typical one."""
        size = ndtri(stream_of(seed, "revenue").random(len(drawn)))
        factor = np.array(self.by_band or (1.0,) * len(world.bands))[drawn["band"]]
        drawn["revenue"] = np.rint(self.typical * factor * np.exp(self.spread * size))
        drawn["churn_factor"] *= self.churn_ratio**size

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The revenue at the start."""
        return {"recurring_revenue": cast.lifetimes["revenue"].to_numpy().astype(int)}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """Whether larger customers leave sooner."""
        return [("churn-rate factor per SD of log revenue", f"{self.churn_ratio:g}")]
