"""C10's numbers: every customer-day typed by a waterfall, and each kind beside its customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import numpy as np
import pandas as pd

from csresearch.claims.churn_conditions import (
    ADOPTED,
    LAPSED_LEVEL,
    RECENT_LEVEL,
    RENEWED,
    UNFIT,
    UNPREPARED,
    YES,
    Definitions,
)
from csresearch.claims.ratios import rate_ratio
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import COUNTS, EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import MIN_LEVEL_EVENTS
from csresearch.resampling import GROUP
from csresearch.survival.incidence import CumulativeIncidence, cumulative_incidence
from csresearch.survival.intervals import normal_quantile
from csresearch.survival.kinds import kinds_of_churn
from csresearch.survival.rates import split_exposure

CONDITION = "condition"
NOT_YET = ", no result yet"
LOW, WRONG, LACKING = (
    kind + NOT_YET for kind in ("unprepared", "bad fit", "behaviours not adopted")
)
UNEXPLAINED = "none of these" + NOT_YET
LAPSED, WITH = "results lapsed", "with results"
WATERFALL = (LOW, WRONG, LACKING)  # the stated order (claims.md, C10)
ONBOARDING, RENEWAL, LATER = PHASES = ("onboarding", "to the first renewal", "later")
AT_LEAST = 10  # at risk, where curves are drawn (claims.md, trap 10)
RATIO_COLUMNS = ("rate_ratio", "ci_low", "ci_high")


@dataclass(frozen=True)
class Kinds:
    """The typed churn of one company.

    Parameters
    ----------
    conditions : EventTable
        As `read_conditions` gives it.
    given : Definitions
    """

    conditions: EventTable
    given: Definitions

    @property
    def known(self) -> tuple[str, ...]:
        """The kinds without a result that can be told, in the stated order."""
        there = (self.given.low, self.given.key_results, self.given.key_behaviors)
        return tuple(kind for kind, has in zip(WATERFALL, there, strict=True) if has)

    @property
    def orders(self) -> tuple[tuple[str, ...], ...]:
        """All orders of the waterfall, the stated one first."""
        return tuple(permutations(self.known))

    @property
    def clusters(self) -> tuple[str, ...]:
        """The column of hashed parents, where there are parents."""
        return (GROUP,) if GROUP in self.conditions.by else ()

    @property
    def n_customers(self) -> int:
        """Customers counted: who enters a state without leaving another one."""
        counts = self.conditions.counts
        return int(counts["entrance"].sum() - counts["moved"].sum())

    @cached_property
    def table(self) -> EventTable:
        """Days of tenure by condition in the stated order."""
        return self.typed(self.known)

    def typed(self, order: Sequence[str]) -> EventTable:
        """Days of tenure by condition: the first of the order that applies is the kind."""
        counts = self.conditions.counts
        by = [CONDITION, RENEWED, *self.clusters]
        typed = counts.assign(**{CONDITION: conditions_of(counts, order)})
        return EventTable.from_counts(typed[[*by, "day", *COUNTS]], by)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Each kind beside its customers at risk, in the stated order, most churn first."""
        return self.beside(self.table)

    def beside(self, table: EventTable) -> pd.DataFrame:
        """Each kind beside its customers at risk; clustered where there are parents.

        Returns
        -------
        DataFrame
            As `KindsOfChurn.frame`, without p-values and with ``yours``: whether a kind with at
            least 10 churned customers lies above 1 by an interval widened for so many kinds
            (Bonferroni), so that all of them together are above by chance at most one time in
            forty.
        """
        found = kinds_of_churn(table.total([CONDITION]), CONDITION).frame.drop(columns="p_value")
        if self.clusters:
            clustered = table.total([CONDITION, *self.clusters])
            for row, kind in found[CONDITION].items():
                one = _against_others(clustered, kind)
                found.loc[row, list(RATIO_COLUMNS)] = [one.value, one.ci_low, one.ci_high]
        enough = found["events"] >= MIN_LEVEL_EVENTS
        return found.assign(yours=enough & (_widened_low(found) > 1))

    @cached_property
    def before_results(self) -> pd.DataFrame:
        """The same among customers without a result yet only; empty with fewer than two kinds."""
        counts = self.table.counts
        early = counts[~counts[CONDITION].isin([WITH, LAPSED])].reset_index(drop=True)
        if early[CONDITION].nunique() < 2 or not early["observed"].any():
            return self.frame.iloc[:0]
        return self.beside(EventTable(early, self.table.by))

    @cached_property
    def by_order(self) -> dict[tuple[str, ...], pd.DataFrame]:
        """The same for every order of the waterfall."""
        return {order: self.beside(self.typed(order)) for order in self.orders}

    def in_orders(self, kind: str) -> tuple[int, int]:
        """In how many of the orders a kind is yours, and how many there are."""
        frames = self.by_order.values()
        yours = [bool(f.loc[f[CONDITION] == kind, "yours"].any()) for f in frames]
        return sum(yours), len(yours)

    def ratio(self, kind: str) -> Estimate:
        """A kind's churn rate ÷ all others' at the same tenure."""
        row = self.frame[self.frame[CONDITION] == kind].iloc[0]
        name = f"churn rate while “{kind}” ÷ all others, same tenure"
        return Estimate(name, *(row[column] for column in RATIO_COLUMNS), null=1.0)

    @cached_property
    def starts_on(self) -> float | None:
        """The first day after which enough customers are at risk."""
        rows = self.table.total().at_risk()
        after = rows["at_risk"].to_numpy()[1:]
        enough = rows["day"].to_numpy()[:-1][after >= AT_LEAST]
        return float(enough[0]) if len(enough) else None

    def incidence(self) -> CumulativeIncidence:
        """The share that has left for each kind, the kinds competing."""
        table = self.table.total([CONDITION])
        return cumulative_incidence(table, CONDITION, starts_on=self.starts_on)

    @cached_property
    def timing(self) -> pd.DataFrame:
        """When each kind of churn comes, beside when its customers are at risk.

        Returns
        -------
        DataFrame
            Columns ``condition, when, churned, customer_months, share_of_churn, share_of_time``;
            the shares are of the condition's own.
        """
        table = self.table.total([CONDITION, RENEWED])
        cells = split_exposure(table, [self.given.onboarding_days])
        late = np.where(cells[RENEWED] == "with", LATER, RENEWAL)
        early = cells["after_day"] < self.given.onboarding_days
        cells = cells.assign(when=np.where(early, ONBOARDING, late))
        sums = cells.groupby([CONDITION, "when"])[["observed", "exposure"]].sum()
        every = pd.MultiIndex.from_product([self.frame[CONDITION], PHASES])
        sums = sums.reindex(every, fill_value=0.0)
        whole = sums.groupby(level=0).transform("sum")
        found = pd.DataFrame(
            {
                "churned": sums["observed"].astype(int),
                "customer_months": (sums["exposure"] / DAYS_PER_MONTH).round().astype(int),
                "share_of_churn": sums["observed"] / whole["observed"].where(whole["observed"] > 0),
                "share_of_time": sums["exposure"] / whole["exposure"],
            }
        )
        return found.rename_axis([CONDITION, "when"]).reset_index()

    def now(self, kind: str) -> int:
        """Customers last seen in a condition and not churned."""
        counts = self.table.where(**{CONDITION: kind}).counts
        return int(counts["censored"].sum())


