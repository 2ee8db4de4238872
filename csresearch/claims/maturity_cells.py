"""Who left by when in each cell of segment and band: the counts behind every analysis of C3."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.concentration import BandChurn, churn_by_horizon, supported_horizon
from csresearch.events import COUNTS, EventTable
from csresearch.history import TICKS_A_DAY
from csresearch.multiverse import Episodes

BINS_MONTHS = (3, 6, 12, 24)  # of the Poisson model


@dataclass(frozen=True, eq=False)
class CellCounts:
    """Counts by cell and day, and what follows from them.

    Parameters
    ----------
    table : EventTable
        By ``cell``, a number.
    cells : tuple of dict of str to float array
        For each cell its ``day, observed, at_risk, exposure``.
    """

    table: EventTable
    cells: tuple[dict[str, np.ndarray], ...]

    @classmethod
    def of(cls, lives: Episodes, cell: np.ndarray, n_cells: int) -> CellCounts:
        """Count lives by the cell of their stratum."""
        lives = lives.taken(lives.entry < lives.exit)
        left, zero = lives.n * lives.churned, np.zeros(len(lives.n))
        ends = ((lives.entry, lives.n, zero, zero), (lives.exit, zero, left, lives.n - left))
        day, *counts = (np.concatenate(pair) for pair in zip(*ends, strict=True))
        columns = dict(zip(COUNTS, (*counts, np.zeros(len(day))), strict=True))
        where = {"cell": np.tile(cell[lives.stratum], 2), "day": day / TICKS_A_DAY}
        table = EventTable.from_counts(pd.DataFrame(where | columns), ["cell"])
        frame = table.at_risk()
        names = ("day", "observed", "at_risk", "exposure")
        rows = [frame["cell"].to_numpy() == number for number in range(n_cells)]
        arrays = {name: frame[name].to_numpy(float) for name in names}
        return cls(table, tuple({name: arrays[name][own] for name in names} for own in rows))

    @cached_property
    def reach(self) -> float | None:
        """Until which day enough are at risk in every cell."""
        return supported_horizon(self.table, "cell")

    def churn(self, window: tuple[float, float], longest_days: float) -> BandChurn | None:
        """Starters and chance of leaving within a window; None where too few are at risk."""
        start, end = window
        if self.reach is None or not start < end <= min(self.reach, longest_days):
            return None
        cells = range(len(self.cells))
        return churn_by_horizon(self.table, "cell", cells, start_day=start, horizon_days=end)

    def by_hazard(self, churn: BandChurn, *, steady: bool) -> BandChurn:
        """The chances of leaving from cumulative hazards instead of Kaplan and Meier's product.

        Parameters
        ----------
        churn : BandChurn
        steady : bool
            One rate in each span of tenure (Poisson) instead of Nelson and Aalen's steps.
        """
        hazard = _piecewise if steady else _nelson_aalen
        window = (churn.start_day, churn.horizon_days)
        total, variance = np.array([hazard(one, window) for one in self.cells]).T
        stay = np.exp(-total)
        return replace(
            churn, failed=1 - stay, var_failed=stay**2 * variance, covariance=np.zeros(len(stay))
        )


def _nelson_aalen(cell: dict[str, np.ndarray], window: tuple[float, float]) -> tuple[float, float]:
    """Cumulative hazard within a window, and its variance."""
    day, events = cell["day"], cell["observed"]
    inside = (day > window[0]) & (day <= window[1]) & (events > 0)
    events, at_risk = events[inside], cell["at_risk"][inside]
    return float((events / at_risk).sum()), float((events / at_risk**2).sum())


def _piecewise(cell: dict[str, np.ndarray], window: tuple[float, float]) -> tuple[float, float]:
    """The same with one rate in each span of tenure."""
    cuts = [months * DAYS_PER_MONTH for months in BINS_MONTHS]
    edges = np.array([window[0], *(cut for cut in cuts if window[0] < cut < window[1]), window[1]])
    day = cell["day"]
    lived = np.diff(np.interp(edges, day, np.cumsum(cell["exposure"])))
    counted = np.concatenate([[0.0], np.cumsum(cell["observed"])])
    events = np.diff(counted[np.searchsorted(day, edges, side="right")])
    share = np.divide(np.diff(edges), lived, out=np.zeros(len(lived)), where=lived > 0)
    return float(events @ share), float(events @ share**2)
