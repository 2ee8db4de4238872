"""Several files as one table: rows below each other, columns by name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from csresearch.company.sources.engine import drop, stage
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.company.sources.parquet import read_together, row_count, schemas, types_agree
from csresearch.company.sources.told import Told
from csresearch.company.text import as_text

ORIGIN = "source file"  # column that says which file a row is from
MISSING = "column missing in some of the files"
ABSENT = "empty for its rows; nothing to do if that is right, else add the column or rename it"


def stack(name: str, label: str, parts: Sequence[tuple[str, Opened]]) -> Opened:
    """The rows of several opened files, each with what to call it, as one table."""
    tables = {file: part.table for file, part in parts}
    columns = _columns(tables.values())
    origin = _free(ORIGIN, columns)
    rows = as_one_table([t.mutate(**{origin: ibis.literal(f)}) for f, t in tables.items()])
    rows = rows.select(*columns, origin)
    told = [t for _, part in parts for t in part.told] + _absent(tables, columns)
    lazy = all(part.lazy for _, part in parts)
    staged = stage(name, rows, keep=not lazy)
    for _, part in parts:
        if part.loaded_as:
            drop(staged.get_backend(), part.loaded_as)
    unreadable = pd.concat([part.unreadable for _, part in parts], ignore_index=True)
    return Opened(staged, label, lazy, unreadable, "" if lazy else name, tuple(told))


def stack_parquet(
    connection: Backend, name: str, files: tuple[str, dict[str, Path]], folder: Path | None
) -> Opened | None:
    """Many Parquet files in one scan, or None where their types do not agree.

    Parameters
    ----------
    connection : ibis backend
    name : str
        Of the table in the engine.
    files : tuple
        What to call them together, and the name and place of each.
    folder : Path or None
        Below it, folders like ``region=north`` are columns.
    """
    label, paths = files
    found = schemas(list(paths.values()))
    if not types_agree(found):
        return None
    hive = folder is not None and any("=" in p.parent.name for p in paths.values())
    columns = list(dict.fromkeys(field for schema in found for field in schema.names))
    origin = _free(ORIGIN, columns)
    table = read_together(connection, f"{name}_files", list(paths.values()), hive=hive, file=origin)
    start = len(os.path.commonpath([path.parent for path in paths.values()])) + 1
    table = table.mutate(**{origin: table[origin].substr(start)})
    told = [
        Told(c, MISSING, row_count(lacking), lacking[0].name, ABSENT)
        for c in columns
        if (lacking := _lacking(c, found, list(paths.values())))
    ]
    return Opened(stage(name, table, keep=False), label, True, no_lines(), "", tuple(told))


def as_one_table(tables: Sequence[ibis.Table]) -> ibis.Table:
    """The rows of all tables; a column some have in another type becomes text."""
    types = {column: _common_type(column, tables) for column in _columns(tables)}
    rows = [t.select(**{c: _as(t, c, kind) for c, kind in types.items()}) for t in tables]
    return ibis.union(*rows) if len(rows) > 1 else rows[0]


def _lacking(column: str, found: Sequence[pa.Schema], paths: Sequence[Path]) -> list[Path]:
    """The files without a column."""
    return [p for p, schema in zip(paths, found, strict=True) if column not in schema.names]


def _columns(tables: Iterable[ibis.Table]) -> list[str]:
    """All columns, in the order and spelling in which they come first."""
    seen: dict[str, str] = {}
    for table in tables:
        for column in table.columns:
            seen.setdefault(column.casefold(), column)
    return list(seen.values())


def _own(table: ibis.Table, column: str) -> str | None:
    """How a table spells a column."""
    return next((c for c in table.columns if c.casefold() == column.casefold()), None)


def _common_type(column: str, tables: Iterable[ibis.Table]) -> dt.DataType:
    """The type all files can have without loss: their own where it is one, else text."""
    own = [(table, _own(table, column)) for table in tables]
    types = {table[c].type().copy(nullable=True) for table, c in own if c is not None}
    types -= {dt.null}
    if len(types) == 1:
        return types.pop()
    if types and all(kind.is_numeric() and not kind.is_decimal() for kind in types):
        return dt.int64 if all(kind.is_signed_integer() for kind in types) else dt.float64
    return dt.string


def _as(table: ibis.Table, column: str, kind: dt.DataType) -> ibis.Value:
    """A table's column in the common type, empty where it has none."""
    own = _own(table, column)
    if own is None:
        return ibis.null(kind)
    cell = table[own]
    if cell.type().copy(nullable=True) == kind:
        return cell
    return as_text(cell) if kind.is_string() else cell.cast(kind)


def _absent(tables: dict[str, ibis.Table], columns: Sequence[str]) -> list[Told]:
    """Columns some of the files do not have."""
    told = []
    for column in columns:
        lacking = [file for file, table in tables.items() if _own(table, column) is None]
        if lacking:
            rows = sum(int(tables[file].count().execute()) for file in lacking)
            told.append(Told(column, MISSING, rows, lacking[0], ABSENT))
    return told


def _free(name: str, columns: Sequence[str]) -> str:
    """A column name that is not taken."""
    taken = {column.casefold() for column in columns}
    while name.casefold() in taken:
        name += "_"
    return name
