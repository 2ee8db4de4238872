"""The numbers behind C14: churn where satisfaction and results conflict, from one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.claims.quadrants import (
    HAPPY_FAILING,
    NOT_ASKED,
    QUADRANTS,
    STATE,
    STATES,
    UNHAPPY_SUCCEEDING,
)
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.resampling import GROUP, group_numbers
from csresearch.risk_sets import RiskSets, risk_sets
from csresearch.survival.contrasts import hazard_contrast
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.designs import level_design
from csresearch.survival.intervals import Interval
from csresearch.survival.jackknife import jackknife_interval
from csresearch.survival.rates import event_rates

CONFLICT_NAME = "churn rate, happy without results ÷ unhappy with results"
RESULTS_NAME = "churn rate without ÷ with results, same satisfaction"
SATISFACTION_NAME = "churn rate unhappy ÷ happy, same results"
FOR_RESULTS, FOR_SATISFACTION = range(2)  # columns of the model in which both act
Contrast = Callable[[EventTable, Sequence[str]], Interval]


@dataclass(frozen=True)
class Wins:
    """The conflict and the two sides of it, from one table.

    Parameters
    ----------
    conflict : Estimate
        Churn rate of the happy without results ÷ that of the unhappy with results.
    results, satisfaction : Estimate
        Churn rate without ÷ with results and unhappy ÷ happy, each adjusted for the other.
    """

    conflict: Estimate
    results: Estimate
    satisfaction: Estimate


def wins(table: EventTable, strata: Sequence[str] = ()) -> Wins:
    """Which do the churn rates follow, at the same tenure and in the same strata?

    Parameters
    ----------
    table : EventTable
        By the strata, ``cluster_group`` where customers go together, and ``state``.
    strata : sequence of str
    """
    return Wins(
        conflict_ratio(table, strata),
        _estimate(RESULTS_NAME, table, strata, _for_results),
        _estimate(SATISFACTION_NAME, table, strata, _for_satisfaction),
    )


def conflict_ratio(
    table: EventTable, strata: Sequence[str] = (), *, name: str = CONFLICT_NAME
) -> Estimate:
    """Churn rate of the happy without results ÷ the unhappy with results.

    One Cox model with a rate for each of the six states, at the same tenure within strata; no
    value where one of the two was never seen or no one left.
    """
    return _estimate(name, table, strata, _conflict)


def _estimate(name: str, table: EventTable, strata: Sequence[str], contrast: Contrast) -> Estimate:
    """A ratio with its interval, by the jackknife where customers go together."""
    found = contrast(table, strata)
    if GROUP in table.by and found.std_error is not None:
        number = group_numbers(table.counts[GROUP].to_numpy())
        without = [
            contrast(_kept(table, number != g), strata).value or np.nan for g in np.unique(number)
        ]
        if len(without) > 1:
            found = jackknife_interval(found.value, without, scale="ratio")
    return Estimate(
        name, found.value, found.ci_low, found.ci_high, std_error=found.std_error, null=1.0
    )


def _kept(table: EventTable, rows: np.ndarray) -> EventTable:
    """Only some rows of the counts."""
    return EventTable(table.counts[rows].reset_index(drop=True), table.by)


def _conflict(table: EventTable, strata: Sequence[str]) -> Interval:
    """The contrast of two of the six states."""
    risk = risk_sets(table, STATE, strata)
    if not {HAPPY_FAILING, UNHAPPY_SUCCEEDING} <= _saw_churn(risk):
        return Interval(None)
    design = level_design(risk.levels, names=[STATE], reference=[UNHAPPY_SUCCEEDING])
    others = [one for one in risk.levels if one != UNHAPPY_SUCCEEDING]
    fit = cox_partial_likelihood(risk, design)
    return hazard_contrast(fit, [float(one == HAPPY_FAILING) for one in others])


def _saw_churn(risk: RiskSets) -> set[str]:
    """The states in which someone left: only they have a rate that a ratio can be made of."""
    left = risk.observed.sum(axis=0) > 0
    return {state for state, some in zip(risk.levels, left, strict=True) if some}


def _for_results(table: EventTable, strata: Sequence[str]) -> Interval:
    """Without ÷ with results at the same satisfaction."""
    return _side(table, strata, FOR_RESULTS)


def _for_satisfaction(table: EventTable, strata: Sequence[str]) -> Interval:
    """Unhappy ÷ happy at the same results."""
    return _side(table, strata, FOR_SATISFACTION)


def _side(table: EventTable, strata: Sequence[str], column: int) -> Interval:
    """One coefficient of the model in which both act, each whatever the other is."""
    risk = risk_sets(table, STATE, strata)
    saw = _saw_churn(risk)
    sides = (
        (
            {one for one in saw if one.endswith(", no results")},
            {one for one in saw if one.endswith(", results")},
        ),
        (
            {one for one in saw if one.startswith("unhappy")},
            {one for one in saw if one.startswith("happy")},
        ),
    )
    if not all(sides[column]):
        return Interval(None)
    design = [
        [
            float(state.endswith(", no results")),
            float(state.startswith("unhappy")),
            float(state.startswith(NOT_ASKED)),
        ]
        for state in risk.levels
    ]
    return hazard_contrast(cox_partial_likelihood(risk, np.array(design)), np.eye(3)[column])


def state_rates(table: EventTable, days_a_month: float) -> pd.DataFrame:
    """Time, churn and rate a month in each state, all tenures together.

    Returns
    -------
    DataFrame
        Columns ``label, customer_months, churned, value, ci_low, ci_high, scale``; states nobody
        was in are left out.
    """
    rates = event_rates(table.total((STATE,)), (STATE,)).set_index(STATE)
    rates = rates.reindex([one for one in STATES if one in rates.index])
    table = pd.DataFrame(
        {
            "label": rates.index,
            "customer_months": (rates["exposure"] / days_a_month).round().astype(int),
            "churned": rates["observed"].astype(int),
            "value": rates["rate"] * days_a_month,
            "ci_low": rates["ci_low"] * days_a_month,
            "ci_high": rates["ci_high"] * days_a_month,
        }
    )
    return table.assign(scale="share").reset_index(drop=True)


def against_the_best(table: EventTable, strata: Sequence[str] = ()) -> pd.DataFrame:
    """Each state's churn rate ÷ that of the happy with results, tenure and strata held equal.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, scale``; empty where nobody was happy with
        results or no one left.
    """
    risk = risk_sets(table, STATE, strata)
    columns = ["label", "value", "ci_low", "ci_high"]
    best, rows = QUADRANTS[0], []
    if best in _saw_churn(risk) and len(risk.levels) > 1:
        fit = cox_partial_likelihood(
            risk, level_design(risk.levels, names=[STATE], reference=[best])
        )
        others = [one for one in risk.levels if one != best]
        for state in [one for one in STATES if one in others]:
            known = state in _saw_churn(risk)
            weights = [float(one == state) for one in others]
            ratio = hazard_contrast(fit, weights) if known else Interval(None)
            rows.append((state, ratio.value, ratio.ci_low, ratio.ci_high))
    return pd.DataFrame(rows, columns=columns).assign(scale="ratio")


def by_tenure(
    table: EventTable, strata: Sequence[str], spans: Sequence[tuple[str, float, float]]
) -> pd.DataFrame:
    """The conflict ratio in spans of tenure: is it one ratio?

    Parameters
    ----------
    table : EventTable
    strata : sequence of str
    spans : sequence of (str, float, float)
        Name, after which day, up to which day.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, churned, scale``, spans with churn in conflict.
    """
    rows = []
    for label, after, up_to in spans:
        some = _within(table, after, up_to)
        left = some.counts.loc[some.counts[STATE].isin([HAPPY_FAILING, UNHAPPY_SUCCEEDING])]
        churned = int(left["observed"].sum())
        if churned:
            one = conflict_ratio(some, strata)
            rows.append((label, one.value, one.ci_low, one.ci_high, churned))
    columns = ["label", "value", "ci_low", "ci_high", "churned"]
    return pd.DataFrame(rows, columns=columns).assign(scale="ratio")


def _within(table: EventTable, after: float, up_to: float) -> EventTable:
    """The table with churn in a span of tenure only; all other exits are censored."""
    counts = table.counts.copy()
    outside = ~((counts["day"] > after) & (counts["day"] <= up_to))
    counts["censored"] += counts["observed"].where(outside, 0)
    counts["observed"] = counts["observed"].where(~outside, 0)
    return EventTable(counts, table.by)
