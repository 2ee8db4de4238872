"""Reads a file's cells as text, date, number or yes/no; what can't be read stays countable."""

from __future__ import annotations

import datetime

import ibis
import ibis.expr.datatypes as dt

from csresearch.company.canonical import Column, columns_of
from csresearch.company.schema import CompanyConfig
from csresearch.company.sources import Opened
from csresearch.company.text import as_text, is_filled
from csresearch.errors import CompanyError, did_you_mean

YES = ("yes", "y", "true", "t", "1", "1.0")
NO = ("no", "n", "false", "f", "0", "0.0")
CELL = "cell "  # prefix under which a file's own columns stay reachable
UNREADABLE = "unreadable "  # prefix of the marks of cells that say something that can't be read


@ibis.udf.scalar.builtin(name="try_strptime")
def _try_strptime(text: str, format: str) -> datetime.datetime:
    """The engine's parser for a stated format; NULL where the text does not fit."""


def place_columns(
    table: str, opened: Opened, config: CompanyConfig
) -> dict[str, tuple[Column, str]]:
    """Which file column plays each canonical column (and segment) of a table.

    Raises
    ------
    CompanyError
        If a column that is needed, or named in company.yml, is not in the file.
    """
    named = getattr(config, table).columns
    segments = config.segments if table == "customers" else []
    wanted = columns_of(table) | {
        s: Column(s, "text", True, False, "A declared segment.") for s in segments
    }
    placed = {}
    for name, column in wanted.items():
        in_file = named.get(name, name)
        if in_file in opened.table.columns:
            placed[name] = (column, in_file)
        elif column.required or name in named:
            raise CompanyError(
                f"{opened.file}: column '{in_file}' is missing ({name}: {column.meaning}); "
                f"{did_you_mean(in_file, opened.table.columns)} Say in company.yml under "
                f"{table}: columns: {{{name}: <the file's column>}}"
            )
    return placed


def read_cells(
    table: str, opened: Opened, config: CompanyConfig, placed: dict[str, tuple[Column, str]]
) -> ibis.Table:
    """The table with canonical columns typed.

    The file's own columns are beside them under ``cell …``, and for columns some cells of which
    may be unreadable a mark under ``unreadable …``. Canonical columns the file lacks are there
    too, empty, so that later steps need not ask.
    """
    source = getattr(config, table)
    columns: dict[str, ibis.Value] = {}
    for name, column in columns_of(table).items():
        if name not in placed:
            columns[name] = ibis.null(_TYPES[column.kind])
    for name, (column, in_file) in placed.items():
        cell = mapped(opened.table[in_file], source.values.get(name))
        kind = "id" if name == "customer_id" else column.kind
        value = _READERS[kind](cell, source.date_format)
        columns[name] = value
        if not always_readable(cell, column.kind):
            columns[UNREADABLE + name] = value.isnull().ifelse(is_filled(cell), False)
    cells = {CELL + name: opened.table[name] for name in opened.table.columns}
    return opened.table.select(**columns, **cells)


def mapped(cell: ibis.Value, values: dict[str, str] | None) -> ibis.Value:
    """The cells with the values company.yml maps replaced."""
    if not values:
        return cell
    text = as_text(cell)
    return text.cases(*values.items(), else_=text)


def always_readable(cell: ibis.Value, kind: str) -> bool:
    """Whether the file's own type already guarantees the kind."""
    native = cell.type()
    return (
        kind == "text"
        or {
            "date": native.is_date() or native.is_timestamp(),
            "number": native.is_numeric(),
            "yes/no": native.is_boolean(),
        }[kind]
    )


def _as_id(cell: ibis.Value) -> ibis.Value:
    """Identifiers keep an integer type of the file's own; anything else is text."""
    return cell if cell.type().is_integer() else as_text(cell)


def _as_date(cell: ibis.Value, date_format: str | None) -> ibis.Value:
    """A day; times of day are dropped."""
    if cell.type().is_date():
        return cell
    if cell.type().is_timestamp():
        return cell.cast("timestamp").cast("date")
    text = as_text(cell)
    if date_format:
        return _try_strptime(text, date_format).cast("date")
    return text.try_cast("timestamp").cast("date")


def _as_number(cell: ibis.Value, _: str | None) -> ibis.Value:
    """A finite number."""
    if cell.type().is_boolean():
        return cell.cast("float64")
    number = cell.cast("float64") if cell.type().is_numeric() else as_text(cell).try_cast("float64")
    if cell.type().is_integer():
        return number
    return (number.isnan() | number.isinf()).ifelse(ibis.null("float64"), number)


def _as_yes_no(cell: ibis.Value, _: str | None) -> ibis.Value:
    """True or False."""
    if cell.type().is_boolean():
        return cell
    word = as_text(cell).lower()
    return ibis.cases((word.isin(YES), True), (word.isin(NO), False), else_=ibis.null("boolean"))


_TYPES = {"text": dt.string, "date": dt.date, "number": dt.float64, "yes/no": dt.boolean}
_READERS = {
    "text": lambda cell, _: as_text(cell),
    "id": lambda cell, _: _as_id(cell),
    "date": _as_date,
    "number": _as_number,
    "yes/no": _as_yes_no,
}
