"""SQLite and DuckDB files, read without extensions and never written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
from ibis.backends.duckdb import Backend

from csresearch.company.source_settings import TableSource
from csresearch.company.sources.engine import drop, first_line
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.errors import CompanyError, did_you_mean

ENDINGS = (".sqlite", ".sqlite3", ".db", ".db3", ".duckdb", ".ddb")
BATCH_ROWS = 50_000
INTEGER, NUMBER, TEXT = pa.int64(), pa.float64(), pa.string()


def open_database_file(connection: Backend, name: str, path: Path, source: TableSource) -> Opened:
    """Open a table of a SQLite or DuckDB file, or the rows of a query in the file's own SQL.

    Raises
    ------
    CompanyError
        If it is neither kind of file, or the table or query can't be read.
    """
    if not source.table and not source.query:
        raise CompanyError(f"{path.name}: holds several tables; say which: table: NAME, or query:")
    label = f"{path.name} {f'table {source.table}' if source.table else 'query'}"
    open_it = _open_sqlite if _is_sqlite(path) else _open_duckdb
    return open_it(connection, (name, label), path, source)


def tables_of(path: Path) -> list[str]:
    """The tables and views of a SQLite or DuckDB file, as company.yml names them.

    Raises
    ------
    CompanyError
        If it is neither kind of file, can't be read, or holds no table.
    """
    try:
        if _is_sqlite(path):
            with closing(sqlite3.connect(_read_only(path), uri=True)) as database:
                tables = _sqlite_tables(database)
        else:
            with duckdb.connect(path, read_only=True) as database:
                tables = _duckdb_tables(database)
    except (OSError, sqlite3.Error, duckdb.Error) as error:
        raise CompanyError(f"{path.name}: can't be read: {first_line(error)}") from None
    if not tables:
        raise CompanyError(f"{path.name}: holds no table")
    return tables


def _is_sqlite(path: Path) -> bool:
    """Whether a file is SQLite's; otherwise it must be DuckDB's."""
    with path.open("rb") as stream:
        start = stream.read(16)
    if start == b"SQLite format 3\0":
        return True
    if start[8:12] == b"DUCK":
        return False
    raise CompanyError(f"{path.name}: is neither a SQLite nor a DuckDB file")


def _read_only(path: Path) -> str:
    """Where Python's SQLite finds a file that it must not write."""
    return f"{path.resolve().as_uri()}?mode=ro"


def load_batches(
    connection: Backend, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]
) -> None:
    """Fill a new table of the engine, batch by batch: memory does not grow with the rows."""
    drop(connection, name)
    _take_in(connection, f'CREATE TABLE "{name}" AS', schema.empty_table())
    for batch in batches:
        _take_in(connection, f'INSERT INTO "{name}"', pa.Table.from_batches([batch], schema))


def _take_in(connection: Backend, statement: str, rows: pa.Table) -> None:
    """Run a statement that ends in a SELECT of these rows."""
    connection.con.register("arriving", rows)
    try:
        connection.raw_sql(f"{statement} SELECT * FROM arriving")
    finally:
        connection.con.unregister("arriving")


def _open_sqlite(
    connection: Backend, names: tuple[str, str], path: Path, source: TableSource
) -> Opened:
    """Copy the rows through Python's own SQLite; ``names`` are the engine's name and the label."""
    name, label = names
    try:
        with closing(sqlite3.connect(_read_only(path), uri=True)) as database:
            database.text_factory = lambda text: text.decode("utf-8", errors="replace")
            rows = (
                f"({source.query.strip().rstrip(';')})" if source.query else _quoted(source.table)
            )
            if source.table:
                _refuse_missing(label, source.table, _sqlite_tables(database))
            schema = _sqlite_schema(database, rows)
            load_batches(connection, name, schema, _sqlite_batches(database, rows, schema))
    except sqlite3.Error as error:
        raise CompanyError(f"{label}: can't be read: {first_line(error)}") from None
    return Opened(connection.table(name), label, False, no_lines(), name)


def _sqlite_tables(database: sqlite3.Connection) -> list[str]:
    """Names of the tables and views."""
    found = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    return [name for (name,) in found if not name.startswith("sqlite_")]


def _sqlite_schema(database: sqlite3.Connection, rows: str) -> pa.Schema:
    """Types the values have, as SQLite lets any value into any column."""
    names = [column[0] for column in database.execute(f"SELECT * FROM {rows} LIMIT 0").description]
    counts = ", ".join(
        f"sum(typeof({_quoted(c)}) = 'integer'), sum(typeof({_quoted(c)}) IN ('integer', 'real')), "
        f"count({_quoted(c)})"
        for c in names
    )
    found = [n or 0 for n in database.execute(f"SELECT {counts} FROM {rows}").fetchone()]
    fields = []
    for column, whole, number, filled in zip(
        names, found[::3], found[1::3], found[2::3], strict=True
    ):
        kind = INTEGER if whole == filled else NUMBER if number == filled else TEXT
        fields.append((column, kind if filled else TEXT))
    return pa.schema(fields)


def _sqlite_batches(
    database: sqlite3.Connection, rows: str, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The rows as Arrow batches."""
    columns = [
        f"CAST({_quoted(f.name)} AS TEXT)" if f.type == TEXT else _quoted(f.name) for f in schema
    ]
    cursor = database.execute(f"SELECT {', '.join(columns)} FROM {rows}")
    while fetched := cursor.fetchmany(BATCH_ROWS):
        arrays = [
            pa.array(values, type=field.type)
            for values, field in zip(zip(*fetched, strict=True), schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _open_duckdb(
    connection: Backend, names: tuple[str, str], path: Path, source: TableSource
) -> Opened:
    """Copy the rows over a connection of its own, in which the file can only be read."""
    name, label = names
    try:
        with duckdb.connect(path, read_only=True) as database:
            if source.table:
                _refuse_missing(label, source.table, _duckdb_tables(database))
                place = ".".join(_quoted(part) for part in source.table.split("."))
                query = f"SELECT * FROM {place}"
            else:
                query = source.query
            reader = database.sql(query).to_arrow_reader(BATCH_ROWS)
            load_batches(connection, name, reader.schema, reader)
    except duckdb.Error as error:
        raise CompanyError(f"{label}: can't be read: {first_line(error)}") from None
    return Opened(connection.table(name), label, False, no_lines(), name)


def _duckdb_tables(database: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the tables and views, with their schema where it is not the main one."""
    found = database.execute("SELECT table_schema, table_name FROM information_schema.tables")
    return [".".join(row).removeprefix("main.") for row in found.fetchall()]


def _refuse_missing(label: str, table: str, tables: list[str]) -> None:
    """The table must be there."""
    if table.casefold() not in {name.casefold() for name in tables}:
        raise CompanyError(f"{label}: no such table; {did_you_mean(table, tables)}")


def _quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
