"""Joint states: several things that happen once, such as the first result of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis
import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.history import STATES, TICKS_A_DAY
from csresearch.states.codes import (
    CHANGE,
    CHURN,
    ENTRY,
    EXIT,
    coded_lives,
    event_table,
    from_start,
    mixed,
)  # fmt: skip

NEVER = 2**28  # ticks


def first_days(
    events: ibis.Table, day: str, *, kind: str, kinds: Sequence[str], other: str | None = None
) -> ibis.Table:
    """Each customer's first day of each kind of event, side by side.

    Parameters
    ----------
    events : ibis.Table
        ``customer_id`` and the columns named ``day`` and ``kind``.
    day, kind : str
    kinds : sequence of str
        One column each.
    other : str, optional
        Name of a column for the first event of any other kind.

    Returns
    -------
    ibis.Table
        ``customer_id, *kinds``; NULL where there was none.
    """
    is_kind = {name: events[kind] == name for name in kinds}
    if other is not None:
        is_kind[other] = ~events[kind].isin(list(kinds))
    first = {name: events[day].min(where=where) for name, where in is_kind.items()}
    return events.group_by("customer_id").agg(**first)


def read_joint(
    lives: ibis.Table,
    kinds: Sequence[str],
    by: Sequence[str] = (),
    *,
    lag_days: float = 0.0,
) -> EventTable:
    """Count entries, moves and exits by which of several things have happened, in one pass.

    Parameters
    ----------
    lives : ibis.Table
        One row per customer: ``entry_day, exit_day, churned``, a column per kind with the day it
        first happened (NULL: never), and the ``by`` columns, text.
    kinds : sequence of str
        At most 20.
    by : sequence of str
        Columns that make a cell beside the state; missing values become "(not recorded)".
    lag_days : float
        A kind counts from so many days after its day.

    Returns
    -------
    EventTable
        Over ``(*by, *kinds)``, each kind "without" or "with". Intervals are (start, stop]: what
        happened on day r counts from r + 1, on or after the exit never, before the entry from it.
    """
    wide, levels = _wide(lives, kinds, by, lag_days)
    return event_table(_flows(wide, len(kinds)), levels, dict.fromkeys(kinds, STATES))


def read_each(
    lives: ibis.Table,
    kinds: Sequence[str],
    by: Sequence[str] = (),
    *,
    lag_days: float = 0.0,
) -> EventTable:
    """The same for each of several things on its own, in one pass.

    Returns
    -------
    EventTable
        Over ``(*by, "kind", "state")``, the state "without" or "with".
    """
    wide, levels = _wide(lives, kinds, by, lag_days)
    numbers = ibis.memtable(pd.DataFrame({"number": np.arange(len(kinds), dtype="int8")}))
    long = wide.cross_join(numbers)
    day = ibis.cases(*((long.number == i, long[f"day {i}"]) for i in range(len(kinds))))
    cell = long.cell * (len(kinds) + 1) + long.number
    long = long.select("entry", "exit", "churned", cell=cell, **{"day 0": day})
    return event_table(_flows(long, 1), levels | {"kind": list(kinds)}, {"state": STATES})


def _wide(
    lives: ibis.Table, kinds: Sequence[str], by: Sequence[str], lag_days: float
) -> tuple[ibis.Table, dict[str, list[str]]]:
    """Customers in numbers with a column ``day 0, day 1…`` for each kind."""
    known, levels = coded_lives(lives, by)
    lag = round(lag_days * TICKS_A_DAY)
    day = {
        f"day {i}": (from_start(lives[kind]) + lag).fill_null(NEVER).cast("int32")
        for i, kind in enumerate(kinds)
    }
    return known.select("cell", "entry", "exit", "churned", **day), levels


def _flows(wide: ibis.Table, n: int) -> ibis.Table:
    """A row for each change while at risk, each entry and each exit; nothing is sorted.

    What happens on one day is one change: it is counted at the first of the kinds.
    """
    turns = ibis.memtable(pd.DataFrame({"turn": np.arange(n + 2, dtype="int8")}))
    rows = wide.cross_join(turns)
    days = [rows[f"day {i}"] for i in range(n)]
    changed = ((rows.turn == i, day) for i, day in enumerate(days))
    rows = rows.mutate(day=ibis.cases(*changed, (rows.turn == n, rows.entry), else_=rows.exit))
    leaves = rows.churned.ifelse(CHURN, EXIT)
    kind = ibis.cases((rows.turn < n, CHANGE), (rows.turn == n, ENTRY), else_=leaves)
    rows = rows.mutate(kind=kind.cast("int8"))
    told = reduce(or_, ((rows.turn > i) & (day == rows.day) for i, day in enumerate(days)))
    inside = (rows.day > rows.entry) & (rows.day < rows.exit) & ~told
    here = rows.filter((rows.turn >= n) | inside)
    stays = (here.turn <= n).ifelse(1, 0)  # what happens on the day of the exit never counts
    return here.select(
        "cell",
        "day",
        "kind",
        state=mixed([((here[f"day {i}"] < here.day + stays).ifelse(1, 0), 2) for i in range(n)]),
        before=mixed([((here[f"day {i}"] < here.day).ifelse(1, 0), 2) for i in range(n)]),
    )
