"""What customers came for: expected results, and what expecting another one does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csresearch.simulate.world import Addition, Cast, World, stream_of

OUTSIDE = "expects another result"


@dataclass(frozen=True)
class Expectations(Addition):
    """Each customer expects one result from the start.

    Parameters
    ----------
    inside : tuple of str
        The key results, each expected equally often.
    outside : tuple of str
        What the others expect.
    share_outside : float
        Share of customers who expect something else.
    churn_ratio : float
        Churn hazard of those ÷ of the rest, all else equal. 1: nothing.
    by_band : tuple of (band, share)
        Share outside in a band, where that differs: expecting something else then goes with
        how prepared a customer is, and seems to do what that does.
    unique : float
        Share of those outside who expect what nobody else does.
    not_recorded : float
        Share of customers whose expectation was not written down.
    declared : bool
        Whether company.yml names the key results.
    """

    inside: tuple[str, ...] = ("hours saved",)
    outside: tuple[str, ...] = ("awards won", "team morale")
    share_outside: float = 0.2
    churn_ratio: float = 1.0
    by_band: tuple[tuple[str, float], ...] = ()
    unique: float = 0.05
    not_recorded: float = 0.05
    declared: bool = True

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """Who expects something else, and leaves at another rate for it."""
        known = dict(self.by_band)
        share = [known.get(band.name, self.share_outside) for band in world.bands]
        uniform = stream_of(seed, OUTSIDE).random(len(drawn))
        drawn[OUTSIDE] = uniform < np.array(share)[drawn["band"]]
        drawn["churn_factor"] *= np.where(drawn[OUTSIDE], self.churn_ratio, 1.0)

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The column ``expected_result``."""
        n, outside = len(cast.lifetimes), cast.lifetimes[OUTSIDE].to_numpy()
        pick, alone, unknown = stream_of(cast.seed, "expected result").random((3, n))
        named = np.where(outside, _one_of(self.outside, pick), _one_of(self.inside, pick))
        own = np.array([f"something of our own, {i}" for i in cast.identity], dtype=object)
        named = np.where(outside & (alone < self.unique), own, named)
        return {"expected_result": np.where(unknown < self.not_recorded, None, named)}

    def config(self, world: World) -> dict[str, Any]:
        """The key results, where they are declared."""
        return {"key_results": list(self.inside)} if self.declared else {}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """What expecting something else does."""
        what = "Churn rate of customers who expect another result than the key ones ÷ of the others"
        return [(what, f"{self.churn_ratio:g}")]


def _one_of(names: tuple[str, ...], uniform: np.ndarray) -> np.ndarray:
    """One of the names, each as likely."""
    return np.array(names, dtype=object)[(uniform * len(names)).astype(int)]
