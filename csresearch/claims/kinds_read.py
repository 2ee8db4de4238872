"""Kinds of result, counted in the engine: who reached them, and what followed."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd

from csresearch.company import Company
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.history import MIN_LEVEL_EVENTS, OTHER
from csresearch.resampling import GROUP, with_groups
from csresearch.states import first_days, read_each, read_joint

MOST_COUNTED = 50  # kinds listed; a free text has as many kinds as customers
REST = "all other kinds"


def lives_of(company: Company) -> tuple[ibis.Table, tuple[str, ...]]:
    """Customers, and the column of hashed parents where there are parents."""
    if not company.has("customers.parent_id"):
        return company.customers, ()
    return with_groups(company.customers), (GROUP,)


def kind_counts(lives: ibis.Table, results: ibis.Table) -> pd.DataFrame:
    """How many customers reached each kind of result before leaving, and how many left after.

    Returns
    -------
    DataFrame
        ``kind, customers, left, days``, the kind most customers reached first; at most fifty
        kinds. Days are all those customers' days since their start.
    """
    known = results.filter(results["result"].notnull() & results["result_day"].notnull())
    both = known.join(lives.select("customer_id", "exit_day", "churned"), "customer_id")
    alive = both.filter(both["result_day"] < both["exit_day"])
    left, days = alive["churned"].cast("int32").max(), alive["exit_day"].max()
    one = alive.group_by("customer_id", kind=alive["result"]).agg(left=left, days=days)
    counted = one.group_by("kind").agg(
        customers=one.count(), left=one["left"].sum(), days=one["days"].sum()
    )
    order = [ibis.desc("customers"), "kind"]
    frame = counted.order_by(order).limit(MOST_COUNTED).to_pandas()
    frame = frame.astype({"customers": int, "left": int, "days": float})
    return frame.sort_values(["customers", "kind"], ascending=[False, True], ignore_index=True)


def codes_of(kinds: Sequence[str], *, rest: bool) -> tuple[str, ...]:
    """Column names for kinds: a kind may be called like a column that is there already."""
    numbered = tuple(f"kind of result {number}" for number in range(len(kinds)))
    return (*numbered, "other kinds of result") if rest else numbered


def with_first_days(
    lives: ibis.Table, results: ibis.Table, kinds: Sequence[str], *, rest: bool
) -> ibis.Table:
    """Lives with a column for the first day of each kind, named as by `codes_of`."""
    codes = codes_of(kinds, rest=rest)
    number = ((results["result"] == kind, code) for kind, code in zip(kinds, codes, strict=False))
    coded = results.select(
        "customer_id", "result_day", code=ibis.cases(*number, else_=codes[-1] if rest else "")
    )
    dated = coded.filter(coded["result_day"].notnull())
    first = first_days(dated, "result_day", kind="code", kinds=codes)
    joined = lives.left_join(first, "customer_id")
    return joined.select(*(lives[name] for name in lives.columns), *(first[c] for c in codes))


def joint_table(
    days: ibis.Table, codes: Sequence[str], by: Sequence[str], *, lag_days: float = 0.0
) -> EventTable:
    """Event table by which kinds were reached; rare levels of the strata taken together."""
    return _rare_merged(read_joint(days, codes, by, lag_days=lag_days), by)


def all_lived(lives: ibis.Table) -> tuple[int, float]:
    """How many customers left, and all customers' days since their start."""
    left = lives["churned"].cast("int32").sum()
    row = lives.agg(left=left, days=lives["exit_day"].sum()).to_pandas().iloc[0]
    return int(row["left"]), float(row["days"])


def each_table(days: ibis.Table, codes: Sequence[str], by: Sequence[str]) -> EventTable:
    """Event table of each kind on its own, columns "kind" and "state"."""
    return _rare_merged(read_each(days, codes, by), by)


def _rare_merged(table: EventTable, by: Sequence[str]) -> EventTable:
    """Levels of the strata with fewer than 10 events become one; the clusters stay apart."""
    counts = table.counts
    for column in by:
        if column == GROUP:
            continue
        events = counts.groupby(column, observed=True)["observed"].sum()
        rare = events.index[(events < MIN_LEVEL_EVENTS) & (events.index != NOT_RECORDED)]
        if not len(rare):
            continue
        counts = counts.assign(
            **{column: np.where(counts[column].isin(rare), OTHER, counts[column])}
        )
    return table if counts is table.counts else EventTable.from_counts(counts, table.by)
