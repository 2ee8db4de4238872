"""Cells and states as small numbers in the engine, and counted flows as an event table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import numpy as np
import pandas as pd

from csresearch.events import COUNTS, NOT_RECORDED, EventTable
from csresearch.history import TICKS_A_DAY, coded, ticks_of, values_of

ENTRY, EXIT, CHURN, CHANGE = range(4)  # what a row of flows is
WEIGHT = "weight"  # a column of flows: rows are summed by it instead of counted


def coded_cells(
    lives: ibis.Table, by: Sequence[str], known: Mapping[str, Sequence[str]]
) -> tuple[ibis.Value, dict[str, list[str]]]:
    """The number of each customer's cell, and the levels it is of; some may be ``known``."""
    given = {name: sorted(known[name]) for name in by if name in known}
    found = values_of(lives, [name for name in by if name not in given]) | given
    levels = {name: found[name] for name in by}
    return mixed([(coded(lives[c], levels[c]), len(levels[c]) + 1) for c in by]), levels


def event_table(
    flows: ibis.Table, cells: Mapping[str, Sequence[str]], states: Mapping[str, Sequence[str]]
) -> EventTable:
    """Count flows ``cell, day, kind, state, before`` and make intervals of them.

    Flows with a ``weight`` are summed by it instead. ``cells`` and ``states`` are the levels, by
    column, that the numbers are of.
    """
    keys = [name for name in flows.columns if name != WEIGHT]
    n = flows[WEIGHT].sum() if WEIGHT in flows.columns else flows.count()
    counted = flows.group_by(keys).agg(n=n).to_pandas()
    column = {ENTRY: "entrance", EXIT: "censored", CHURN: "observed", CHANGE: "entrance"}
    moves = counted[counted["kind"] == CHANGE]
    rows = [counted.assign(count=counted["kind"].map(column))]
    rows.append(moves.assign(state=moves["before"], count="moved"))
    flat = pd.concat(rows, ignore_index=True)
    frame = pd.DataFrame({"day": flat["day"] / TICKS_A_DAY})
    known = {name: [*levels, NOT_RECORDED] for name, levels in cells.items()}
    named = _unmixed(flat["cell"], known) | _unmixed(flat["state"], states)
    for name, values in named.items():
        frame[name] = values
    for name in COUNTS:
        frame[name] = np.where(flat["count"] == name, flat["n"], 0)
    table = EventTable.from_counts(frame, tuple(named))
    words = {name: table.counts[name].to_numpy(object) for name in named}
    return EventTable(table.counts.assign(**words), table.by)


def _unmixed(code: pd.Series, levels: Mapping[str, Sequence[str]]) -> dict[str, pd.Categorical]:
    """The level of each column from one number."""
    code, found = code.to_numpy(), {}
    for name, names in reversed(levels.items()):
        code, place = np.divmod(code, len(names))
        words, rank = np.unique(np.array(names, dtype=object), return_inverse=True)
        found[name] = pd.Categorical.from_codes(rank[place.astype(int)], words)
    return {name: found[name] for name in levels}


def mixed(digits: list[tuple[ibis.Value, int]]) -> ibis.Value:
    """Several small numbers, each below its size, as one."""
    code = ibis.literal(0, "int32")
    for digit, size in digits:
        code = code * size + digit
    return code.cast("int32")


def weights(rows: ibis.Table) -> dict[str, ibis.Value]:
    """The column of weights, where there is one."""
    return {WEIGHT: rows[WEIGHT]} if WEIGHT in rows.columns else {}


def from_start(days: ibis.Value) -> ibis.Value:
    """Days in ticks; what came before the start counts as at the start."""
    return ticks_of((days < 0).ifelse(0.0, days))
