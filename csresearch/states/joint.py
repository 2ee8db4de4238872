"""Joint states: several things that happen once, such as the first result of each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis

from csresearch.events import EventTable
from csresearch.history import STATES, TICKS_A_DAY, ticks_of
from csresearch.states.codes import (
    CHANGE,
    CHURN,
    ENTRY,
    EXIT,
    WEIGHT,
    coded_cells,
    event_table,
    from_start,
    mixed,
    weights,
)

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
    ticks = ticks_of(events[day])  # half the memory of a number with decimals
    first = {name: ticks.min(where=where) / TICKS_A_DAY for name, where in is_kind.items()}
    return events.group_by("customer_id").agg(**first)


def read_joint(
    lives: ibis.Table,
    kinds: Sequence[str],
    by: Sequence[str] = (),
    *,
    lag_days: float = 0.0,
    known: Mapping[str, Sequence[str]] | None = None,
) -> EventTable:
    """Count entries, moves and exits by which of several things have happened, in one pass.

    Parameters
    ----------
    lives : ibis.Table
        One row per customer: ``customer_id, entry_day, exit_day, churned``, a column per kind
        with the day it first happened (NULL: never), and the ``by`` columns, text.
    kinds : sequence of str
        At most 20.
    by : sequence of str
        Columns that make a cell beside the state; missing values become "(not recorded)".
    lag_days : float
        A kind counts from so many days after its day.
    known : mapping of str to sequence of str, optional
        Columns of ``by`` whose values are known already, which saves a scan to find them.

    Returns
    -------
    EventTable
        Over ``(*by, *kinds)``, each kind "without" or "with". Intervals are (start, stop]: what
        happened on day r counts from r + 1, on or after the exit never, before the entry from it.
    """
    wide, cells = wide_lives(lives, kinds, by, lag_days, known=known)
    return event_table(flows_once(wide, len(kinds)), cells, dict.fromkeys(kinds, STATES))


def read_each(
    lives: ibis.Table,
    kinds: Sequence[str],
    by: Sequence[str] = (),
    *,
    lag_days: float = 0.0,
    known: Mapping[str, Sequence[str]] | None = None,
) -> EventTable:
    """The same for each of several things on its own, in one pass.

    Returns
    -------
    EventTable
        Over ``(*by, "kind", "state")``, the state "without" or "with".
    """
    wide, cells = wide_lives(lives, kinds, by, lag_days, known=known)
    long = wide.cross_join(_numbers("number", len(kinds)))
    day = ibis.cases(
        *((long.number == i, long[name]) for i, name in enumerate(day_names(len(kinds))))
    )
    cell = long.cell * (len(kinds) + 1) + long.number
    long = long.select("entry", "exit", "churned", cell=cell, **{day_names(1)[0]: day})
    return event_table(flows_once(long, 1), cells | {"kind": list(kinds)}, {"state": STATES})


def day_names(n: int) -> list[str]:
    """The columns of ``wide_lives`` with the days of ``n`` things."""
    return [f"day {i}" for i in range(n)]


def wide_lives(
    lives: ibis.Table,
    kinds: Sequence[str],
    by: Sequence[str],
    lag_days: float,
    *,
    known: Mapping[str, Sequence[str]] | None = None,
    weight: str | None = None,
) -> tuple[ibis.Table, dict[str, list[str]]]:
    """Customers in numbers, ``day 0, day 1…`` for the kinds, and the levels of the cells."""
    cell, levels = coded_cells(lives, by, known or {})
    lag = round(lag_days * TICKS_A_DAY)
    columns = {"cell": cell, "entry": ticks_of(lives.entry_day), "exit": ticks_of(lives.exit_day)}
    for name, kind in zip(day_names(len(kinds)), kinds, strict=True):
        columns[name] = (from_start(lives[kind]) + lag).fill_null(NEVER).cast("int32")
    if weight is not None:
        columns[WEIGHT] = lives[weight].cast("float64")
    return lives.select("customer_id", "churned", **columns), levels


def flows_once(wide: ibis.Table, n: int, n_levels: int = 1) -> ibis.Table:
    """A row for each change while at risk, each entry and each exit; nothing is sorted.

    What happens on one day is one change: it is counted at the first of the kinds. With more
    than one level ``wide`` has the level carried to each of these days (``level day 0, was day
    0…, level now, was last``); a change of level on the same day is counted there, not here.
    """
    rows = wide.cross_join(_numbers("turn", n + 2))
    turn = [rows.turn == i for i in range(n + 1)]
    pick = list(zip(turn, [*(rows[name] for name in day_names(n)), rows.entry], strict=True))
    rows = rows.mutate(day=ibis.cases(*pick, else_=rows.exit), kind=_kind(rows, n))
    level, was = _levels(rows, n) if n_levels > 1 else (ibis.literal(0), ibis.literal(0))
    rows = rows.mutate(level=level, was=was)
    here = rows.filter((rows.turn >= n) | _counted(rows, n))
    days = [here[name] for name in day_names(n)]
    stays = (here.turn <= n).ifelse(1, 0)  # what happens on the day of the exit never counts
    return here.select(
        "cell",
        "day",
        "kind",
        state=mixed(
            [*(((d < here.day + stays).ifelse(1, 0), 2) for d in days), (here.level, n_levels)]
        ),
        before=mixed([*(((d < here.day).ifelse(1, 0), 2) for d in days), (here.was, n_levels)]),
        **weights(here),
    )


def _kind(rows: ibis.Table, n: int) -> ibis.Value:
    """What a row of flows is."""
    leaves = rows.churned.ifelse(CHURN, EXIT)
    return ibis.cases((rows.turn < n, CHANGE), (rows.turn == n, ENTRY), else_=leaves).cast("int8")


def _levels(rows: ibis.Table, n: int) -> tuple[ibis.Value, ibis.Value]:
    """The level on the row's day and the one before it; 0 where nothing was ever said."""
    names = [*day_names(n), "now"]
    now = ((rows.turn == i, rows[f"level {name}"]) for i, name in enumerate(names))
    was = ((rows.turn == i, rows[f"was {name}"]) for i, name in enumerate(names))
    last = rows["was last"]
    return tuple(ibis.cases(*c, else_=last).fill_null(0) for c in (now, was))


def _counted(rows: ibis.Table, n: int) -> ibis.Value:
    """Whether a change happens while at risk and no other row counts the same day's."""
    inside = (rows.day > rows.entry) & (rows.day < rows.exit) & (rows.level == rows.was)
    for i, name in enumerate(day_names(n)):
        inside &= ~((rows.turn > i) & (rows[name] == rows.day))
    return inside


def _numbers(name: str, n: int) -> ibis.Table:
    """A table of the numbers from 0 to n − 1."""
    return ibis.range(n).unnest().cast("int8").name(name).as_table()
