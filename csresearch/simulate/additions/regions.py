"""Regions: a segment column, and how much a result does in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csresearch.simulate.world import Addition, Cast, World, stream_of


@dataclass(frozen=True)
class Regions(Addition):
    """Customers live in regions, drawn without regard to anything else.

    Parameters
    ----------
    names : tuple of str
    shares : tuple of float
        Of starters, summing to 1; empty: alike.
    ratios : tuple of float
        Lifetime ratio of each region ÷ the world's own; empty: 1 everywhere, and the column
        changes nothing.
    """

    names: tuple[str, ...] = ("east", "north", "south", "west")
    shares: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """Where each customer lives."""
        shares = self.shares or (1 / len(self.names),) * len(self.names)
        uniform = stream_of(seed, "region").random(len(drawn))
        drawn["region"] = np.searchsorted(np.cumsum(shares)[:-1], uniform, side="right")

    def turns(
        self, world: World, drawn: pd.DataFrame, seed: int
    ) -> list[tuple[np.ndarray, np.ndarray | float]]:
        """From the first result on, the region's own ratio."""
        if not self.ratios:
            return []
        own = np.array(self.ratios)[drawn["region"].to_numpy()]
        return [(drawn["result_day"].to_numpy(), own)]

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The region by name."""
        return {"region": np.array(self.names, dtype=object)[cast.lifetimes["region"].to_numpy()]}

    def config(self, world: World) -> dict[str, Any]:
        """The region is a declared segment, after the plan."""
        return {"segments": ["plan", "region"]}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """The lifetime ratio of each region."""
        ratios = self.ratios or (1.0,) * len(self.names)
        return [
            (f"churn rate without ÷ with a result in the {name}", f"{world.lifetime_ratio * own:g}")
            for name, own in zip(self.names, ratios, strict=True)
        ]
