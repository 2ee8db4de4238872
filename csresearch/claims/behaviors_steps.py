"""The numbers behind C7: chances of a first result with and without each behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.compared import Compared
from csresearch.claims.histories import LIFE, known_levels
from csresearch.claims.ratios import rate_ratio
from csresearch.claims.waiting import ENDS, HERE, LEFT, RESULT, clusters_of, merged, only, waiting
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import STATES
from csresearch.resampling import GROUP, group_numbers
from csresearch.states import first_days, read_each
from csresearch.survival.adoption import AdoptionChances, chances_by_adoption
from csresearch.survival.intervals import Interval
from csresearch.survival.jackknife import jackknife_interval
from csresearch.verdicts import Necessity

USAGE = "usage"  # data/README.md: plain product usage is called so
MOST_KINDS = 8  # "a few key behaviours": the most often recorded ones
LEVEL = 0.95
NUMBERS = {"unadopted": "share", "adopters": "share", "ratio": "ratio"}


@dataclass(frozen=True)
class Adoption:
    """A company's customers waiting for a first result, and when each adopted each behaviour.

    Parameters
    ----------
    company : Company
    kinds : tuple of str
        The behaviours judged, the most often recorded first.
    strata : tuple of str
        What customers are compared within.
    horizon_days : float
    """

    company: Company
    kinds: tuple[str, ...]
    strata: tuple[str, ...]
    horizon_days: float

    @cached_property
    def lives(self) -> ibis.Table:
        """Waiting customers with the first day of each behaviour as ``habit 0, habit 1…``."""
        own = (*LIFE, "started_on", "parent_id", "result_day", ENDS, *clusters_of(self.company))
        return self.joined(waiting(self.company).select(*dict.fromkeys((*own, *self.strata))))

    def joined(self, lives: ibis.Table) -> ibis.Table:
        """Customers with the first day of each behaviour."""
        done, names = self.company.behaviors, habits(len(self.kinds))
        pairs = zip(self.kinds, names, strict=True)
        kind = ibis.cases(*((done.behavior == name, habit) for name, habit in pairs))
        days = first_days(done.mutate(behavior=kind), "behavior_day", kind="behavior", kinds=names)
        lives = lives.mutate(**{s: lives[c] for s, c in self.columns.items()})
        return lives.left_join(days, "customer_id").drop("customer_id_right")

    @property
    def columns(self) -> dict[str, str]:
        """Columns of the strata in the table, by names no behaviour or segment has."""
        return {f"stratum {i}": column for i, column in enumerate(self.strata)}

    def read(self, lag_days: float = 0.0) -> EventTable:
        """Count waiting customers by state of each behaviour: one scan."""
        by = [ENDS, *self.columns, *clusters_of(self.company)]
        lives = self.lives.mutate(churned=self.lives[ENDS].isin([RESULT, LEFT]))
        levels = known_levels(self.company, self.strata)
        known = {s: levels[c] for s, c in self.columns.items() if c in levels}
        known[ENDS] = (RESULT, LEFT, HERE)
        kinds = habits(len(self.kinds))
        table = read_each(lives, kinds, by, lag_days=lag_days, known=known)
        names = dict(zip(kinds, self.kinds, strict=True))
        counts = table.counts.assign(kind=table.counts["kind"].map(names))
        return merged(EventTable(counts, table.by), list(self.columns))

    @cached_property
    def table(self) -> EventTable:
        """By ``waiting_ends``, strata, hashed parent, ``kind`` and ``state``."""
        return self.read()

    @cached_property
    def same_day(self) -> float:
        """Share of first results on the very day a behaviour was first done."""
        lives = self.lives.filter(self.lives[ENDS] == RESULT)
        days = [lives[name] == lives["result_day"] for name in habits(len(self.kinds))]
        same = ibis.or_(*days).fill_null(False).cast("int32")
        found = lives.agg(n=lives.count(), same=same.sum()).to_pandas().iloc[0]
        return float(found["same"] / found["n"]) if found["n"] else 0.0

    @cached_property
    def results(self) -> EventTable:
        """The same with first results observed only: leaving without one censors."""
        return only(self.table, RESULT)

    @property
    def level(self) -> float:
        """Of intervals that hold for all behaviours at once in 95 % of companies (Bonferroni)."""
        return 1 - (1 - LEVEL) / len(self.kinds)

    @cached_property
    def chances(self) -> dict[str, AdoptionChances]:
        """The chances by the horizon, leaving censoring, with intervals that hold at once."""
        return {kind: self.chances_of(kind, level=self.level) for kind in self.kinds}

    @cached_property
    def alone(self) -> dict[str, AdoptionChances]:
        """The same, each with its own 95 % interval."""
        return {kind: self.chances_of(kind) for kind in self.kinds}

    def chances_of(self, kind: str, *, level: float = LEVEL) -> AdoptionChances:
        """The chances by the horizon for one behaviour, at a confidence level."""
        found = _chances(self.results.where(kind=kind), self.horizon_days, level=level)
        return replace_intervals(found, self.without_groups(kind), level)

    def without_groups(self, kind: str) -> list[AdoptionChances]:
        """The chances without each group of parents: the same ones for every confidence level."""
        if kind not in self._without:
            table = self.results.where(kind=kind)
            self._without[kind] = _left_out(table, self.horizon_days)
        return self._without[kind]

    @cached_property
    def _without(self) -> dict[str, list[AdoptionChances]]:
        """Those already made."""
        return {}

    def necessity(self, kind: str, *, at_once: bool = True) -> Necessity:
        """What the claim is judged by, with intervals that hold for all behaviours at once."""
        found = (self.chances if at_once else self.alone)[kind]
        return Necessity(
            kind,
            estimated(f"chance without {kind}", found.unadopted, "probability"),
            estimated(f"chance without ÷ with {kind}", found.ratio, "ratio"),
            self.adjusted(kind),
        )

    @cached_property
    def _who(self) -> Compared:
        """Who is compared within the strata, by their columns in the table."""
        return Compared.among(self.results.where(kind=self.kinds[0]), list(self.columns))

    @property
    def who(self) -> Compared:
        """Who is compared within the strata."""
        return self._who.named(self.columns)

    def adjusted(self, kind: str) -> Estimate:
        """Rate of first results, unadopted ÷ adopters, at the same tenure and strata."""
        table, strata = self._who.of(self.results.where(kind=kind)), list(self.columns)
        name = f"rate of first results without ÷ with {kind}, comparable customers"
        return rate_ratio(table, "state", lambda s: s == "without", name=name, strata=strata)


def habits(n: int) -> list[str]:
    """Column names of the first days of ``n`` behaviours."""
    return [f"habit {i}" for i in range(n)]


def kinds_of(company: Company) -> tuple[str, ...]:
    """The behaviours judged: at most eight, the most often recorded, product usage aside."""
    done = company.behaviors
    rows = done.filter(done.behavior != USAGE).group_by("behavior").agg(n=lambda t: t.count())
    order = [ibis.desc("n"), "behavior"]
    return tuple(rows.order_by(order).limit(MOST_KINDS).to_pandas()["behavior"])


def chances(
    table: EventTable, horizon_days: float, *, level: float = LEVEL, cause: str | None = None
) -> AdoptionChances:
    """Chances of one behaviour; customers of a parent are taken together where there are any."""
    found = _chances(table, horizon_days, level=level, cause=cause)
    return replace_intervals(found, _left_out(table, horizon_days, cause=cause), level)


def _chances(
    table: EventTable, horizon_days: float, *, level: float = LEVEL, cause: str | None = None
) -> AdoptionChances:
    """Chances of one behaviour, customers taken for separate ones."""
    return chances_by_adoption(
        table.total([*([cause] if cause else []), "state"]), "state", states=STATES,
        horizon_days=horizon_days, cause=cause, result=RESULT if cause else None,
        confidence_level=level,
    )  # fmt: skip


def _left_out(
    table: EventTable, horizon_days: float, *, cause: str | None = None
) -> list[AdoptionChances]:
    """The chances without each group of parents; none where there are no parents."""
    if GROUP not in table.by:
        return []
    slim = table.total([*([cause] if cause else []), "state", GROUP])
    number = group_numbers(slim.counts[GROUP].to_numpy())
    return [
        _chances(EventTable(slim.counts[number != g], slim.by), horizon_days, cause=cause)
        for g in np.unique(number)
    ]


def replace_intervals(
    found: AdoptionChances, without: Sequence[AdoptionChances], level: float
) -> AdoptionChances:
    """The chances with jackknifed limits, where a number has any without each group."""
    changed = {}
    for name, scale in NUMBERS.items():
        own, others = getattr(found, name), [getattr(one, name).value for one in without]
        if own.value and others and None not in others:
            changed[name] = jackknife_interval(
                own.value, others, scale=scale, confidence_level=level
            )
    return AdoptionChances(**{**vars(found), **changed})


def estimated(name: str, interval: Interval, scale: str) -> Estimate:
    """An interval as an estimate."""
    return Estimate(
        name, interval.value, interval.ci_low, interval.ci_high, interval.confidence_level,
        interval.std_error, scale=scale, null=1.0 if scale == "ratio" else None,
    )  # fmt: skip


def adoption_table(adoption: Adoption) -> pd.DataFrame:
    """How many wait for a first result without and with each behaviour: the first look.

    Returns
    -------
    DataFrame
        One row a behaviour: ``label, adopted`` (while waiting), ``results_without,
        results_with, months_without, months_with`` (customer-months waited).
    """
    rows = []
    for kind in adoption.kinds:
        table = adoption.results.where(kind=kind).total(["state"])
        lived = table.at_risk().groupby("state")["exposure"].sum() / DAYS_PER_MONTH
        counts = table.counts.groupby("state")[["entrance", "observed"]].sum()
        counts, lived = counts.reindex(STATES, fill_value=0), lived.reindex(STATES, fill_value=0.0)
        reached = [int(counts.loc[state, "observed"]) for state in STATES]
        months = [round(lived[state]) for state in STATES]
        rows.append((kind, int(counts.loc["with", "entrance"]), *reached, *months))
    columns = ["label", "adopted", "results_without", "results_with"]
    return pd.DataFrame(rows, columns=[*columns, "months_without", "months_with"])


def necessity_table(adoption: Adoption) -> pd.DataFrame:
    """Which behaviours do hardly any first results come without?

    Returns
    -------
    DataFrame
        One row a behaviour: ``label, share_of_results_after_it`` beside
        ``share_of_waiting_with_it`` (customer-months waited as an adopter), the ratio of the two
        chances and that of the rates among comparable customers, both with intervals as text.
    """
    rows, seen = [], adoption_table(adoption).set_index("label")
    for kind in adoption.kinds:
        one, found = seen.loc[kind], adoption.chances[kind]
        results = one["results_without"] + one["results_with"]
        months = one["months_without"] + one["months_with"]
        rows.append(
            {
                "label": kind,
                "share_of_results_after_it": one["results_with"] / results if results else np.nan,
                "share_of_waiting_with_it": one["months_with"] / months if months else np.nan,
                "chance without ÷ with": estimated("", found.ratio, "ratio").text,
                "comparable customers": adoption.adjusted(kind).text,
            }
        )
    return pd.DataFrame(rows)
