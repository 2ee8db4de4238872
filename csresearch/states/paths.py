"""State paths: event tables of states that come and go, such as satisfaction.

Every change splits a customer's time, and what counts are the ends of the pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis

from csresearch.events import EventTable
from csresearch.history import TICKS_A_DAY
from csresearch.states.codes import (
    CHANGE,
    CHURN,
    ENTRY,
    EXIT,
    coded,
    coded_lives,
    event_table,
    from_start,
    mixed,
)  # fmt: skip

MOST_LEVELS = 64  # of an aspect that can change back
BEFORE, AT, AFTER = range(3)  # order within a day: an exit, then changes, then an entry
SLOTS = 4


@dataclass(frozen=True)
class Aspect:
    """One side of a customer's state.

    Parameters
    ----------
    levels : tuple of str
        Its states; the first is the one before any change. Of several changes on one day the
        one that stands last here counts.
    lasting : bool
        Whether a change is for good, as a first result is; then there are two levels.
    """

    levels: tuple[str, ...]
    lasting: bool = False

    def __post_init__(self) -> None:
        most = 2 if self.lasting else MOST_LEVELS
        if not 2 <= len(self.levels) <= most:
            raise ValueError(f"an aspect has 2 to {most} levels, this one {len(self.levels)}")


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
        ``customer_id, day`` and a text column per aspect: the level from that day on, NULL where
        the row does not speak of it.
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
    known, levels = coded_lives(lives, by)
    dated = changes.filter(changes.day.notnull())
    lag = round(lag_days * TICKS_A_DAY)
    said = dated.select(
        "customer_id",
        day=(from_start(dated.day) + lag).cast("int32"),
        **{a: coded(dated[a], aspect.levels, missing=None) for a, aspect in aspects.items()},
    )
    states = {name: aspect.levels for name, aspect in aspects.items()}
    return event_table(_flows(known, said, aspects), levels, states)


def _flows(known: ibis.Table, changes: ibis.Table, aspects: Mapping[str, Aspect]) -> ibis.Table:
    """A row for each change while at risk, each entry and exit, the latest levels carried on.

    A level is carried as the largest so far of time × levels + level, which any engine can do.
    """
    names = list(aspects)
    empty = {name: ibis.null("int64") for name in names}
    daily = changes.group_by("customer_id", "day").agg(**{a: changes[a].max() for a in names})
    time = daily.day.cast("int64") * SLOTS + AT
    said = daily.select(
        "customer_id",
        time=time,
        cell=ibis.null("int64"),
        gone=ibis.null("int8"),
        **{
            name: daily[name].cast("int64") + (0 if aspects[name].lasting else time * MOST_LEVELS)
            for name in names
        },
    )
    entries = known.select(
        "customer_id",
        time=known.entry.cast("int64") * SLOTS + AFTER,
        cell=known.cell.cast("int64"),
        gone=ibis.null("int8"),
        **empty,
    )
    exits = known.select(
        "customer_id",
        time=known.exit.cast("int64") * SLOTS + BEFORE,
        cell=ibis.null("int64"),
        gone=known.churned.ifelse(CHURN, EXIT).cast("int8"),
        **empty,
    )
    path = ibis.union(said, entries, exits)
    so_far = ibis.window(group_by="customer_id", order_by="time", preceding=None, following=0)
    earlier = ibis.window(group_by="customer_id", order_by="time", preceding=(None, 1))
    path = path.select(
        "time",
        "gone",
        starts=path.cell.notnull(),
        cell=path.cell.max().over(so_far),
        left=path.gone.max().over(earlier),
        **{f"now {i}": path[a].max().over(so_far) for i, a in enumerate(names)},
        **{f"then {i}": path[a].max().over(earlier) for i, a in enumerate(names)},
    )
    state, before = (
        mixed([(_carried(path[f"{when} {i}"], aspects[a]), len(aspects[a].levels))
                for i, a in enumerate(names)])
        for when in ("now", "then")
    )  # fmt: skip
    there = path.cell.notnull() & path.left.isnull()
    path = path.mutate(state=state, before=before).filter(there)
    kind = path.starts.ifelse(ENTRY, path.gone.fill_null(CHANGE))
    path = path.mutate(kind=kind.cast("int8"), day=(path.time // SLOTS).cast("int32"))
    path = path.filter((path.kind != CHANGE) | (path.state != path.before))
    return path.select("cell", "day", "kind", "state", "before")


def _carried(value: ibis.Value, aspect: Aspect) -> ibis.Value:
    """The level a carried value stands for; the first one where nothing was said yet."""
    return (value if aspect.lasting else value % MOST_LEVELS).fill_null(0)
