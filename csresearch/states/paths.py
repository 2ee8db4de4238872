"""State paths: event tables of a state that comes and goes, beside things that happen once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis

from csresearch.events import EventTable
from csresearch.history import STATES, TICKS_A_DAY, coded
from csresearch.states.codes import CHANGE, event_table, from_start, mixed, weights
from csresearch.states.joint import day_names, flows_once, wide_lives

MOST_LEVELS = 64


def read_paths(
    lives: ibis.Table,
    changes: ibis.Table,
    levels: Sequence[str],
    once: Sequence[str] = (),
    *,
    by: Sequence[str] = (),
    lag_days: float = 0.0,
    known: Mapping[str, Sequence[str]] | None = None,
    weight: str | None = None,
) -> EventTable:
    """Count entries, moves and exits by the level a customer is at, in one pass in the engine.

    Parameters
    ----------
    lives : ibis.Table
        One row per customer: ``customer_id, entry_day, exit_day, churned``, a column for each of
        ``once`` with the day it first happened (NULL: never), and the ``by`` columns, text.
    changes : ibis.Table
        ``customer_id, day, level``: the level, text, from that day on; other texts than
        ``levels`` say nothing.
    levels : sequence of str
        The first is the one before any change. Of several changes on one day the level that
        stands last here counts.
    once : sequence of str
        Things that happen once and are part of the state.
    by : sequence of str
        Columns of ``lives`` that make a cell beside the state; missing values become
        "(not recorded)".
    lag_days : float
        A change counts from so many days after its day.
    known : mapping of str to sequence of str, optional
        Columns of ``by`` whose values are known already, which saves a scan to find them.
    weight : str, optional
        Column of ``lives``, above 0: the table is of its sums (revenue) instead of customers.

    Returns
    -------
    EventTable
        Over ``(*by, *once, "level")``. Intervals are (start, stop]: a change on day r counts from
        r + 1, one on or after the exit never, one before the entry from it. One before the start
        counts as one at the start, and the lag applies to both.

    Raises
    ------
    ValueError
        If there are fewer than 2 levels or more than 64.
    """
    if not 2 <= len(levels) <= MOST_LEVELS:
        raise ValueError(f"2 to {MOST_LEVELS} levels are needed, not {len(levels)}")
    wide, cells = wide_lives(lives, once, by, lag_days, known=known, weight=weight)
    said = _said(changes, levels, lag_days).inner_join(wide, "customer_id")
    carried = wide.left_join(_carried(said, len(once)), "customer_id").drop("customer_id_right")
    flows = flows_once(carried, len(once), len(levels)).union(
        _level_flows(said, len(once), len(levels))
    )
    states = dict.fromkeys(once, STATES) | {"level": list(levels)}
    return event_table(flows, cells, states)


def _said(changes: ibis.Table, levels: Sequence[str], lag_days: float) -> ibis.Table:
    """One row per customer and day with the level and the one before: ``code, earlier``."""
    dated = changes.filter(changes.day.notnull() & changes.level.isin(list(levels)))
    lag = round(lag_days * TICKS_A_DAY)
    day = (from_start(dated.day) + lag).cast("int32")
    rows = dated.select("customer_id", said=day, code=coded(dated.level, levels))
    daily = rows.group_by("customer_id", "said").agg(code=rows.code.max())
    order = ibis.window(group_by="customer_id", order_by="said")
    return daily.mutate(earlier=daily.code.lag().over(order).fill_null(0))


def _carried(said: ibis.Table, n: int) -> ibis.Table:
    """Each customer's level at the entry, before the exit, and on and before each ``day i``.

    The latest is the largest of day × levels + level, which any engine can find.
    """
    latest = said.said.cast("int64") * MOST_LEVELS + said.code
    days = {"now": said.entry, "last": said.exit} | {name: said[name] for name in day_names(n)}
    upto = {f"level {name}": latest.max(where=said.said <= day) for name, day in days.items()}
    before = {f"was {name}": latest.max(where=said.said < day) for name, day in days.items()}
    found = said.group_by("customer_id").agg(**upto, **before)
    codes = {name: (found[name] % MOST_LEVELS).fill_null(0) for name in (*upto, *before)}
    return found.select("customer_id", **codes)


def _level_flows(said: ibis.Table, n: int, n_levels: int) -> ibis.Table:
    """A row for each change of level while at risk."""
    inside = (said.said > said.entry) & (said.said < said.exit)
    turns = said.filter(inside & (said.code != said.earlier))
    days = [turns[name] for name in day_names(n)]
    now = [((day <= turns.said).ifelse(1, 0), 2) for day in days]
    was = [((day < turns.said).ifelse(1, 0), 2) for day in days]
    return turns.select(
        "cell",
        day=turns.said,
        kind=ibis.literal(CHANGE, "int8"),
        state=mixed([*now, (turns.code, n_levels)]),
        before=mixed([*was, (turns.earlier, n_levels)]),
        **weights(turns),
    )
