"""From what company.yml says about a table to the opened table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from csresearch.company.schema import CompanyConfig, TableSource
from csresearch.company.sources.delimited import open_delimited
from csresearch.company.sources.engine import first_line
from csresearch.company.sources.files import data_folders, find_file
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.company.sources.parquet import open_parquet
from csresearch.errors import CompanyError


def open_tables(connection: Backend, config: CompanyConfig, folder: Path) -> dict[str, Opened]:
    """Open every table company.yml names; ``folder`` is where it is."""
    folders = data_folders(config, folder)
    return {n: open_table(connection, n, source, folders) for n, source in config.tables.items()}


def open_table(
    connection: Backend, name: str, source: TableSource, folders: Sequence[Path]
) -> Opened:
    """Open one canonical table's file or query.

    Raises
    ------
    CompanyError
        If a file is missing, empty, or of a kind the kit does not read.
    """
    if source.file:
        return open_file(connection, f"{name}_file", find_file(source.file, folders))
    query = find_file(source.sql, folders)
    for view, file in source.files.items():
        opened = open_file(connection, f"{name}_{view}_file", find_file(file, folders))
        if len(opened.unreadable):
            raise CompanyError(_unreadable_in_query(opened))
        connection.create_view(view, opened.table, overwrite=True)
    sql = query.read_text(encoding="utf-8-sig").strip().rstrip(";")
    target = f"{name}_query"
    try:
        connection.raw_sql(f"CREATE TABLE {target} AS (\n{sql}\n)")
    except duckdb.Error as error:
        raise CompanyError(f"{query.name}: the query fails: {first_line(error)}") from None
    return Opened(connection.table(target), query.name, False, no_lines(), target)


def open_file(connection: Backend, name: str, path: Path) -> Opened:
    """Open one file under a name of its own, with the reader its ending asks for."""
    if path.stat().st_size == 0:
        raise CompanyError(f"{path.name}: is empty; export it again ({path})")
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise CompanyError(f"{path.name}: '{kind}' files are not read; save it as .csv or .parquet")
    return _READERS[kind](connection, name, path)


def _unreadable_in_query(opened: Opened) -> str:
    """Why a file behind a query is refused."""
    first = opened.unreadable.iloc[0]
    return (
        f"{opened.file}: {len(opened.unreadable)} lines can't be read, e.g. line {first['line']}: "
        f"{first['reason']}; correct them, a query must not miss rows"
    )


_READERS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), open_delimited),
    **dict.fromkeys((".parquet", ".pq"), open_parquet),
}
