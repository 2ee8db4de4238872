"""The reasons customers give for leaving: sometimes the condition they left in, mostly anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from csresearch.simulate.world import Addition, Cast, World, stream_of


@dataclass(frozen=True)
class ChurnReasons(Addition):
    """Some of those who leave give a reason; it has no hand in whether they leave.

    Parameters
    ----------
    given : float
        Share of churned customers who give one.
    honest : float
        Share of these who name what they lacked: not ready (a low band without a result), no
        value seen (without a result). The others name any reason, each as likely.
    reasons : tuple of str
        What can be named.
    """

    given: float = 0.8
    honest: float = 0.4
    reasons: tuple[str, ...] = ("price", "missing feature", "champion left", "no value seen")

    def columns(self, cast: Cast) -> dict[str, Any]:
        """The column ``churn_reason``."""
        lives = cast.lifetimes
        says, honest, pick = stream_of(cast.seed, "churn reason").random((3, len(lives)))
        named = np.array(self.reasons, dtype=object)[(pick * len(self.reasons)).astype(int)]
        low = np.array([band.low for band in cast.world.bands])[lives["band"]]
        lacking = lives["result_day"].isna().to_numpy()
        own = np.where(low, "not ready", "no value seen").astype(object)
        named = np.where((honest < self.honest) & lacking, own, named)
        told = lives["churned"].to_numpy() & (says < self.given)
        return {"churn_reason": np.where(told, named, None)}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """How many reasons mean what they say."""
        return [("share of reasons given that name what the customer lacked", f"{self.honest:.0%}")]
