"""The numbers behind C9: who was judged right by the horizon, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from csresearch.association import concordance
from csresearch.claims.kickoff_counts import (
    MIDDLE,
    UNDECIDED,
    WILL,
    WILL_NOT,
    Judgements,
    known_maturity,
)
from csresearch.claims.ratios import rate_ratio
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.concentration import (
    BandChurn,
    churn_by_horizon,
    supported_horizon,
    supported_start,
)
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.forecasts import HitRates, hit_rates
from csresearch.resampling import jackknifed, or_none
from csresearch.survival.intervals import Interval

Read = Callable[[HitRates], Interval]
AT_LEAST = 10  # customers at risk, up to the horizon
HORIZON_MONTHS = 12.0  # claims.md, C9
CUT_MONTHS = (6, 9, 12, 18, 24)
RATIO = "churn rate, judged not to make it ÷ judged to, at the same tenure"
WITHIN = "the same, also at the same maturity"


@dataclass(frozen=True)
class Scored:
    """Judgements held against what happened by a horizon.

    Parameters
    ----------
    judgements : Judgements
    start_day, horizon_days : float
        From and until when at least 10 are at risk of either judgement.
    undecided : tuple of int
        Classes of chances that count as neither.
    """

    judgements: Judgements
    start_day: float
    horizon_days: float
    undecided: tuple[int, ...] = (MIDDLE,)

    @property
    def months(self) -> float:
        """The horizon in months."""
        return self.horizon_days / DAYS_PER_MONTH

    def table(self, by: Iterable[str]) -> EventTable:
        """The clock of tenure, by ``judged`` and other columns."""
        return self.judgements.table(by, undecided=self.undecided)

    @cached_property
    def churn(self) -> BandChurn:
        """Chance of having left by the horizon, by judgement."""
        return self.churn_of(self.table(["judged"]))

    @cached_property
    def rates(self) -> HitRates:
        """Hit rates in both directions."""
        return hit_rates(self.churn, will=WILL, will_not=WILL_NOT)

    def churn_of(self, table: EventTable, column: str = "judged") -> BandChurn:
        """Chance of having left by the horizon of the levels that are followed so long."""
        levels = sorted(set(table.counts[column]))
        kept = [one for one in levels if self.followed(table.where(**{column: one}))]
        table = EventTable(
            table.counts[table.counts[column].isin(kept)].reset_index(drop=True), table.by
        )
        window = {"start_day": self.start_day, "horizon_days": self.horizon_days}
        return churn_by_horizon(table, column, kept, **window)

    def followed(self, table: EventTable) -> bool:
        """Whether at least 10 are at risk from the start day to the horizon."""
        counts, (day, days) = table.counts, table.numbers("day")
        net = counts["entrance"] - counts["observed"] - counts["censored"]
        after = np.cumsum(np.bincount(day, net, len(days)))
        before = after[days <= self.start_day]
        inside = after[(days >= self.start_day) & (days < self.horizon_days)]
        at_start = before[-1] if len(before) else 0
        return at_start >= AT_LEAST and bool((inside >= AT_LEAST).all())


def scored(
    judgements: Judgements, months: float, *, undecided: tuple[int, ...] = (MIDDLE,)
) -> Scored | None:
    """Judgements until a horizon, shortened to what both sides support; None where none does."""
    table = judgements.table(["judged"], undecided=undecided)
    counts = table.counts[table.counts["judged"] != UNDECIDED].reset_index(drop=True)
    if set(counts["judged"]) != {WILL, WILL_NOT}:
        return None
    table = EventTable(counts, table.by)
    start = supported_start(table, "judged", at_least=AT_LEAST)
    longest = months * DAYS_PER_MONTH
    horizon = supported_horizon(table, "judged", longest_days=longest, at_least=AT_LEAST)
    return None if horizon is None else Scored(judgements, start, horizon, undecided)


def one_sided(churn: BandChurn) -> str:
    """What keeps the two chances from having intervals: nobody left, or nobody stayed."""
    for judged, failed in zip(churn.bands, churn.failed, strict=True):
        if judged != UNDECIDED and not 0 < failed < 1:
            word, months = "left" if failed <= 0 else "stayed", churn.horizon_days / DAYS_PER_MONTH
            return f"nobody judged “{judged}” {word} by month {months:.0f}"
    return ""


def estimate_of(name: str, found: Interval, scale: str = "probability") -> Estimate:
    """An interval as a named estimate."""
    return Estimate(
        name,
        found.value,
        found.ci_low,
        found.ci_high,
        found.confidence_level,
        found.std_error,
        scale=scale,
    )


def clustered(on: Scored, reads: Mapping[str, Read]) -> dict[str, Estimate]:
    """Hit rates by name, jackknifed over hashed parents where customers of a parent share fate."""
    found = {name: estimate_of(name, read(on.rates)) for name, read in reads.items()}
    if not on.judgements.clusters:
        return found
    table = on.table(["judged", *on.judgements.clusters])
    groups = table.counts[table.by[-1]].to_numpy()
    rates: dict[bytes, HitRates | None] = {}

    def without(keep: np.ndarray, read: Read) -> float | None:
        key = keep.tobytes()
        if key not in rates:
            rates[key] = _rates_of(on, EventTable(table.counts[keep].reset_index(drop=True)))
        return None if rates[key] is None else read(rates[key]).value

    return {
        name: jackknifed(one, groups, partial(without, read=reads[name]))
        for name, one in found.items()
    }


def _rates_of(on: Scored, table: EventTable) -> HitRates | None:
    """Hit rates of some of the customers; None where all who failed of one side are others."""

    def rates() -> HitRates:
        return hit_rates(on.churn_of(table.total(["judged"])), will=WILL, will_not=WILL_NOT)

    return or_none(rates)


def pairs(judgements: Judgements, horizon_days: float, *, within: bool) -> Estimate:
    """Of two customers judged differently, how often does the one judged better stay longer?"""
    strata = ["maturity"] if within else []
    table = judgements.since_judged(["chance", *strata])
    table = known_maturity(table) if within else table
    name = "C among pairs judged differently" + (", of the same maturity" if within else "")
    if not len(table.counts):
        return Estimate(name, None, scale="probability", null=0.5)
    d = concordance(table, "chance", strata=strata, horizon_days=horizon_days).somers_d
    half = [None if x is None else (x + 1) / 2 for x in (d.value, d.ci_low, d.ci_high)]
    return Estimate(name, *half, scale="probability", null=0.5)


def judged_ratio(judgements: Judgements, *, within: bool) -> Estimate:
    """Churn rate of those judged not to make it ÷ those judged to, at the same tenure."""
    strata = ["maturity"] if within else []
    table = judgements.table(["judged", *strata, *judgements.clusters])
    counts = table.counts[table.counts["judged"] != UNDECIDED].reset_index(drop=True)
    table = EventTable(counts, table.by)
    table = known_maturity(table) if within else table
    name = WITHIN if within else RATIO
    return rate_ratio(table, "judged", lambda side: side == WILL_NOT, name=name, strata=strata)


def many_analysts(judgements: Judgements) -> pd.DataFrame:
    """Balanced accuracy over horizons and over what counts as undecided.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, scale``.
    """
    rows = []
    choices = {"": (MIDDLE,), ", 40 to 60 % undecided": (MIDDLE - 1, MIDDLE, MIDDLE + 1)}
    for words, undecided in choices.items():
        for months in CUT_MONTHS:
            on = scored(judgements, months, undecided=undecided)
            if on is None or on.months < months - 1e-6 or one_sided(on.churn):
                continue
            found = on.rates.balanced_accuracy
            rows.append((f"by month {months}{words}", found.value, found.ci_low, found.ci_high))
    columns = ["label", "value", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns).assign(scale="probability")
