"""Tables and queries of a database: scanned there, or copied here in Arrow batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import ibis
import ibis.expr.datatypes as dt
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from csresearch.company.engines import is_embedded
from csresearch.company.source_settings import TableSource
from csresearch.company.sources.database_files import load_batches, open_database_file
from csresearch.company.sources.drivers import connect_to
from csresearch.company.sources.engine import connect as embedded
from csresearch.company.sources.files import find_file
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.errors import CompanyError, did_you_mean

BATCH_ROWS = 100_000
FILE_SCHEMES = ("sqlite", "duckdb")


def open_database(
    connection: Backend,
    name: str,
    source: TableSource,
    *,
    folders: Sequence[Path],
    connect: Callable[[str], BaseBackend] = connect_to,
) -> Opened:
    """Open a table or query of the database company.yml names.

    Parameters
    ----------
    connection : ibis backend
        The engine of this process, where the rows of a database file go.
    name : str
        Of the table in it.
    source : TableSource
        What company.yml says.
    folders : sequence of Path
        Where files are looked for.
    connect : callable
        ``connect_to``; one that remembers lets tables of one URL share a connection.

    Raises
    ------
    CompanyError
        If the database does not answer, or the table or query can't be read.
    """
    file = source.file or _file_of(source.database)
    if file:
        return open_database_file(connection, name, find_file(file, folders), source)
    database = connect(source.database)
    if source.query:
        rows, label = _query(database, source.query), "query"
    else:
        rows, label = _table(database, source.table), f"table {source.table}"
    plain = rows.select(**{column: _plain(rows[column]) for column in rows.columns})
    return Opened(plain, f"{database.name} {label}", True, no_lines())


def _file_of(url: str) -> str:
    """The file a URL of SQLite or DuckDB names, or nothing."""
    parts = urlsplit(url)
    return parts.netloc + parts.path if parts.scheme in FILE_SCHEMES else ""


def _table(connection: BaseBackend, name: str) -> ibis.Table:
    """A table by its name, after its schema (and catalog) where one is given."""
    *place, table = name.split(".")
    try:
        return connection.table(table, database=tuple(place) if place else None)
    except CompanyError as error:
        near = did_you_mean(table, _tables(connection, tuple(place)))
        raise CompanyError(f"{error}; {near}".removesuffix("; ")) from None


def _tables(connection: BaseBackend, place: tuple[str, ...]) -> list[str]:
    """The tables there are, if the database says."""
    try:
        return connection.list_tables(database=place or None)
    except Exception:  # only for the hint
        return []


def _query(connection: BaseBackend, query: str) -> ibis.Table:
    """The rows of a query in the database's own SQL."""
    text = query.strip().rstrip(";")
    schema = _described(connection, text) if connection.name == "postgres" else None
    return connection.sql(text, schema=schema)


def _described(connection: BaseBackend, query: str) -> ibis.Schema:
    """Columns of a PostgreSQL query; Ibis would create a view, which a session that reads can't."""
    cursor = connection.raw_sql(f"SELECT * FROM (\n{query}\n) AS rows LIMIT 0")
    columns = [(c.name, c.type_code, c._fmod) for c in cursor.description]
    names = [f"format_type({oid}, {modifier})" for _, oid, modifier in columns]
    types = connection.raw_sql(f"SELECT {', '.join(names)}").fetchone()
    read = connection.compiler.type_mapper.from_string
    return ibis.schema({name: read(kind) for (name, *_), kind in zip(columns, types, strict=True)})


def _plain(cell: ibis.Value) -> ibis.Value:
    """A cell of one of the types the kit reads; any other becomes text."""
    kind = cell.type()
    if kind.is_decimal():
        return cell.cast("int64" if kind.scale == 0 else "float64")
    known = (dt.String, dt.Integer, dt.Floating, dt.Boolean, dt.Date, dt.Timestamp)
    return cell if isinstance(kind, known) else cell.cast("string")


def here(table: ibis.Table) -> ibis.Table:
    """The table itself, or where it is in a database its copy in an engine of this process."""
    if is_embedded(table):
        return table
    opened = Opened(table, "", True, no_lines())
    return copied(embedded(), "here", opened).table


def copied(connection: Backend, name: str, opened: Opened) -> Opened:
    """A database's table in the engine of this process, brought over in Arrow batches."""
    rows = opened.table.to_pyarrow_batches(chunk_size=BATCH_ROWS)
    load_batches(connection, name, rows.schema, rows)
    return Opened(connection.table(name), opened.file, False, no_lines(), name, opened.told)
