"""Maturity rated when it is known how things went: who left was low, who stayed was high."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from csresearch.simulate.world import Addition, Cast, World, stream_of

A_QUARTER, A_YEAR = 91, 365


@dataclass(frozen=True)
class RatedAfterwards(Addition):
    """A share of customers is rated anew, on the day of leaving or after a year.

    Who leaves in the first quarter keeps the first rating.

    Parameters
    ----------
    share : float
    """

    share: float = 0.9

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The band as it stands in the file, and the day it was recorded."""
        lives, bands = cast.lifetimes, cast.world.bands
        names = np.array([band.name for band in bands], dtype=object)
        low = next(band.name for band in bands if band.low)
        left = lives["churned"].to_numpy()
        seen = lives["exit_day"].to_numpy() > np.where(left, A_QUARTER, A_YEAR)
        anew = seen & (stream_of(cast.seed, "rated afterwards").random(len(lives)) < self.share)
        after = np.where(left, low, names[-1])
        day = np.where(left, lives["exit_day"], A_YEAR) * anew
        return {
            "maturity": np.where(anew, after, names[lives["band"]]),
            "maturity_on": cast.dates(np.arange(len(lives)), day),
        }

    def truth(self, world: World) -> list[tuple[str, str]]:
        """How many are rated afterwards."""
        return [
            ("maturity rated on leaving (as low) or after a year (as high)", f"{self.share:.0%}")
        ]
