"""The engine of this process: how it is asked, and how expressions get a name in it.

A company's own database is only ever read: there, an expression stays an expression.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.operations import DatabaseTable, Namespace

from csresearch.company.sources.compiled import sql_of
from csresearch.company.sources.process import (
    LITTLE_MB,
    MEMORY_MB,
    MUCH_TO_READ,
    limit_memory,
    new_database,
    use_all_cores,
)


@dataclass(frozen=True)
class BoundOnce:
    """A query as a relation of DuckDB's, which binds its SQL to the tables once instead of twice.

    A relation asks for the columns' types first; half of the time of a small query goes into that.
    But only a relation keeps the order asked for: without ``preserve_insertion_order`` and with
    several threads DuckDB 2.0.0 mixes up the rows of an answer that is taken as Arrow at once.
    """

    connection: duckdb.DuckDBPyConnection
    sql: str

    def to_arrow_table(self) -> pa.Table:
        """The answer."""
        if "ORDER BY" in self.sql:
            return self.connection.sql(self.sql).to_arrow_table()
        with warnings.catch_warnings():
            # it says that rows are copied once more: answers are counts, a few rows
            warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)
            return self.connection.execute(self.sql).to_arrow_table()

    def __getattr__(self, name: str) -> Any:
        """Anything else is the relation's."""
        return getattr(self.connection.sql(self.sql), name)


class Engine(Backend):
    """The DuckDB of this process. A query that runs out of memory is asked once more with less.

    With much memory DuckDB may begin a join in memory and find that the grouping after it has
    none left; with little it goes to disk at once, slower, and ends.
    """

    version = duckdb.__version__  # Ibis looks it up among what is installed, each time it connects
    home = ""  # the name of its database
    n_names = 0  # given so far
    n_bytes = 0.0  # of the largest that was read

    def compile(self, expr: ibis.Expr, /, **how: Any) -> str:
        """The SQL of an expression; what is alike is compiled once for all engines."""
        return sql_of(expr.op(), how, _NOBODY, lambda: self._compiled(expr, **how))

    def _compiled(self, expr: ibis.Expr, /, **how: Any) -> str:
        """The SQL of an expression, step by step: the engine joins the steps, faster than Ibis."""
        before = ibis.options.sql.fuse_selects
        ibis.options.sql.fuse_selects = False
        try:
            return super().compile(expr, **how)
        finally:
            ibis.options.sql.fuse_selects = before

    def execute(self, expr: ibis.Expr, /, **how: Any) -> Any:
        """The answer to an expression."""
        return self._asked(lambda: super(Engine, self).execute(expr, **how))

    def to_pyarrow(self, expr: ibis.Expr, /, **how: Any) -> Any:
        """The answer to an expression, as Arrow."""
        return self._asked(lambda: super(Engine, self).to_pyarrow(expr, **how))

    def _to_duckdb_relation(self, expr: ibis.Expr, **how: Any) -> BoundOnce:
        """What answers an expression; Ibis takes the answer as Arrow from it."""
        self._run_pre_execute_hooks(expr)  # frames among its tables become known to DuckDB
        return BoundOnce(self.con, self.compile(expr.as_table(), **how))

    def raw_sql(self, query: Any, **how: Any) -> Any:
        """Run a statement."""
        return self._asked(lambda: super(Engine, self).raw_sql(query, **how))

    def new_name(self) -> str:
        """A name nothing has yet: the same for the same step of every company."""
        self.n_names += 1
        return f"step {self.n_names}"

    def expect(self, n_bytes: float) -> None:
        """Know how much is to be read: little of it is read on one core."""
        self.n_bytes = max(self.n_bytes, n_bytes)
        if n_bytes > MUCH_TO_READ:
            use_all_cores(self.con)

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """The answer, with little memory if it cannot be had with more."""
        try:
            return ask()
        except duckdb.OutOfMemoryException:
            limit_memory(self.con, LITTLE_MB)
        try:
            return ask()
        finally:
            limit_memory(self.con, MEMORY_MB)


_NOBODY = Engine(extensions=None)  # equal to every engine: all are made with that alone


def connect(engine: type[Engine] = Engine, *, apart: bool = False) -> Engine:
    """An empty database in memory, in the DuckDB of this process or in one apart."""
    opened, name = new_database(apart=apart)
    connection = engine.from_connection(opened)
    connection.home = name
    # It would write into logs. Where it is off, as in Jupyter without ipywidgets, DuckDB refuses to
    # turn it off.
    shown = connection.con.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    if shown == [(True,)]:
        connection.raw_sql("SET enable_progress_bar = false")
    return connection


def stage(name: str, table: ibis.Table, *, keep: bool) -> ibis.Table:
    """Give an expression a name in the engine of this process, as a kept table or as a view.

    What builds on it compiles from the name, so long expressions are compiled only once.
    """
    connection = table.get_backend()
    if not _is_ours(connection):
        return table
    kind = "TABLE" if keep else "VIEW"
    connection.raw_sql(f'CREATE OR REPLACE {kind} "{name}" AS {connection.compile(table)}')
    return DatabaseTable(
        name, schema=table.schema(), source=connection, namespace=Namespace()
    ).to_expr()


def kept(name: str, table: ibis.Table) -> ibis.Table:
    """The rows of an expression, kept until the next of this name: one large step at a time."""
    connection = table.get_backend()
    if _is_ours(connection):
        drop(connection, name)
    return stage(name, table, keep=True)


def named(table: ibis.Table) -> ibis.Table:
    """An expression under a name of its own: what is asked of it often compiles from there."""
    connection = table.get_backend()
    return stage(connection.new_name(), table, keep=False) if _is_ours(connection) else table


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


def _is_ours(connection: Any) -> bool:
    """Whether an expression is the engine's of this process, and no database's."""
    return isinstance(connection, Engine)
