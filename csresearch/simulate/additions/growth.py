"""Revenue after the start: on each anniversary a customer pays more or less than before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.simulate.world import MONTH_DAYS, Addition, Cast, World, stream_of

YEARS = 5  # longer than any customer is observed


@dataclass(frozen=True)
class Growth(Addition):
    """Changes of recurring revenue, from yearly talks; needs `Revenue`.

    Parameters
    ----------
    with_result, without : float
        Factor on the revenue on an anniversary, for customers who had a result by then and for
        the others.
    spread : float
        Standard deviation of the factor's logarithm.
    """

    with_result: float = 1.12
    without: float = 0.97
    spread: float = 0.1

    def tables(self, cast: Cast) -> dict[str, pd.DataFrame]:
        """The table revenues: a row per customer and anniversary it stays beyond."""
        lives = cast.lifetimes
        days = np.floor(np.arange(1, YEARS + 1) * 12 * MONTH_DAYS)
        luck = stream_of(cast.seed, "growth").normal(0.0, self.spread, (len(lives), YEARS))
        reached = lives["result_day"].to_numpy()[:, None] <= days
        factor = np.where(reached, self.with_result, self.without) * np.exp(luck)
        pays = np.rint(lives["revenue"].to_numpy()[:, None] * np.cumprod(factor, axis=1))
        row, year = np.nonzero(days < lives["exit_day"].to_numpy()[:, None])
        frame = pd.DataFrame(
            {
                "customer_id": cast.ids(row),
                "changed_on": cast.dates(row, days[year]),
                "recurring_revenue": pays[row, year].astype(int),
            }
        )
        return {"revenues": frame}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """How revenue changes."""
        return [
            ("factor on revenue a year, with a result", f"{self.with_result:g}"),
            ("factor on revenue a year, without", f"{self.without:g}"),
        ]
