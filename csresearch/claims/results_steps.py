"""The numbers behind C1: each a step from a company's history to a lifetime ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from csresearch.claims.ratios import rate_ratio
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import STATES, History
from csresearch.resampling import GROUP
from csresearch.sensitivity import (
    BiasWaterfall,
    bias_waterfall,
    e_value,
    naive_ratios,
    no_effect_benchmark,
)
from csresearch.survival.curves import SurvivalCurve, survival_curves
from csresearch.survival.rates import split_exposure

LEADING = "inverse hazard ratio"  # of the naive numbers: like the fair one, but for the grouping
SPANS_MONTHS = (3, 6, 12, 24)
FAIR_NAME = "lifetime ratio, with ÷ without results"


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
        return fair_ratio(self.history, self.strata, lag_days=self.lag_days)

    @cached_property
    def naive_ratios(self) -> dict[str, Estimate]:
        """The tempting numbers, by name."""
        return naive_ratios(self.plain)

    @cached_property
    def no_effect(self) -> dict[str, Estimate]:
        """What each tempting number would be if results did nothing."""
        return no_effect_benchmark(self.history.event_table(by=self.strata), self.strata)

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
        return waterfall(self.history, self.strata, self.naive, self.REVERSE_LAG_DAYS)

    @cached_property
    def lags(self) -> pd.DataFrame:
        """The fair ratio by lag."""
        return lag_table(self.history, self.strata, self.lags_days)

    @cached_property
    def landmarks(self) -> pd.DataFrame:
        """The ratio among those still here at each landmark."""
        return landmark_table(self.history, self.strata, self.landmarks_months)

    @cached_property
    def e_values(self) -> tuple[Estimate, ...]:
        """How strong an unmeasured cause would have to be."""
        return (e_value(self.fair),) if self.fair.value is not None else ()

    @property
    def secondary(self) -> tuple[Estimate, ...]:
        """Further estimates for findings.json."""
        others = [e for name, e in self.naive_ratios.items() if name != LEADING]
        return (*(replace(e, role="naive") for e in others), *self.e_values)

    @property
    def share_moved_by_lag(self) -> float:
        """Share of the log ratio that a 28-day lag takes away."""
        lagged = self.waterfall.steps[-1].value
        if not lagged or not self.fair.ci_low or self.fair.ci_low <= 1:
            return 0.0
        return float(1 - np.log(lagged) / np.log(self.fair.value))


def lifetime_ratio(table: EventTable, strata: Sequence[str] = (), *, name: str) -> Estimate:
    """How many times longer do customers with results stay, at the same tenure?

    Churn rate without ÷ with results: the inverse hazard ratio of the state.
    """
    return rate_ratio(table, "state", lambda state: state == "without", name=name, strata=strata)


def fair_ratio(
    history: History, strata: Sequence[str], *, lag_days: float = 0.0, name: str = FAIR_NAME
) -> Estimate:
    """The lifetime ratio with results as a time-dependent state, clustered where parents share."""
    by = (*strata, *(name for name in history.by if name == GROUP))
    return lifetime_ratio(history.event_table(lag_days=lag_days, by=by), strata, name=name)


def naive_ratio(history: History, *, ignore_entry: bool = True) -> Estimate:
    """The tempting number: "ever had a result" against "never", as if known from the start."""
    table = history.ever_table(ignore_entry=ignore_entry, by=())
    ratio = lifetime_ratio(table, name="customers who ever had a result ÷ never")
    return replace(ratio, role="naive")


def waterfall(
    history: History, strata: Sequence[str], plain: Estimate, lag_days: float
) -> BiasWaterfall:
    """From the tempting number to the fair one, one correction at a time.

    Parameters
    ----------
    history : History
    strata : sequence of str
    plain : Estimate
        The tempting number.
    lag_days : float
        How old a result must be in the last step.

    Returns
    -------
    BiasWaterfall
        Steps that change nothing on this company's data (no late entry, no strata) are left out.
    """
    steps = [("plain: ever had a result", plain)]
    before = naive_ratio(history)
    if before.value != plain.value:
        steps.append(("only results before leaving", before))
    if (history.frame["entry"] > 0).any():
        seen = naive_ratio(history, ignore_entry=False)
        steps.append(("only while under observation", seen))
    steps.append(("results count from their day", fair_ratio(history, ())))
    for n in range(1, len(strata) + 1):
        steps.append((f"same {' and '.join(strata[:n])}", fair_ratio(history, strata[:n])))
    lagged = fair_ratio(history, strata, lag_days=lag_days)
    return bias_waterfall([*steps, (f"results {lag_days:.0f} days old", lagged)])


def lag_table(history: History, strata: Sequence[str], lags_days: Sequence[float]) -> pd.DataFrame:
    """How the fair ratio moves when a result must be some days old before it counts.

    Returns
    -------
    DataFrame
        Columns ``lag_days, value, ci_low, ci_high, unadjusted, scale``.
    """
    rows = []
    for lag in (0.0, *lags_days):
        fair = fair_ratio(history, strata, lag_days=lag)
        plain = fair_ratio(history, (), lag_days=lag).value if strata else fair.value
        rows.append((int(lag), fair.value, fair.ci_low, fair.ci_high, plain))
    columns = ["lag_days", "value", "ci_low", "ci_high", "unadjusted"]
    return pd.DataFrame(rows, columns=columns).assign(scale="ratio")


def landmark_table(
    history: History, strata: Sequence[str], landmarks_months: Sequence[float]
) -> pd.DataFrame:
    """Second road: among those still here at a landmark, results by then against none by then.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, n, scale``; landmarks nobody reached in one of
        the groups have no value.
    """
    rows = []
    for months in landmarks_months:
        table = history.landmark_table(months * DAYS_PER_MONTH, by=strata)
        ratio = lifetime_ratio(table, strata, name=f"month {months:g}")
        n = int(table.counts["entrance"].sum())
        rows.append((f"month {months:g}", ratio.value, ratio.ci_low, ratio.ci_high, n))
    columns = ["label", "value", "ci_low", "ci_high", "n"]
    return pd.DataFrame(rows, columns=columns).assign(scale="ratio")


def many_analysts(
    history: History, strata: Sequence[str], lags_days: Sequence[float]
) -> pd.DataFrame:
    """The fair ratio over defensible choices: what is adjusted for, and how old a result must be.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, scale``, sorted by value.
    """
    subsets = [()] + [(one,) for one in strata] + ([tuple(strata)] if len(strata) > 1 else [])
    rows = []
    for subset in subsets:
        for lag in (0.0, *lags_days):
            words = " and ".join(subset) or "nothing"
            one = fair_ratio(history, subset, lag_days=lag)
            label = f"same {words}" if subset else "nothing else held equal"
            age = f", {lag:.0f}-day lag" if lag else ""
            rows.append((label + age, one.value, one.ci_low, one.ci_high))
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high"])
    return table.assign(scale="ratio").sort_values("value", ignore_index=True)


def state_table(table: EventTable) -> pd.DataFrame:
    """Who is at risk, gets a first result and leaves, by tenure: the first look.

    Returns
    -------
    DataFrame
        One row per span of tenure: ``label, first_results``, then churned customers and churn
        per 100 customer-months without and with results.
    """
    table = table.total(["state"])
    lived = split_exposure(table, [months * DAYS_PER_MONTH for months in SPANS_MONTHS])
    spans = pd.cut(table.counts["day"], [-1, *lived["up_to_day"].unique()], labels=False)
    moved = table.counts["moved"].groupby(spans).sum()
    rows = []
    for i, (end, both) in enumerate(lived.groupby("up_to_day")):
        start = both["after_day"].iloc[0] / DAYS_PER_MONTH
        stop = end / DAYS_PER_MONTH
        label = f"{start:.0f}–{stop:.0f}" if np.isfinite(stop) else f"{start:.0f}+"
        row = {"label": f"month {label}", "first_results": int(moved.get(i, 0))}
        for state in STATES:
            here = both[both["state"] == state]
            days, churned = here["exposure"].sum(), int(here["observed"].sum())
            row[f"churned_{state}"] = churned
            rate = 100 * churned / days * DAYS_PER_MONTH if days else np.nan
            row[f"rate_{state}"] = rate
        rows.append(row)
    return pd.DataFrame(rows)
