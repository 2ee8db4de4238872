"""The engine of this process: how it is started, and how expressions get a name in it.

A company's own database is only ever read: there, an expression stays an expression.
"""

from __future__ import annotations

import os
import tempfile

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr.operations import DatabaseTable, Namespace

_NAMESPACE = Namespace(catalog="memory", database="main")
MEMORY_LIMIT = "1GB"  # of the engine; beyond it, it works on disk


def connect() -> Backend:
    """A DuckDB of this process, in memory, that spills to disk rather than run out."""
    connection = ibis.duckdb.connect()
    connection.raw_sql(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.raw_sql("SET preserve_insertion_order = false")
    connection.raw_sql("SET autoinstall_known_extensions = false")  # nothing is downloaded
    connection.con.execute("SET temp_directory = ?", [_spill_folder()])
    return connection


def stage(name: str, table: ibis.Table, *, keep: bool) -> ibis.Table:
    """Give an expression a name in the engine of this process, as a kept table or as a view.

    What builds on it compiles from the name, so long expressions are compiled only once.
    """
    connection = table.get_backend()
    if not isinstance(connection, Backend):
        return table
    kind = "TABLE" if keep else "VIEW"
    connection.raw_sql(f'CREATE {kind} "{name}" AS {connection.compile(table)}')
    return DatabaseTable(
        name, schema=table.schema(), source=connection, namespace=_NAMESPACE
    ).to_expr()


def drop(connection: Backend, name: str) -> None:
    """Forget a kept table (Ibis' own drop writes no name with the SQL library of 2026)."""
    connection.raw_sql(f'DROP TABLE IF EXISTS "{name}"')


def quoted(name: str) -> str:
    """A name as the engine's SQL takes it.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def first_line(error: Exception) -> str:
    """The first line of the engine's message."""
    return str(error).strip().split("\n")[0]


def _spill_folder() -> str:
    """Where the engine may put what does not fit into memory."""
    return os.path.join(tempfile.gettempdir(), f"csresearch-{os.getpid()}")
