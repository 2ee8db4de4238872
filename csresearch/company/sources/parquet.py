"""Parquet, in one file or many; every query reads it again."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from csresearch.company.sources.engine import first_line
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.errors import CompanyError


def open_parquet(connection: Backend, name: str, path: Path) -> Opened:
    """Open a Parquet file under a name of its own."""
    try:
        table = connection.read_parquet(glob.escape(str(path)), table_name=name)
    except duckdb.Error as error:
        raise CompanyError(f"{path.name}: is not Parquet: {first_line(error)}") from None
    return Opened(table, path.name, True, no_lines())


def read_together(
    connection: Backend, name: str, paths: Sequence[Path], *, hive: bool, file: str
) -> ibis.Table:
    """Many Parquet files as one table by column name; column ``file`` holds each row's path.

    With ``hive``, what the names of folders say (``region=north``) are columns of text.
    """
    try:
        return connection.read_parquet(
            [glob.escape(str(path)) for path in paths],
            table_name=name,
            union_by_name=True,
            hive_partitioning=hive,
            hive_types_autocast=False,
            filename=file,
        )
    except duckdb.Error as error:
        raise CompanyError(f"{name}: is not Parquet: {first_line(error)}") from None


def row_count(paths: Sequence[Path]) -> int:
    """Rows of the files together."""
    return sum(pq.read_metadata(path).num_rows for path in paths)


def schemas(paths: Sequence[Path]) -> list[pa.Schema]:
    """Columns and types of each file."""
    found = []
    for path in paths:
        try:
            found.append(pq.read_schema(path))
        except (pa.ArrowException, OSError) as error:
            raise CompanyError(f"{path.name}: is not Parquet: {first_line(error)}") from None
    return found


def types_agree(found: Sequence[pa.Schema]) -> bool:
    """Whether each column is of one type in all files, empty columns and kinds of number aside."""
    kinds: dict[str, set] = {}
    for schema in found:
        for field in schema:
            if not pa.types.is_null(field.type):
                kinds.setdefault(field.name, set()).add(_kind(field.type))
    return all(len(seen) == 1 for seen in kinds.values())


def _kind(kind: pa.DataType) -> str:
    """The type, or "number": the engine widens numbers without loss."""
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    if pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return str(pa.string())
    return str(kind)
