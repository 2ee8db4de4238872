"""Several looks at the columns of a table, answered by one query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis


@dataclass(frozen=True)
class Look:
    """What is counted of some columns.

    Parameters
    ----------
    texts : mapping of str to ibis string
        The columns, by name.
    read : callable
        What a cell is taken for, from its text.
    counts : callable
        Aggregates by name, from a column of texts and what they were taken for.
    """

    texts: Mapping[str, ibis.Value]
    read: Callable[[ibis.Value], ibis.Value]
    counts: Callable[[ibis.Value, ibis.Value], dict[str, ibis.Value]]


def take(table: ibis.Table, *looks: Look) -> list[dict[str, dict[str, Any]]]:
    """What every look finds, by column and aggregate.

    Texts and what is read from them are steps of their own: a look uses them several times, and
    each time would be spelled out in SQL.
    """
    named = {f"{i} {column}": look for i, look in enumerate(looks) for column in look.texts}
    if not named:
        return [{} for _ in looks]
    shown = table.select(**{name: look.texts[_column(name)] for name, look in named.items()})
    read = shown.mutate(**{f"read {name}": look.read(shown[name]) for name, look in named.items()})
    counts = {
        f"{what} {name}": n
        for name, look in named.items()
        for what, n in look.counts(read[name], read[f"read {name}"]).items()
    }
    found = read.agg(**counts).to_pandas().iloc[0]
    told: list[dict[str, dict[str, Any]]] = [{c: {} for c in look.texts} for look in looks]
    for key, value in found.items():
        what, i, column = key.split(" ", 2)
        told[int(i)][column][what] = value
    return told


def _column(name: str) -> str:
    """The column of a name with the look's number before it."""
    return name.split(" ", 1)[1]
