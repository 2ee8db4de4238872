"""The numbers behind C3: who started in each band, who left, and where the churn comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from csresearch.concentration import (
    BandChurn,
    ShareOfChurn,
    churn_by_horizon,
    share_of_churn,
    supported_horizon,
    supported_start,
)
from csresearch.estimates import Estimate
from csresearch.events import NOT_RECORDED, EventTable, risk_sets
from csresearch.schema import DAYS_PER_MONTH
from csresearch.survival.cox import cox_partial_likelihood, hazard_ratio


@dataclass(frozen=True)
class Bands:
    """The table of one company: bands in order, which are low, and the days it supports.

    Parameters
    ----------
    table : EventTable
        ``by=("maturity",)``, customers with a recorded band only.
    order, low : tuple of str
        Bands from least to most prepared that have customers, and those that are low.
    start_day, horizon_days : float or None
        From and until when at least 10 are at risk in every band; None where that never is.
    """

    table: EventTable
    order: tuple[str, ...]
    low: tuple[str, ...]
    start_day: float | None
    horizon_days: float | None

    @property
    def churn(self) -> BandChurn:
        """Starters and chance of leaving by the horizon, per band."""
        return self.until(self.horizon_days)

    def until(self, horizon_days: float) -> BandChurn:
        """The same by another horizon."""
        return churn_by_horizon(
            self.table,
            "maturity",
            self.order,
            horizon_days=horizon_days,
            start_day=self.start_day,
        )


def bands_of(
    table: EventTable, order: Sequence[str], low: Sequence[str], horizon_months: float
) -> Bands:
    """Keep the bands that have customers and find the days they support."""
    known = table.counts[table.counts["maturity"] != NOT_RECORDED].reset_index(drop=True)
    table = EventTable(known, table.by).total(["maturity"])
    present = set(table.counts["maturity"])
    order = tuple(band for band in order if band in present)
    longest = horizon_months * DAYS_PER_MONTH
    return Bands(
        table,
        order,
        tuple(band for band in low if band in present),
        supported_start(table, "maturity"),
        supported_horizon(table, "maturity", longest_days=longest),
    )


def naive_share(bands: Bands) -> Estimate:
    """The tempting number: the low group's share of those who have left so far."""
    left = bands.table.counts.groupby("maturity")["observed"].sum()
    total = int(left.sum())
    value = float(left[list(bands.low)].sum()) / total if total else None
    return Estimate("share of customers who left so far", value, scale="share", role="naive")


def low_rate_ratio(bands: Bands) -> Estimate:
    """Churn rate of the low group ÷ the rest at the same tenure (Cox, on counts)."""
    name = "churn rate, low group ÷ rest, at the same tenure"
    risk = risk_sets(bands.table, "maturity")
    design = [[float(level in bands.low)] for level in risk.levels]
    if len({row[0] for row in design}) < 2 or not risk.n_events:
        return Estimate(name, None, null=1.0)
    ratio = hazard_ratio(cox_partial_likelihood(risk, design))
    return Estimate(
        name, ratio.value, ratio.ci_low, ratio.ci_high, std_error=ratio.std_error, null=1.0
    )


def share_row(label: str, found: ShareOfChurn) -> dict[str, object]:
    """One analysis as a row of the table of many analysts."""
    share, difference = found.share, found.difference
    return {
        "label": label,
        "value": share.value,
        "ci_low": share.ci_low,
        "ci_high": share.ci_high,
        "scale": "share",
        "share_of_customers": found.share_of_customers.value,
        "difference_from": difference.ci_low,
        "difference_to": difference.ci_high,
    }


def many_analysts(bands: Bands, horizons_months: Sequence[float]) -> pd.DataFrame:
    """The share of churn over horizons and over where "low" ends.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, scale, share_of_customers, difference_from,
        difference_to``.
    """
    lows = {bands.order[:k]: None for k in range(1, len(bands.order))} | {bands.low: None}
    rows = []
    for months in horizons_months:
        horizon = months * DAYS_PER_MONTH
        if not bands.start_day < horizon <= bands.horizon_days:
            continue
        churn = bands.until(horizon)
        if churn.events.sum() > 0:
            rows += [
                share_row(
                    f"{' and '.join(low)}, by month {months:g}",
                    share_of_churn(churn, low),
                )
                for low in lows
            ]
    return pd.DataFrame(rows)
