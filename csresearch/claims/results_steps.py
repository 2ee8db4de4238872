"""The numbers behind C1: each a step from a company's history to a lifetime ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from csresearch.claims.common import span_labels
from csresearch.claims.compared import Compared
from csresearch.claims.ratios import influences, rate_ratio
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import STATES, History
from csresearch.risk_sets import RiskSets, risk_sets
from csresearch.sensitivity import (
    BiasWaterfall,
    bias_waterfall,
)
from csresearch.survival.proportionality import proportionality_check, ratio_by_tenure
from csresearch.survival.rates import split_exposure

LEADING = "inverse hazard ratio"  # of the naive numbers: like the fair one, but for the grouping
SPANS_MONTHS = (3, 6, 12, 24)
FAIR_NAME = "lifetime ratio, with ÷ without results"


def lifetime_ratio(table: EventTable, strata: Sequence[str] = (), *, name: str) -> Estimate:
    """How many times longer do customers with results stay, at the same tenure?

    Churn rate without ÷ with results: the inverse hazard ratio of the state.
    """
    return rate_ratio(table, "state", lambda state: state == "without", name=name, strata=strata)


def lifetime_influences(table: EventTable, strata: Sequence[str] = ()) -> pd.Series:
    """How much of the log of `lifetime_ratio` comes from each group of parents?"""
    return influences(table, "state", lambda state: state == "without", strata=strata)


def fair_ratio(
    history: History, strata: Sequence[str], *, lag_days: float = 0.0, name: str = FAIR_NAME
) -> Estimate:
    """The lifetime ratio with results as a time-dependent state, clustered where parents share."""
    return lifetime_ratio(history.event_table(lag_days=lag_days), strata, name=name)


def naive_ratio(history: History, *, ignore_entry: bool = True) -> Estimate:
    """The tempting number: "ever had a result" against "never", as if known from the start."""
    table = history.ever_table(ignore_entry=ignore_entry, by=())
    ratio = lifetime_ratio(table, name="customers who ever had a result ÷ never")
    return replace(ratio, role="naive")


def waterfall(
    history: History, strata: Sequence[str], plain: Estimate, *, lag_days: float, who: Compared
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
    who : Compared
        Who is compared within the strata.

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
    known = who.of(history)
    if known is not history:
        steps.append((who.step, fair_ratio(known, ())))
    for n in range(1, len(strata) + 1):
        steps.append((f"same {' and '.join(strata[:n])}", fair_ratio(known, strata[:n])))
    lagged = fair_ratio(known, strata, lag_days=lag_days)
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


def tenure_table(table: EventTable, strata: Sequence[str]) -> pd.DataFrame:
    """The lifetime ratio in each span of tenure in which someone left.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, churned, scale``.
    """
    risk = risk_sets(table, "state", strata)
    columns = ["label", "value", "ci_low", "ci_high", "churned", "scale"]
    if not _comparable(risk):
        return pd.DataFrame(columns=columns)
    edges = [months * DAYS_PER_MONTH for months in SPANS_MONTHS]
    found = ratio_by_tenure(risk, _without(risk), edges)
    rows = found.frame[found.frame["observed"] > 0]
    rows = rows.rename(columns={"ratio": "value", "observed": "churned"}).assign(scale="ratio")
    rows = rows.assign(label=span_labels(rows["after_day"], rows["up_to_day"]))
    return rows.astype({"churned": int})[columns].reset_index(drop=True)


def drift_p_value(table: EventTable, strata: Sequence[str]) -> float | None:
    """P-value of the test that the log ratio does not change with the logarithm of tenure."""
    risk = risk_sets(table, "state", strata)
    return proportionality_check(risk, _without(risk)).p_value if _comparable(risk) else None


def _comparable(risk: RiskSets) -> bool:
    """Whether there are two states and someone who left."""
    return len(risk.levels) > 1 and risk.n_events > 0


def _without(risk: RiskSets) -> list[list[float]]:
    """The design of the lifetime ratio: 1 for the state without results."""
    return [[float(level == "without")] for level in risk.levels]


def landmark_table(
    history: History, strata: Sequence[str], landmarks_months: Sequence[float]
) -> pd.DataFrame:
    """Second road: among those still here at a landmark, results by then against none by then.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, n, scale``; landmarks nobody reached are left
        out.
    """
    rows = []
    for months in landmarks_months:
        table = history.landmark_table(months * DAYS_PER_MONTH, by=strata)
        ratio = lifetime_ratio(table, strata, name=f"month {months:g}")
        n = int(table.counts["entrance"].sum())
        if not n:
            continue
        rows.append((f"month {months:g}", ratio.value, ratio.ci_low, ratio.ci_high, n))
    columns = ["label", "value", "ci_low", "ci_high", "n"]
    return pd.DataFrame(rows, columns=columns).assign(scale="ratio")


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
    spans = pd.cut(table.counts["day"], [-1, *np.unique(lived["up_to_day"])], labels=False)
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
