"""Judgements at kickoff as counts: who was judged how, on which day, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis
import numpy as np
import pandas as pd

from csresearch.company import Company
from csresearch.company.frames import ROW_LIMIT, sample_rows
from csresearch.company.schema import RECORDED_BY_DAY
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.history import read_history
from csresearch.resampling import GROUP, with_groups

WILL, WILL_NOT, UNDECIDED = "will", "will not", "undecided"
CLASSES = range(11)  # tenths of the chance to stay; the middle one is exactly a half
MIDDLE = 5


@dataclass(frozen=True)
class Judgements:
    """Customers judged by day 30, counted, at risk from the day of the judgement.

    Parameters
    ----------
    frame : DataFrame
        Columns ``chance`` (class of the chance to stay, 0 to 10), ``maturity``, ``entry``,
        ``judged_on`` (days of tenure), ``exit, churned, n``; ``cluster_group`` where there are
        parents.
    told : dict of int to float
        Mean chance to stay that was told in each class.
    written : DataFrame
        Every judgement, whenever written: ``side, churned, late, undated, n``.
    """

    frame: pd.DataFrame
    told: Mapping[int, float]
    written: pd.DataFrame

    @property
    def n_customers(self) -> int:
        """Customers judged in time and under observation after it."""
        return int(self.frame["n"].sum())

    @property
    def n_events(self) -> int:
        """Of these, how many left."""
        return int(self.frame.loc[self.frame["churned"], "n"].sum())

    @property
    def clusters(self) -> tuple[str, ...]:
        """The column of hashed parents, where there are parents."""
        return (GROUP,) if GROUP in self.frame else ()

    def share_written(self, flag: str) -> float:
        """Of all judgements, the share that is ``late`` or ``undated``."""
        n = self.written["n"]
        return float(n[self.written[flag]].sum() / n.sum()) if n.sum() else 0.0

    def table(self, by: Iterable[str], *, undecided: Iterable[int] = (MIDDLE,)) -> EventTable:
        """The clock of tenure, by ``judged``, ``chance``, ``maturity`` or the parents' groups.

        ``undecided`` says which classes of chances count as neither.
        """
        counts, out = self._by_cell.counts, set(undecided)
        sides = np.array([_side(one, out) for one in CLASSES], object)
        counts = counts.assign(judged=sides[counts["chance"].to_numpy()])
        return EventTable(counts, (*self._by_cell.by, "judged")).total(by)

    def since_judged(self, by: Iterable[str]) -> EventTable:
        """The clock that starts at the judgement; who came under observation later is left out."""
        frame = self.frame[self.frame["entry"] <= self.frame["judged_on"]].reset_index(drop=True)
        return _counted(frame, tuple(by), 0.0, frame["exit"] - frame["judged_on"])

    @cached_property
    def _by_cell(self) -> EventTable:
        """The clock of tenure by everything that is counted by."""
        cells = ("chance", "maturity", *self.clusters)
        return _counted(self.frame, cells, self.frame["entry"], self.frame["exit"])


def read_judgements(company: Company) -> Judgements:
    """Count the judgements in the engine."""
    rows = judged_lives(company)
    clusters = {GROUP: None} if company.has("customers.parent_id") else {}
    keys = ["chance", "maturity", *clusters]
    known = {"chance": [str(one) for one in CLASSES], "maturity": company.bands.labels}
    frame = read_history(rows, keys, unmerged=keys, known=known).frame
    frame = frame.rename(columns={"change": "judged_on"})
    frame = frame.astype({name: object for name in keys}).astype({"chance": int})
    told = rows.group_by("chance").agg(told=rows["told"].mean()).to_pandas()
    means = dict(zip(told["chance"].astype(int), told["told"].astype(float), strict=True))
    return Judgements(frame.reset_index(drop=True), means, _written(company))


def judged_rows(company: Company, limit: int = ROW_LIMIT) -> pd.DataFrame:
    """One row per customer judged either way, as lifelines wants it: the second road of C9.

    Returns
    -------
    DataFrame
        ``customer_id, durations, event_observed, entry, will_not``; of more customers than the
        limit a sample that is the same every time.
    """
    if not company.has("customers.kickoff_judgement"):
        return pd.DataFrame(columns=["durations", "event_observed", "entry", "will_not"])
    rows = judged_lives(company)
    rows = rows.filter(rows["judged"] != UNDECIDED)
    will_not = (rows["judged"] == WILL_NOT).cast("float64")
    rows = rows.select("customer_id", "entry_day", "exit_day", "churned", will_not=will_not)
    frame = sample_rows(rows, limit)
    names = {"exit_day": "durations", "churned": "event_observed", "entry_day": "entry"}
    return frame.rename(columns=names).astype({"event_observed": bool})


def judged_lives(company: Company) -> ibis.Table:
    """Customers judged by day 30 who were still there on the day of the judgement.

    The columns of customers with ``told, chance`` (its class), ``judged`` and ``change_day``, the
    day of the judgement, from which ``entry_day`` counts.
    """
    lives = company.customers
    lives = lives.filter(lives["kickoff_judgement"].notnull())
    told = lives["kickoff_judgement"]
    day = ibis.greatest(lives["judged_day"].fill_null(0.0), 0.0)
    lives = lives.mutate(
        told=told,
        chance=_class_of(told).cast("string"),
        judged=_side_of(told),
        change_day=day,
        entry_day=ibis.greatest(lives["entry_day"], day),
    )
    lives = lives.filter(lives["exit_day"] > lives["entry_day"])
    return with_groups(lives) if company.has("customers.parent_id") else lives


def _class_of(chance: ibis.Value) -> ibis.Value:
    """The tenth a chance lies in: 0 … 4 below a half, 5 for exactly a half, 6 … 10 above."""
    thousandths = (chance * 1000).round().cast("int32")
    below = ibis.least(thousandths // 100, MIDDLE - 1)
    above = ibis.greatest((thousandths + 99) // 100, MIDDLE + 1)
    return ibis.cases((chance < 0.5, below), (chance > 0.5, above), else_=MIDDLE).cast("int32")


def _side_of(chance: ibis.Value) -> ibis.Value:
    """What a chance to stay says."""
    return ibis.cases((chance > 0.5, WILL), (chance < 0.5, WILL_NOT), else_=UNDECIDED)


def _side(one: int, undecided: set[int]) -> str:
    """What a class of chances says."""
    if one in undecided:
        return UNDECIDED
    return WILL if one > MIDDLE else WILL_NOT


def _written(company: Company) -> pd.DataFrame:
    """Every judgement, whenever it was written, by side and what became of the customer."""
    lives = company.customers
    told = lives["judged_chance"]
    lives = lives.filter(told.between(0, 1))
    late = (lives["judged_day"] > RECORDED_BY_DAY).fill_null(False)
    keys = {"side": _side_of(told), "late": late, "undated": lives["judged_day"].isnull()}
    found = lives.group_by(**keys, churned=lives["churned"]).agg(n=lives.count()).to_pandas()
    found = found.astype({"late": bool, "undated": bool, "churned": bool, "n": "int64"})
    return found.sort_values(["side", "churned", "late", "undated"], ignore_index=True)


def _counted(
    frame: pd.DataFrame, by: tuple[str, ...], start: pd.Series | float, stop: pd.Series
) -> EventTable:
    """Counted customers as an event table: everybody enters once and stops once."""
    cells, nobody = frame[list(by)], {"entrance": 0, "observed": 0, "censored": 0, "moved": 0}
    starts = cells.assign(**nobody, day=start).assign(entrance=frame["n"])
    stops = cells.assign(**nobody, day=stop).assign(
        observed=frame["n"].where(frame["churned"], 0),
        censored=frame["n"].where(~frame["churned"], 0),
    )
    both = pd.concat([starts, stops], ignore_index=True)
    return EventTable.from_counts(both[[*by, "day", *nobody]], by)


def known_maturity(table: EventTable) -> EventTable:
    """Only customers whose maturity was recorded."""
    kept = table.counts[table.counts["maturity"] != NOT_RECORDED]
    return EventTable(kept.reset_index(drop=True), table.by)
