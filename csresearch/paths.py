"""State paths: event tables of states that change more than once, or of several states at once.

A history holds one change a customer. Joint states of several kinds of results, satisfaction that
goes up and down, or efforts that come and go need the whole path: every row of changes splits a
customer's time, and what counts are the ends of the pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from csresearch.events import COUNTS, EventTable
from csresearch.history import TICKS_A_DAY

BEFORE = -(2**30)  # ticks: earlier than any change


@dataclass(frozen=True)
class Aspect:
    """One side of a customer's state.

    Parameters
    ----------
    at_first : str
        The state before any change.
    lasting : str or None
        The state that, once reached, is never left; None where the latest change holds.
    """

    at_first: str
    lasting: str | None = None


def read_paths(
    lives: ibis.Table,
    changes: ibis.Table,
    aspects: Mapping[str, Aspect],
    by: Sequence[str] = (),
    *,
    lag_days: float = 0.0,
) -> EventTable:
    """Count entries, moves and exits by the states customers are in: one pass in the engine.

    Parameters
    ----------
    lives : ibis.Table
        One row per customer: ``customer_id, entry_day, exit_day, churned`` and the ``by``
        columns, text.
    changes : ibis.Table
        ``customer_id, day`` and a text column per aspect: the state from that day on, NULL where
        the row does not speak of it. Of several changes of an aspect on one day the last in
        alphabetical order counts.
    aspects : mapping of str to Aspect
        Columns of ``changes`` that together make the state.
    by : sequence of str
        Columns of ``lives`` that make a cell beside the state; missing values become
        "(not recorded)".
    lag_days : float
        A change counts from so many days after its day.

    Returns
    -------
    EventTable
        Over ``(*by, *aspects)``. Intervals are (start, stop]: a change on day r counts from
        r + 1, one on or after the exit never, one before the entry from it. One before the start
        counts as one at the start, and the lag applies to both.
    """
    known = lives.select(
        "customer_id", "churned", *by, entry=_ticks(lives.entry_day), exit=_ticks(lives.exit_day)
    )
    states = _states(known, changes, aspects, lag_days)
    pieces = states.join(known, "customer_id").select(
        *by, *aspects, "churned",
        start=ibis.greatest(states.day, known.entry),
        stop=ibis.least(states.until.fill_null(known.exit), known.exit),
        exit=known.exit,
    )  # fmt: skip
    return _counted(pieces.filter(pieces.start < pieces.stop), (*by, *aspects))


def firsts(events: ibis.Table, day: str, *, kind: str) -> ibis.Table:
    """The first event of each kind of each customer: ``customer_id, kind, day``."""
    named = events.filter(events[day].notnull())
    return named.group_by("customer_id", kind=named[kind]).agg(day=named[day].min())


def _ticks(days: ibis.Value) -> ibis.Value:
    """Days in whole sixteenths."""
    return (days * TICKS_A_DAY).round().cast("int32")


def _states(
    known: ibis.Table, changes: ibis.Table, aspects: Mapping[str, Aspect], lag_days: float
) -> ibis.Table:
    """Each customer's states: ``customer_id, *aspects``, from ``day`` to ``until`` (or NULL)."""
    lag = round(lag_days * TICKS_A_DAY)
    dated = changes.filter(changes.day.notnull())
    from_start = _ticks(ibis.greatest(dated.day, 0.0)) + lag
    dated = dated.select("customer_id", *aspects, day=from_start.cast("int32"))
    daily = dated.group_by("customer_id", "day").agg(**{a: dated[a].max() for a in aspects})
    before = known.select(
        "customer_id",
        day=ibis.literal(BEFORE, "int32"),
        **{name: ibis.literal(aspect.at_first) for name, aspect in aspects.items()},
    )
    path = before.union(daily.select(*before.columns))
    order = ibis.window(group_by="customer_id", order_by="day")
    so_far = ibis.cumulative_window(group_by="customer_id", order_by="day")
    latest = [name for name, aspect in aspects.items() if aspect.lasting is None]
    runs = {f"run {name}": path[name].count().over(so_far) for name in latest}
    reached = {
        name: (path[name] == aspect.lasting).ifelse(1, 0).max().over(so_far)
        for name, aspect in aspects.items()
        if aspect.lasting is not None
    }
    path = path.mutate(**runs, **reached)
    held = {
        name: path[name].max().over(ibis.window(group_by=["customer_id", f"run {name}"]))
        for name in latest
    }
    named = {
        name: (path[name] == 1).ifelse(aspects[name].lasting, aspects[name].at_first)
        for name in reached
    }
    path = path.select("customer_id", "day", **{a: (held | named)[a] for a in aspects})
    path = path.mutate(stays=_all_equal(path, {a: path[a].lag().over(order) for a in aspects}))
    turns = path.filter(~path.stays)
    return turns.mutate(until=turns.day.lead().over(order)).drop("stays")


def _all_equal(path: ibis.Table, earlier: dict[str, ibis.Value]) -> ibis.Value:
    """Whether a row's state is the one before it; the first row has none before it."""
    return ibis.and_(*((path[name] == value).fill_null(False) for name, value in earlier.items()))


def _counted(pieces: ibis.Table, cells: tuple[str, ...]) -> EventTable:
    """Count where pieces start and stop."""
    starts = pieces.group_by([*cells, "start"]).agg(entrance=pieces.count())
    last = pieces.stop == pieces.exit
    stops = pieces.group_by([*cells, "stop"]).agg(
        observed=pieces.count(where=last & pieces.churned),
        censored=pieces.count(where=last & ~pieces.churned),
        moved=pieces.count(where=~last),
    )
    frames = [
        starts.to_pandas().rename(columns={"start": "day"}),
        stops.to_pandas().rename(columns={"stop": "day"}),
    ]
    both = pd.concat(frames, ignore_index=True).reindex(columns=[*cells, "day", *COUNTS])
    both[list(COUNTS)] = both[list(COUNTS)].fillna(0).astype(np.int64)
    both["day"] = both["day"] / TICKS_A_DAY
    return EventTable.from_counts(both, cells)
