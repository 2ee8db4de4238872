"""The numbers behind C8: churn-rate ratios within bands, their ratio, signals, first results."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csresearch.claims.effort_path import LESS, MORE
from csresearch.claims.ratios import rate_ratio
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.survival.incidence import cumulative_incidence, incidence_at
from csresearch.survival.intervals import ratio_interval

MARGIN = (0.80, 1.25)
MIN_AT_RISK = 10


def bands_only(table: EventTable, bands: Sequence[str]) -> EventTable:
    """The cells of some bands."""
    keep = table.counts["maturity"].isin(list(bands))
    return EventTable(table.counts[keep].reset_index(drop=True), table.by)


def ratio_within(
    table: EventTable, bands: Sequence[str], strata: Sequence[str], *, level: str, name: str
) -> Estimate:
    """The churn rate with ÷ without effort among customers of some bands at the same tenure.

    Parameters
    ----------
    table : EventTable
        Over maturity, the strata and the level: "with" or "more" is the effort.
    bands, strata : sequence of str
    level, name : str

    Returns
    -------
    Estimate
        No value where only one of the two occurs or nobody leaves.
    """
    some = bands_only(table, bands)
    if some.counts[level].nunique() < 2 or not some.n_events:
        return Estimate(name, None, null=1.0)
    within = ("maturity", *strata)
    return rate_ratio(some, level, lambda one: one in ("with", MORE), name=name, strata=within)


def interaction(high: Estimate, low: Estimate, *, name: str) -> Estimate:
    """By what factor is the ratio of one group the other's? Groups share no customer.

    Parameters
    ----------
    high, low : Estimate
        Ratios with standard errors of their logarithms.
    name : str

    Returns
    -------
    Estimate
        High ÷ low, with the null and the smallest effect of the claim.
    """
    judged = {"null": 1.0, "smallest_effect": MARGIN[1], "claimed_region": (1.0, None)}
    if not (high.value and low.value and high.std_error and low.std_error):
        return Estimate(name, None, **judged)
    error = float(np.hypot(high.std_error, low.std_error))
    found = ratio_interval(float(np.log(high.value / low.value)), error)
    return Estimate(
        name, found.value, found.ci_low, found.ci_high, std_error=found.std_error, **judged
    )


def first_result_chances(
    table: EventTable, bands: Sequence[str], horizon_months: float
) -> pd.DataFrame:
    """The chance of a first result by a month, while effort is low or high, by band.

    Parameters
    ----------
    table : EventTable
        Of `effort_path` with ``first_results``: leaving competes, a change of effort censors.
    bands : sequence of str
    horizon_months : float

    Returns
    -------
    DataFrame
        ``label, band, effort, value, ci_low, ci_high, std_error, scale``; no value where fewer
        than ten are still waiting there, or nobody got a result.
    """
    rows = []
    for effort, words in ((LESS, "little effort"), (MORE, "more effort")):
        for band in bands:
            some = table.where(maturity=band, level=effort)
            found = _chance(some, horizon_months * DAYS_PER_MONTH)
            rows.append((f"{band}, {words}", band, effort, *found))
    columns = ["label", "band", "effort", "value", "ci_low", "ci_high", "std_error"]
    return pd.DataFrame(rows, columns=columns).assign(scale="share")


def _chance(table: EventTable, day: float) -> tuple[float | None, ...]:
    """Cumulative incidence of a first result by a day, with leaving as a competing risk.

    While effort is high nobody is there at first: the chance is then from the first day on which
    ten are.
    """
    empty = (None,) * 4
    rows = table.total().at_risk()
    enough = rows[rows["at_risk"] >= MIN_AT_RISK]
    if enough.empty or enough["day"].iloc[-1] < day:
        return empty
    before = rows[rows["day"] < enough["day"].iloc[0]]
    starts_on = float(before["day"].iloc[-1]) if len(before) else 0.0
    curves = cumulative_incidence(table, "cause", starts_on=starts_on)
    if starts_on >= day or "result" not in curves.causes:
        return empty
    found = incidence_at(curves, "result", day)
    return found.value, found.ci_low, found.ci_high, found.std_error


def chance_difference(chances: pd.DataFrame, high: str, low: str) -> Estimate:
    """How much likelier is a first result in the high band than in the low one, at low effort?"""
    name = "first results by 12 months at low effort, high − low band"
    rows = chances[chances["effort"] == LESS].set_index("band")
    if not {high, low} <= set(rows.index):
        return Estimate(name, None, scale="points")
    one, other = rows.loc[high], rows.loc[low]
    numbers = [row[column] for row in (one, other) for column in ("value", "std_error")]
    if pd.isna(numbers).any():
        return Estimate(name, None, scale="points")
    gap, error = one["value"] - other["value"], np.hypot(one["std_error"], other["std_error"])
    return Estimate(
        name, float(gap), float(gap - 1.96 * error), float(gap + 1.96 * error),
        std_error=float(error), scale="points", null=0.0,
    )  # fmt: skip
