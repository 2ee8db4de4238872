"""The numbers behind C12: first results and churn of those on their own way and the standard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.common import span_labels
from csresearch.claims.compared import Compared
from csresearch.claims.histories import LIFE, known_levels
from csresearch.claims.ratios import rate_ratio
from csresearch.claims.waiting import (
    ENDS,
    HERE,
    LEFT,
    RESULT,
    clusters_of,
    merged,
    only,
    waiting,
)
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import read_history
from csresearch.resampling import with_groups
from csresearch.risk_sets import risk_sets
from csresearch.sensitivity import e_value
from csresearch.survival.proportionality import ratio_by_tenure

OWN, STANDARD = "own", "standard"
FAIR_NAME = "rate of first results, own way ÷ standard"
CHURN_NAME = "churn rate, own way ÷ standard"
PLAIN_NAME = "share with a result, own way ÷ standard"
NO_EFFECT_NAME = "the same, if only who the customers are decided"
SPANS_MONTHS = (3, 6, 12)


@dataclass(frozen=True)
class Ways:
    """Customers of one company by the process they follow.

    Parameters
    ----------
    company : Company
    strata : tuple of str
        What customers are compared within.
    """

    company: Company
    strata: tuple[str, ...]

    @cached_property
    def lives(self) -> ibis.Table:
        """Waiting customers whose process is known."""
        return _known(waiting(self.company))

    @cached_property
    def waits(self) -> EventTable:
        """Waiting customers by what it ends with, process and strata: one scan."""
        lives = self.lives.mutate(churned=self.lives[ENDS].isin([RESULT, LEFT]))
        return self._read(lives, (ENDS,))

    @cached_property
    def results(self) -> EventTable:
        """First results while waiting; leaving without one censors."""
        return only(self.waits, RESULT)

    @cached_property
    def who(self) -> Compared:
        """Who is compared within the strata."""
        return Compared.among(self.waits, self.strata)

    @cached_property
    def fair_results(self) -> EventTable:
        """First results of those who are compared."""
        return self.who.of(self.results)

    @cached_property
    def stays(self) -> EventTable:
        """All customers until they leave, by process and strata: one scan."""
        lives = self.company.lifetimes(surveys=False)
        lives = with_groups(lives) if clusters_of(self.company) else lives
        had = (lives.result_day < lives.exit_day).fill_null(False).ifelse(RESULT, LEFT)
        return self._read(_known(lives.mutate(**{ENDS: had})), (ENDS,))

    @cached_property
    def fair_stays(self) -> EventTable:
        """Those of ``stays`` who are compared: more of them, so it is decided anew."""
        return Compared.among(self.stays, self.strata).of(self.stays)

    def _read(self, lives: ibis.Table, more: Sequence[str]) -> EventTable:
        """Count by the process and the strata, rare levels merged."""
        by = (*more, "process", *self.strata, *clusters_of(self.company))
        own = (*LIFE, *by)
        lives = lives.select(*dict.fromkeys(own), change_day=ibis.null("float64"))
        known = known_levels(self.company, by) | {ENDS: (RESULT, LEFT, HERE)}
        known["process"] = (OWN, STANDARD)
        table = read_history(lives, by, unmerged=by, known=known).event_table().total(by)
        return merged(table, self.strata)

    @property
    def levels(self) -> set[str]:
        """The processes that occur."""
        return set(self.waits.counts["process"])

    def ratio(self, strata: Sequence[str] | None = None, *, since: float = 0.0) -> Estimate:
        """Rate of first results, own way ÷ standard, among those waiting on a day."""
        strata = self.strata if strata is None else strata
        return _own_ratio(_after(self.fair_results, since), strata, FAIR_NAME)

    @cached_property
    def churn(self) -> Estimate:
        """Churn rate, own way ÷ standard, at the same strata."""
        found = _own_ratio(self.fair_stays, self.strata, CHURN_NAME)
        return replace(found, smallest_effect=1.25, claimed_region=(1.5, None))

    @cached_property
    def n_results(self) -> int:
        """First results while waiting under observation, of those who are compared."""
        return self.fair_results.n_events

    @cached_property
    def plain(self) -> tuple[Estimate, Estimate]:
        """The tempting ratio of shares, and what it would be if only the strata decided."""
        everybody, frame = (_shares(t, self.strata) for t in (self.stays, self.fair_stays))
        seen = [
            float(everybody[f"{way} had"].sum() / max(everybody[way].sum(), 1))
            for way in (OWN, STANDARD)
        ]
        own, standard = (frame[OWN].to_numpy(float), frame[STANDARD].to_numpy(float))
        share = frame["had"].to_numpy(float) / np.maximum(own + standard, 1)
        alike = [float(share @ n / max(n.sum(), 1)) for n in (own, standard)]
        return (
            Estimate(PLAIN_NAME, _quotient(seen), role="naive", null=1.0),
            Estimate(NO_EFFECT_NAME, _quotient(alike), role="no_effect", null=1.0),
        )

    @property
    def only_strata_part_them(self) -> bool:
        """Whether there is a ratio as long as nothing is held equal."""
        return _own_ratio(self.results, (), FAIR_NAME).value is not None

    @property
    def e_values(self) -> list[Estimate]:
        """How strong an unmeasured cause would have to be."""
        return [e_value(e) for e in (self.ratio(), self.churn) if e.value]


def _known(lives: ibis.Table) -> ibis.Table:
    """Customers whose process is known to be one of the two."""
    return lives.filter(lives.process.isin([OWN, STANDARD]))


def _own_ratio(table: EventTable, strata: Sequence[str], name: str) -> Estimate:
    """The rate ratio, own way ÷ standard."""
    return rate_ratio(table, "process", lambda p: p == OWN, name=name, strata=strata)


def _after(table: EventTable, day: float) -> EventTable:
    """Only those still at risk after a day, from it on."""
    if day <= 0:
        return table
    counts = table.counts
    net = counts["entrance"] - counts["observed"] - counts["censored"] - counts["moved"]
    early = counts[counts["day"] <= day].assign(entrance=net, observed=0, censored=0, moved=0)
    later = counts[counts["day"] > day]
    return EventTable.from_counts(pd.concat([early.assign(day=day), later]), table.by)


def _shares(table: EventTable, strata: Sequence[str]) -> pd.DataFrame:
    """Customers of each stratum by process, and how many ever had a result."""
    counts = table.counts.assign(n=table.counts["observed"] + table.counts["censored"])
    keys = list(strata) or [np.zeros(len(counts), int)]
    everybody = counts.pivot_table("n", keys, "process", "sum", 0, observed=True)
    reached = counts[counts[ENDS] == RESULT]
    keys = list(strata) or [np.zeros(len(reached), int)]
    had = reached.pivot_table("n", keys, "process", "sum", 0, observed=True)
    ways = [OWN, STANDARD]
    frame = everybody.reindex(columns=ways, fill_value=0)
    had = had.reindex(index=frame.index, columns=ways, fill_value=0)
    return frame.assign(**{f"{way} had": had[way] for way in ways}, had=had.sum(axis=1))


def _quotient(shares: Sequence[float]) -> float | None:
    """The first share ÷ the second."""
    return shares[0] / shares[1] if shares[1] else None


def ways_table(ways: Ways) -> pd.DataFrame:
    """Customers, first results and departures of each process: the first look.

    Returns
    -------
    DataFrame
        Columns ``label, customers, first_results, left, results_per_100_months,
        churn_per_100_months``.
    """
    rows = []
    for way in (STANDARD, OWN):
        waits, stays = (t.where(process=way).total() for t in (ways.results, ways.stays))
        n = int((stays.counts["observed"] + stays.counts["censored"]).sum())
        rates = [_per_100(table) for table in (waits, stays)]
        rows.append(
            (f"{way} way" if way == OWN else way, n, waits.n_events, stays.n_events, *rates)
        )
    columns = ["label", "customers", "first_results", "left"]
    return pd.DataFrame(rows, columns=[*columns, "results_per_100_months", "churn_per_100_months"])


def _per_100(table: EventTable) -> float:
    """Events per hundred customer-months."""
    months = table.exposure / DAYS_PER_MONTH
    return 100 * table.n_events / months if months else np.nan


def tenure_table(ways: Ways) -> pd.DataFrame:
    """The ratio of first results in each span of tenure in which there are any.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, first_results, scale``.
    """
    columns = ["label", "value", "ci_low", "ci_high", "first_results", "scale"]
    risk = risk_sets(ways.fair_results, "process", ways.strata)
    if len(risk.levels) < 2 or not risk.n_events:
        return pd.DataFrame(columns=columns)
    design = [[float(level == OWN)] for level in risk.levels]
    found = ratio_by_tenure(risk, design, [m * DAYS_PER_MONTH for m in SPANS_MONTHS])
    rows = found.frame[found.frame["observed"] > 0]
    rows = rows.rename(columns={"ratio": "value", "observed": "first_results"})
    rows = rows.assign(scale="ratio", label=span_labels(rows["after_day"], rows["up_to_day"]))
    return rows.astype({"first_results": int})[columns].reset_index(drop=True)


def many_analysts(ways: Ways, landmarks_days: Sequence[float]) -> pd.DataFrame:
    """The ratio over what is held equal, and among those still waiting on later days.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, scale``, sorted by value.
    """
    some = [(), *((one,) for one in ways.strata)]
    some += [ways.strata] if len(ways.strata) > 1 else []
    rows = []
    for strata in some:
        for day in (0.0, *landmarks_days):
            words = f"same {' and '.join(strata)}" if strata else "nothing held equal"
            label = f"{words}, from day {day:.0f}" if day else words
            one = ways.ratio(strata, since=day)
            rows.append((label, one.value, one.ci_low, one.ci_high))
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high"])
    return table.assign(scale="ratio").sort_values("value", ignore_index=True)
