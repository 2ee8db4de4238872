"""Dates as a back office writes them: starts on the first of a month, ends on its last day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csresearch.simulate.world import Addition, Cast, World, stream_of


@dataclass(frozen=True)
class Heaped(Addition):
    """A share of starts and of ends is written down by the month. What happens stays as it was.

    An end that would be written down after the data are read keeps its own day.

    Parameters
    ----------
    share : float
        Of starts, and of ends, each drawn on its own.
    """

    share: float = 0.7

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The days of starting, leaving and rating as they stand in the file."""
        lives, rows = cast.lifetimes, np.arange(len(cast.lifetimes))
        start = cast.dates(rows, np.zeros(len(rows)))
        end = cast.dates(rows, lives["exit_day"].where(lives["churned"]).to_numpy())
        chance = stream_of(cast.seed, "heaping").random((2, len(rows)))
        first, last = start - pd.to_timedelta(start.dt.day - 1, unit="D"), end + _MONTH_END
        known = last <= pd.Timestamp(cast.world.observed_until)
        started = start.mask(chance[0] < self.share, first)
        return {
            "started_on": started,
            "ended_on": end.mask((chance[1] < self.share) & known, last),
            "maturity_on": started,
        }

    def truth(self, world: World) -> list[tuple[str, str]]:
        """How many dates are of a month, not of a day."""
        return [("starts dated the first of a month, ends its last day", f"{self.share:.0%} each")]


_MONTH_END = pd.offsets.MonthEnd(0)
