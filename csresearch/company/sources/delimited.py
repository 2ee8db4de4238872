"""CSV and other delimited text: cells stay text, lines that do not fit are kept apart."""

from __future__ import annotations

import glob
from pathlib import Path

import duckdb
import pandas as pd
from ibis.backends.duckdb import Backend

from csresearch.company.source_settings import FileSettings
from csresearch.company.sources.decoding import as_utf8
from csresearch.company.sources.dialect import LONGEST_LINE, Dialect, find_dialect
from csresearch.company.sources.engine import drop, first_line, quoted, stage
from csresearch.company.sources.opened import Opened, lines_of, no_lines
from csresearch.errors import CompanyError


def open_delimited(connection: Backend, name: str, path: Path, how: FileSettings) -> Opened:
    """Load a CSV as text; lines that do not fit the header are kept apart."""
    with as_utf8(path, how.encoding) as (text, told):
        dialect = find_dialect(text, path.name, how)
        try:
            if dialect.breaks:
                raise duckdb.Error("the reader takes a line break in a name for the line end")
            _load(connection, name, text, dialect)
        except duckdb.Error:  # for one, line ends of two kinds in a file
            _load_with_one_line_end(connection, name, (path, text), dialect)
    unreadable = _rejected(connection, name, path, dialect)
    return Opened(connection.table(name), path.name, False, unreadable, name, told)


def _load_with_one_line_end(
    connection: Backend, name: str, paths: tuple[Path, Path], dialect: Dialect
) -> None:
    """A second try, on a copy in which every line ends the same way."""
    path, text = paths
    try:
        with as_utf8(text, "utf-8", one_line_end=True) as (same_ends, _):
            _load(connection, name, same_ends, dialect)
    except duckdb.Error as error:
        raise CompanyError(f"{path.name}: can't be read: {first_line(error)}") from None


def _load(connection: Backend, name: str, path: Path, dialect: Dialect) -> None:
    """One pass over the file into a table of text columns."""
    for kind in ("errors", "scans"):
        drop(connection, f"{name}_{kind}")
    lines = connection.read_csv(
        glob.escape(str(path)),
        table_name=f"{name}_lines",
        auto_detect=False,
        header=True,
        skip=dialect.skip,
        columns=dict.fromkeys(dialect.names, "VARCHAR"),
        delim=dialect.delimiter,
        quote=dialect.quote,
        escape=dialect.quote,
        nullstr="",
        strict_mode=True,
        max_line_size=LONGEST_LINE,
        store_rejects=True,
        rejects_table=f"{name}_errors",
        rejects_scan=f"{name}_scans",
        rejects_limit=0,
    )
    drop(connection, name)
    stage(name, lines, keep=True)
    connection.raw_sql(f'DROP VIEW "{name}_lines"')  # the file may be gone soon


def _rejected(connection: Backend, name: str, path: Path, dialect: Dialect) -> pd.DataFrame:
    """Lines no row could be made of; refuses a file in which a quote swallows other lines."""
    errors = connection.raw_sql(
        f"SELECT * FROM {quoted(f'{name}_errors')} ORDER BY line, error_type"
    ).df()
    if errors.empty:
        return no_lines()
    errors = errors.drop_duplicates("line")
    texts = errors["csv_line"].fillna("").str.strip("\r\n")
    swallowing = errors[texts.str.contains(r"[\r\n]")]
    if len(swallowing):
        line = int(swallowing["line"].iloc[0])
        raise CompanyError(
            f"{path.name} line {line}: a quote ({dialect.quote}) is opened and not closed, so the "
            "lines after it can't be told apart; close it, or double quotes inside a value"
        )
    reasons = errors["error_message"].astype(str).str.split("\n").str[0]
    return lines_of(path.name, zip(errors["line"], reasons, texts, strict=True))
