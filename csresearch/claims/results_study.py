"""C1 on one company: every number the notebook and the finding ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from csresearch.claims.compared import Compared
from csresearch.claims.results_steps import (
    LEADING,
    drift_p_value,
    fair_ratio,
    lag_table,
    landmark_table,
    tenure_table,
    waterfall,
)
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import History
from csresearch.resampling import GROUP
from csresearch.risk_sets import risk_sets
from csresearch.sensitivity import BiasWaterfall, e_value, naive_ratios, no_effect_benchmark
from csresearch.survival.comparisons import LogRank, log_rank
from csresearch.survival.curves import SurvivalCurve, survival_curves

UNSTEADY_P = 0.05


@dataclass(frozen=True)
class Study:
    """The claim on one company: its history, the choices, and every number as it is asked for.

    Parameters
    ----------
    history : History
        Counted by the strata; the change is the first result.
    strata : tuple of str
    plain : EventTable
        The tempting grouping: "with" from day 0 for whoever ever had a result.
    lag_days : float
        How old a result must be in the primary estimate.
    lags_days, landmarks_months : tuple of float
    horizon_months : float
    """

    history: History
    strata: tuple[str, ...]
    plain: EventTable
    lag_days: float = 0.0
    lags_days: tuple[float, ...] = (7, 14, 28, 60, 90)
    landmarks_months: tuple[float, ...] = (3, 6, 12)
    horizon_months: float = 24.0

    REVERSE_LAG_DAYS: ClassVar[float] = 28.0  # claims.md, trap 3: the lag the waterfall shows

    @property
    def clustered(self) -> bool:
        """Whether customers of one parent are taken together."""
        return GROUP in self.history.by

    @cached_property
    def who(self) -> Compared:
        """Who is compared."""
        return Compared.among(self.history, self.strata)

    @cached_property
    def compared(self) -> History:
        """Customers of whom it is known whom they are like; all where too few are."""
        return self.who.of(self.history)

    @cached_property
    def fair_table(self) -> EventTable:
        """Event table of strata × state of those compared."""
        return self.compared.event_table(lag_days=self.lag_days, by=self.strata)

    @cached_property
    def table(self) -> EventTable:
        """Event table of strata × state at the chosen lag."""
        return self.history.event_table(lag_days=self.lag_days, by=self.strata)

    @cached_property
    def curves(self) -> dict[str, SurvivalCurve]:
        """Simon–Makuch curves of both states."""
        return survival_curves(self.table, "state")

    @cached_property
    def fair(self) -> Estimate:
        """The lifetime ratio, results as a time-dependent state."""
        return fair_ratio(self.compared, self.strata, lag_days=self.lag_days)

    @cached_property
    def naive_ratios(self) -> dict[str, Estimate]:
        """The tempting numbers, by name."""
        return naive_ratios(self.plain)

    @cached_property
    def no_effect(self) -> dict[str, Estimate]:
        """What each tempting number would be if results did nothing."""
        return no_effect_benchmark(self.compared.event_table(by=self.strata), self.strata)

    @property
    def naive(self) -> Estimate:
        """The leading tempting number: the inverse hazard ratio of "ever had a result"."""
        return replace(self.naive_ratios[LEADING], role="naive")

    @property
    def benchmark(self) -> Estimate:
        """What the leading tempting number would be if results did nothing."""
        return replace(self.no_effect[LEADING], role="no_effect")

    @cached_property
    def waterfall(self) -> BiasWaterfall:
        """From the tempting number to the fair one, a correction at a time."""
        return waterfall(
            self.history, self.strata, self.naive, lag_days=self.REVERSE_LAG_DAYS, who=self.who
        )

    @cached_property
    def mantel_byar(self) -> LogRank:
        """Could both states have the same churn rate at the same tenure, within strata?"""
        return log_rank(risk_sets(self.fair_table, "state", self.strata))

    @cached_property
    def by_tenure(self) -> pd.DataFrame:
        """The fair ratio by span of tenure."""
        return tenure_table(self.fair_table, self.strata)

    @cached_property
    def drift_p_value(self) -> float | None:
        """P-value of one ratio for all tenures."""
        return drift_p_value(self.fair_table, self.strata)

    @property
    def drifts(self) -> bool:
        """Whether the ratio changes with tenure."""
        return self.drift_p_value is not None and self.drift_p_value < UNSTEADY_P

    @cached_property
    def lags(self) -> pd.DataFrame:
        """The fair ratio by lag."""
        return lag_table(self.compared, self.strata, self.lags_days)

    @cached_property
    def landmarks(self) -> pd.DataFrame:
        """The ratio among those still here at each landmark."""
        return landmark_table(self.compared, self.strata, self.landmarks_months)

    @cached_property
    def e_values(self) -> tuple[Estimate, ...]:
        """How strong an unmeasured cause would have to be."""
        return (e_value(self.fair),) if self.fair.value else ()  # none without a number, or for 0

    @property
    def secondary(self) -> tuple[Estimate, ...]:
        """Further estimates for findings.json."""
        others = [e for name, e in self.naive_ratios.items() if name != LEADING]
        return (*(replace(e, role="naive") for e in others), *self.e_values)

    @property
    def share_moved_by_lag(self) -> float:
        """Share of the log ratio that a 28-day lag takes away."""
        lagged = self.waterfall.steps[-1].value
        if not (lagged and self.fair.value and self.fair.ci_low) or self.fair.ci_low <= 1:
            return 0.0
        return float(1 - np.log(lagged) / np.log(self.fair.value))
