"""C5 on one company: joint states of the kinds of result, and how few of them carry the gain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.kinds_read import (
    REST,
    all_lived,
    codes_of,
    each_table,
    joint_table,
    kind_counts,
    with_first_days,
)
from csresearch.concentration import FewestKinds, fewest_kinds
from csresearch.events import EventTable
from csresearch.resampling import GROUP
from csresearch.sensitivity import no_effect_benchmark
from csresearch.survival.joint_states import JointRatios, joint_ratios

MOST_KINDS = 6  # claims.md, C5
LEAST_LATER = 20  # customers who left after a kind, for it to count
PLAIN = "churn-rate ratio"  # of the plain comparison: departures per day, never ÷ ever
LEAST_RATIO = 0.02  # a hazard ratio no kind is taken to fall below


@dataclass(frozen=True, eq=False)
class KindStudy:
    """The kinds of result of some customers, and every number about them as it is asked for.

    Parameters
    ----------
    lives : ibis.Table
        As `kinds_read.lives_of` gives them, perhaps only some of the customers.
    results : ibis.Table
    strata : tuple of str
        Columns of ``lives`` within which customers are compared.
    clusters : tuple of str
        The column of hashed parents, where there are parents.
    least_later : int
        Kinds with fewer later departures are not looked at one by one.
    """

    lives: ibis.Table
    results: ibis.Table
    strata: tuple[str, ...]
    clusters: tuple[str, ...] = ()
    least_later: int = 0

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Customers who reached each kind, how many of them left, and their days."""
        return kind_counts(self.lives, self.results)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The kinds most customers reached, at most six; chosen without a look at what followed."""
        enough = self.counts[self.counts["left"] >= self.least_later]
        return tuple(enough["kind"].head(MOST_KINDS))

    @property
    def rest(self) -> bool:
        """Whether there are kinds beyond those looked at one by one."""
        return len(self.counts) > len(self.names)

    @property
    def codes(self) -> tuple[str, ...]:
        """The columns of the event table that stand for the names, and for the rest."""
        return codes_of(self.names, rest=self.rest)

    @property
    def labels(self) -> tuple[str, ...]:
        """The kinds as they are shown."""
        return (*self.names, REST) if self.rest else self.names

    @cached_property
    def days(self) -> ibis.Table:
        """Lives with the first day of each kind."""
        return with_first_days(self.lives, self.results, self.names, rest=self.rest)

    def table(self, lag_days: float = 0.0) -> EventTable:
        """Event table of the joint states, by strata and clusters."""
        if lag_days not in self._tables:
            by = (*self.strata, *self.clusters)
            self._tables[lag_days] = joint_table(self.days, self.codes, by, lag_days=lag_days)
        return self._tables[lag_days]

    def ratios(self, strata: Sequence[str] | None = None, *, lag_days: float = 0.0) -> JointRatios:
        """Hazard ratios of the kinds, each adjusted for all others."""
        strata = self.strata if strata is None else tuple(strata)
        key = (strata, lag_days)
        if key not in self._ratios:
            cluster = GROUP if self.clusters else None
            self._ratios[key] = joint_ratios(
                self.table(lag_days), self.codes, strata=strata, cluster=cluster
            )
        return self._ratios[key]

    def fewest(
        self, strata: Sequence[str] | None = None, *, lag_days: float = 0.0, share: float = 0.8
    ) -> FewestKinds | None:
        """How few kinds carry the share of the gain; None where nothing can be estimated."""
        return fewest_of(self.ratios(strata, lag_days=lag_days), self.labels, share=share)

    @cached_property
    def if_alike(self) -> FewestKinds | None:
        """The same if the joint gain came from all kinds alike, with the same errors."""
        return fewest_of(alike(self.ratios()), self.labels)

    @cached_property
    def plain(self) -> pd.DataFrame:
        """Each kind's tempting ratio beside what it would be if the kind did nothing.

        Returns
        -------
        DataFrame
            ``label, customers, left, plain, no_effect, no_effect_low, no_effect_high``: how many
            times longer those who ever had the kind seem to stay.
        """
        left, days = all_lived(self.lives)
        counts = self.counts.set_index("kind")
        dated = each_table(self.days, self.codes, self.strata)
        rows = []
        for name, code in zip(self.names, self.codes, strict=False):
            had = counts.loc[name]
            never, ever = (left - had["left"]) / max(days - had["days"], 1.0), had["left"]
            plain = never * had["days"] / ever if ever else None
            own = dated.where(kind=code).total([*self.strata, "state"])
            none = no_effect_benchmark(own, self.strata)[PLAIN]
            rows.append((name, plain, none.value, none.ci_low, none.ci_high))
        columns = ["label", "plain", "no_effect", "no_effect_low", "no_effect_high"]
        found = pd.DataFrame(rows, columns=columns)
        shown = self.counts[["kind", "customers", "left"]].rename(columns={"kind": "label"})
        return shown.merge(found, on="label").reset_index(drop=True)

    def plain_fewest(self, column: str) -> int | None:
        """How few kinds would carry the gain if ratios of the plain comparison were believed."""
        table = self.plain[self.plain[column].notna() & (self.plain[column] > 0)]
        if table.empty:
            return None
        k = len(table)
        logs = -np.log(table[column].to_numpy(float))
        return fewest_kinds(logs, np.zeros((k, k)), table["customers"], draws=1).fewest

    @cached_property
    def n_customers(self) -> int:
        """Number of customers counted."""
        counts = self.table().counts
        return int(counts["entrance"].sum() - counts["moved"].sum())

    @property
    def n_events(self) -> int:
        """Number of customers who left."""
        return self.table().n_events

    @cached_property
    def _tables(self) -> dict[float, EventTable]:
        """The event tables already read, by lag."""
        return {}

    @cached_property
    def _ratios(self) -> dict[tuple, JointRatios]:
        """The models already fitted, by strata and lag."""
        return {}


def fewest_of(
    found: JointRatios, labels: Sequence[str], *, share: float = 0.8
) -> FewestKinds | None:
    """How few kinds carry the share of the churns avoided; None without any estimate.

    Kinds without a finite estimate gain nothing here; the pooled rest is counted last.
    """
    keep = np.flatnonzero(found.finite)
    if not len(keep):
        return None
    names = [labels[place] for place in keep]
    return fewest_kinds(
        found.coef[keep],
        found.covariance[np.ix_(keep, keep)],
        found.expected[keep],
        names=names,
        share=share,
        pooled=int(names[-1] == REST),
    )


def alike(found: JointRatios) -> JointRatios:
    """The same joint gain spread evenly over the kinds, with the same errors."""
    keep = found.finite & (found.expected > 0)
    total = float((-np.expm1(found.coef[keep]) * found.expected[keep]).sum())
    ratio = 1 - total / keep.sum() / found.expected[keep]
    coef = np.full(len(found.coef), np.nan)
    coef[keep] = np.log(np.maximum(ratio, LEAST_RATIO))
    return replace(found, coef=coef)
