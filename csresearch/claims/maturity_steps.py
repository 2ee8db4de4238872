"""The numbers behind C3: who started in each band, who left, and where the churn comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from csresearch.claims.ratios import rate_ratio
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.concentration import (
    BandChurn,
    ShareOfChurn,
    churn_by_horizon,
    share_of_churn,
    supported_horizon,
    supported_start,
)
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.findings.estimates import Estimate
from csresearch.resampling import GROUP, jackknifed, or_none
from csresearch.survival.limits import binomial_interval

LOW_RATIO = "churn rate, low group ÷ rest, at the same tenure"


@dataclass(frozen=True)
class Bands:
    """The table of one company: bands in order, which are low, and the days it supports.

    Parameters
    ----------
    table : EventTable
        ``by=("maturity",)``, customers with a recorded band only.
    clustered_table : EventTable
        The same by hashed parent too, where there are parents.
    order, low : tuple of str
        Bands from least to most prepared that have customers, and those that are low.
    start_day, horizon_days : float or None
        From and until when at least 10 are at risk in every band; None where that never is.
    """

    table: EventTable
    clustered_table: EventTable
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
    clusters = [name for name in table.by if name == GROUP]
    clustered = EventTable(known, table.by).total(["maturity", *clusters])
    table = clustered.total(["maturity"])
    present = set(table.counts["maturity"])
    order = tuple(band for band in order if band in present)
    longest = horizon_months * DAYS_PER_MONTH
    return Bands(
        table,
        clustered,
        order,
        tuple(band for band in low if band in present),
        supported_start(table, "maturity"),
        supported_horizon(table, "maturity", longest_days=longest),
    )


def naive_share(bands: Bands) -> Estimate:
    """The tempting number: the low group's share of those who have left so far.

    With an exact binomial interval, or the jackknife's where customers of a parent share fate.
    """
    counts = bands.clustered_table.counts
    low = counts["observed"].where(counts["maturity"].isin(bands.low), 0)
    n, n_low = int(counts["observed"].sum()), int(low.sum())
    plain = Estimate("share of customers who left so far", None, scale="share", role="naive")
    if not n:
        return plain
    found = binomial_interval(n_low, n)
    plain = replace(plain, value=found.value, ci_low=found.ci_low, ci_high=found.ci_high)
    if GROUP not in counts:
        return plain

    def share(keep: np.ndarray) -> float | None:
        left = counts["observed"][keep].sum()
        return float(low[keep].sum() / left) if left else None

    return jackknifed(plain, counts[GROUP].to_numpy(), share)


def low_rate_ratio(bands: Bands) -> Estimate:
    """Churn rate of the low group ÷ the rest at the same tenure (Cox, on counts)."""
    return rate_ratio(
        bands.clustered_table, "maturity", lambda band: band in bands.low, name=LOW_RATIO
    )


def clustered_share(bands: Bands, found: ShareOfChurn) -> ShareOfChurn:
    """The share and its difference with intervals that hold when customers of a parent share fate.

    Unchanged where there are no parents.
    """
    table = bands.clustered_table
    if GROUP not in table.by:
        return found
    groups = table.counts[GROUP].to_numpy()
    made: dict[bytes, ShareOfChurn | None] = {}  # both numbers ask for the same rows

    def share(keep: np.ndarray) -> ShareOfChurn | None:
        rows = np.packbits(keep).tobytes()
        if rows not in made:
            kept = EventTable(table.counts[keep].reset_index(drop=True), table.by)
            some = replace(bands, table=kept.total(["maturity"]))
            made[rows] = or_none(lambda: share_of_churn(some.churn, bands.low))
        return made[rows]

    def value(name: str, keep: np.ndarray) -> float | None:
        return None if share(keep) is None else getattr(share(keep), name).value

    return replace(
        found,
        share=jackknifed(found.share, groups, partial(value, "share")),
        difference=jackknifed(found.difference, groups, partial(value, "difference")),
    )
