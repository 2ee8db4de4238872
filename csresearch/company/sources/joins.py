"""Further columns of the same rows from other files: a join that never makes rows more or fewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import ibis
import pandas as pd

from csresearch.company.source_settings import JoinedFile
from csresearch.company.sources.engine import drop, stage
from csresearch.company.sources.opened import Opened
from csresearch.company.sources.told import Told
from csresearch.company.text import as_text
from csresearch.errors import CompanyError, did_you_mean

KEY = "key of the join "  # prefix of the keys as text, so that 7 in a sheet is 7 in a CSV


def join_file(name: str, left: Opened, right: Opened, how: JoinedFile) -> Opened:
    """The left source with the columns of the right one, matched by key.

    Raises
    ------
    CompanyError
        If a column is missing, or a key stands on several rows of the right file.
    """
    refuse_unreadable(right, "a join")
    _refuse_missing(left, how.on)
    _refuse_missing(right, [*how.on.values(), *how.columns])
    keys = [f"{KEY}{i}" for i in range(len(how.on))]
    taken = _taken(left, right, how)
    ours = _with_keys(left.table, dict(zip(keys, how.on, strict=True)))
    theirs = _with_keys(right.table, dict(zip(keys, how.on.values(), strict=True)))
    theirs = theirs.select(*keys, **{new: theirs[column] for new, column in taken.items()})
    theirs = stage(f"{name}_right", theirs, keep=not right.lazy)
    if right.loaded_as:
        drop(theirs.get_backend(), right.loaded_as)
    _refuse_duplicates(theirs, keys, right, how)
    equal = [ours[key] == theirs[key] for key in keys]
    told = [
        *right.told,
        *_unmatched(ours.anti_join(theirs, equal), keys, f"no row in {right.file}", how.on),
        *_unmatched(theirs.anti_join(ours, equal), keys, f"row only in {right.file}", how.on),
    ]
    joined = ours.left_join(theirs, equal).select(
        *(ours[column] for column in left.table.columns), *(theirs[column] for column in taken)
    )
    done = left.turned_into(name, joined, *told)
    if not (left.lazy or right.lazy):
        drop(theirs.get_backend(), f"{name}_right")
    return replace(done, file=f"{left.file} with {right.file}")


def refuse_unreadable(opened: Opened, step: str) -> None:
    """A step that takes files together must not miss rows."""
    if opened.unreadable.empty:
        return
    first = opened.unreadable.iloc[0]
    raise CompanyError(
        f"{opened.file}: {len(opened.unreadable)} lines can't be read, e.g. line {first['line']}: "
        f"{first['reason']}; correct them, {step} must not miss rows"
    )


def _refuse_missing(side: Opened, wanted: Iterable[str]) -> None:
    """Columns named must be there."""
    for column in wanted:
        if column not in side.table.columns:
            hint = did_you_mean(column, side.table.columns)
            raise CompanyError(f"{side.file}: join: no column '{column}'; {hint}")


def _with_keys(table: ibis.Table, keys: dict[str, str]) -> ibis.Table:
    """The table with its key columns as text too."""
    return table.mutate(**{key: as_text(table[column]) for key, column in keys.items()})


def _taken(left: Opened, right: Opened, how: JoinedFile) -> dict[str, str]:
    """Columns to take: new name -> column; one the left has is called after its sheet or file."""
    wanted = how.columns or [c for c in right.table.columns if c not in how.on.values()]
    taken: dict[str, str] = {}
    there = {column.casefold() for column in left.table.columns}
    for column in wanted:
        name = column if column.casefold() not in there else f"{_short(right, how)}.{column}"
        if name.casefold() in there:
            raise CompanyError(
                f"{right.file}: join: column '{column}' is there already; say under columns: "
                "which ones to take"
            )
        there.add(name.casefold())
        taken[name] = column
    return taken


def _short(right: Opened, how: JoinedFile) -> str:
    """What to call a joined file in the name of a column."""
    return how.sheet or right.file.rsplit(".", 1)[0]


def _refuse_duplicates(theirs: ibis.Table, keys: list[str], right: Opened, how: JoinedFile) -> None:
    """A key on several rows would make rows of the left file more."""
    named = theirs.filter([theirs[key].notnull() for key in keys])
    twice = named.group_by(keys).agg(rows=named.count()).filter(ibis._.rows > 1)
    found = twice.order_by(keys).to_pandas()
    if found.empty:
        return
    columns = ", ".join(how.on.values())
    raise CompanyError(
        f"{right.file}: column {columns}: {len(found)} values stand on more than one row, e.g. "
        f"{_shown(found, keys)} on {found['rows'].iloc[0]} rows; a join takes one row per value: "
        "keep one, or say with query: which one counts"
    )


def _unmatched(rows: ibis.Table, keys: list[str], reason: str, on: dict[str, str]) -> list[Told]:
    """Rows of one side the other has no row for."""
    found = rows.agg(rows=rows.count(), **{key: rows[key].min() for key in keys}).to_pandas()
    count = int(found["rows"].iloc[0])
    if not count:
        return []
    advice = "nothing to do if that is right; else compare how the two files write the key"
    return [Told(", ".join(on), f"join: {reason}", count, _shown(found, keys), advice)]


def _shown(found: pd.DataFrame, keys: list[str]) -> str:
    """The key of the first row found."""
    return ", ".join(str(found[key].iloc[0] or "")[:80] for key in keys)
