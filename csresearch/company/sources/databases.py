"""Tables and queries of a database: scanned there, or copied here in Arrow batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from csresearch.company.source_settings import TableSource
from csresearch.company.sources.drivers import connect_to
from csresearch.company.sources.engine import drop
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.errors import CompanyError, did_you_mean

BATCH_ROWS = 100_000


def open_databases(sources: Mapping[str, TableSource]) -> dict[str, Opened]:
    """Open the tables that are in databases; tables of one URL share a connection.

    Raises
    ------
    CompanyError
        If a database does not answer, or a table or query can't be read.
    """
    connect = cache(connect_to)
    return {name: _open(connect, source) for name, source in sources.items() if source.database}


def _open(connect: Callable[[str], BaseBackend], source: TableSource) -> Opened:
    """A table, or the rows of a query."""
    connection = connect(source.database)
    if source.query:
        rows, label = _query(connection, source.query), "query"
    else:
        rows, label = _table(connection, source.table), f"table {source.table}"
    plain = rows.select(**{name: _plain(rows[name]) for name in rows.columns})
    return Opened(plain, f"{connection.name} {label}", True, no_lines())


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


def copied(connection: Backend, name: str, opened: Opened) -> Opened:
    """A database's table in the engine of this process, brought over in Arrow batches."""
    rows = opened.table.to_pyarrow_batches(chunk_size=BATCH_ROWS)
    drop(connection, name)
    _with_rows(connection, f'CREATE TABLE "{name}" AS', rows.schema.empty_table())
    for batch in rows:
        _with_rows(connection, f'INSERT INTO "{name}"', pa.Table.from_batches([batch]))
    return Opened(connection.table(name), opened.file, False, no_lines(), name, opened.told)


def _with_rows(connection: Backend, statement: str, rows: pa.Table) -> None:
    """A statement that takes in these rows."""
    connection.con.register("arriving", rows)
    try:
        connection.raw_sql(f"{statement} SELECT * FROM arriving")
    finally:
        connection.con.unregister("arriving")
