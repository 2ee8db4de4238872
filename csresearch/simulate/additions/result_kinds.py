"""Kinds of result that come on days of their own and keep customers each in its own measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csresearch.simulate.draw import KIND_DAY, first_result_days
from csresearch.simulate.world import FOREVER, MONTH_DAYS, Addition, World, stream_of


@dataclass(frozen=True)
class Kind:
    """A kind of result.

    Parameters
    ----------
    name : str
    monthly : float
        Monthly hazard of reaching it, in a band whose results come at the average pace.
    lifetime_ratio : float
        Churn hazard before ÷ after it, on top of what the other kinds do. 1: nothing.
    from_month : float
        Nobody reaches it before.
    of_first : float
        Share of customers whose first result, as the world draws it, is of this kind.
    """

    name: str
    monthly: float = 0.02
    lifetime_ratio: float = 1.0
    from_month: float = 0.0
    of_first: float = 0.0


@dataclass(frozen=True)
class ResultKinds(Addition):
    """Each kind has a clock of its own.

    The clocks run from the start. Where kinds say which share ``of_first`` results they are, the
    world draws first results as without this addition, and the clocks run from them.

    Parameters
    ----------
    kinds : tuple of Kind
        In the order of the world's ``result_kinds``, whose names must be these.
    """

    kinds: tuple[Kind, ...]

    @property
    def named(self) -> tuple[tuple[str, float], ...]:
        """The kinds as a world's ``result_kinds``."""
        return tuple((kind.name, 1 / len(self.kinds)) for kind in self.kinds)

    def kind_days(self, world: World, drawn: pd.DataFrame, seed: int) -> np.ndarray:
        """First day of each kind, (customers, kinds), were nobody ever to leave."""
        n, shares = len(drawn), np.array([kind.of_first for kind in self.kinds])
        since, chosen = drawn["result_from"].to_numpy(), np.full(n, -1)
        if shares.any():
            since = first_result_days(world, drawn, seed)
            chosen = np.searchsorted(
                np.cumsum(shares)[:-1] / shares.sum(),
                stream_of(seed, "kind of the first result").random(n),
                side="right",
            )
        paces = np.array([band.first_result for band in world.bands])
        usual = paces @ [band.share for band in world.bands]
        pace = paces[drawn["band"]] / usual * drawn["result_factor"].to_numpy()
        days = np.empty((n, len(self.kinds)))
        for place, kind in enumerate(self.kinds):
            uniform = stream_of(seed, f"day of {kind.name}").random(n)
            with np.errstate(divide="ignore"):
                waiting = -np.log1p(-uniform) * MONTH_DAYS / (kind.monthly * pace)
            after = np.maximum(since, kind.from_month * MONTH_DAYS)
            later = np.minimum(np.maximum(np.ceil(after + waiting), after + 1.0), FOREVER)
            days[:, place] = np.where(chosen == place, since, later)
        return days

    def turns(self, world: World, drawn: pd.DataFrame, seed: int) -> list[tuple[np.ndarray, float]]:
        """The churn hazard falls at each kind's first day, in that kind's measure."""
        return [
            (drawn[f"{KIND_DAY}{place}"].to_numpy(), kind.lifetime_ratio)
            for place, kind in enumerate(self.kinds)
            if kind.lifetime_ratio != 1.0
        ]

    def truth(self, world: World) -> list[tuple[str, Any]]:
        """What each kind does."""
        return [
            (f"Lifetime ratio of the result '{kind.name}'", f"{kind.lifetime_ratio:g}")
            for kind in self.kinds
        ]
