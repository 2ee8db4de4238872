"""A table from a query over files, in the SQL of the engine of this process."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
from ibis.backends.duckdb import Backend

from csresearch.company.sources.engine import first_line, quoted
from csresearch.company.sources.joins import refuse_unreadable
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.errors import CompanyError


def run_query(
    connection: Backend, name: str, query: tuple[str, str], files: Mapping[str, Opened]
) -> Opened:
    """The rows of a query.

    Parameters
    ----------
    connection : ibis backend
    name : str
        Of the table in the engine.
    query : tuple of str
        What to call it in messages, and its text.
    files : mapping of str to Opened
        The tables it reads, by their names in it.
    """
    label, text = query
    for opened in files.values():
        refuse_unreadable(opened, "a query")
    try:
        _refuse_other_statements(connection, label, text)
        for view, opened in files.items():
            connection.create_view(view, opened.table, overwrite=True)
        connection.raw_sql(f"CREATE TABLE {name} AS (\n{text.strip().rstrip(';')}\n)")
        for view in files:
            connection.raw_sql(f"DROP VIEW {quoted(view)}")
    except duckdb.Error as error:
        raise CompanyError(f"{label}: the query fails: {first_line(error)}") from None
    told = tuple(told for opened in files.values() for told in opened.told)
    return Opened(connection.table(name), label, False, no_lines(), name, told)


def _refuse_other_statements(connection: Backend, label: str, text: str) -> None:
    """A query is one SELECT: it reads tables and changes none."""
    kinds = [statement.type for statement in connection.con.extract_statements(text)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise CompanyError(f"{label}: the query fails: it must be one SELECT and nothing else")