def conditions_of(counts: pd.DataFrame, order: Sequence[str]) -> np.ndarray:
    """The condition of each counted row: results first, then what the order finds first."""
    flags = {
        LOW: (counts[UNPREPARED] == YES).to_numpy(),
        WRONG: (counts[UNFIT] == YES).to_numpy(),
        LACKING: (counts[ADOPTED] == "without").to_numpy() if ADOPTED in counts else None,
    }
    level = counts["level"].to_numpy()
    picked = [level == RECENT_LEVEL, level == LAPSED_LEVEL, *(flags[kind] for kind in order)]
    return np.select(picked, [WITH, LAPSED, *order], UNEXPLAINED).astype(object)


def without_suffix(kind: str) -> str:
    """A kind's name without what all kinds before a result share."""
    return kind.removesuffix(NOT_YET)


def _widened_low(frame: pd.DataFrame) -> np.ndarray:
    """The lower limits of the ratios at 95 % for all rows together; nan where there are none."""
    wide = normal_quantile(1 - 0.05 / len(frame)) / normal_quantile(0.95)
    value, low = (frame[name].to_numpy(float) for name in ("rate_ratio", "ci_low"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return value * (low / value) ** wide


def _against_others(table: EventTable, kind: str) -> Estimate:
    """One condition against all others, customers of one parent taken together."""
    return rate_ratio(table, CONDITION, lambda condition: condition == kind, name=kind)
