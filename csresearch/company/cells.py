"""Reads a file's cells as text, date, number or yes/no; what can't be read stays countable."""

from __future__ import annotations

import ibis

from csresearch.company.canonical import Column, columns_of
from csresearch.company.date_formats import read_day
from csresearch.company.date_words import ISO
from csresearch.company.numbers import POINT, finite, read_number, read_plain
from csresearch.company.optional import absent
from csresearch.company.parsers import in_zone
from csresearch.company.readings import Reading
from csresearch.company.scales import OUTSIDE, on_scale, refuse_unknown_instruments
from csresearch.company.schema import CompanyConfig
from csresearch.company.sources import Opened
from csresearch.company.text import as_text, mapped, says_something
from csresearch.errors import CompanyError, did_you_mean

YES = ("yes", "y", "true", "t", "1", "1.0")
NO = ("no", "n", "false", "f", "0", "0.0")
CELL = "cell "  # prefix under which a file's own columns stay reachable
CHANCE = "kickoff_judgement"  # a number from 0 to 1
UNREADABLE = "unreadable "  # prefix of the marks of cells that say something that can't be read


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
    table: str,
    opened: Opened,
    config: CompanyConfig,
    placed: dict[str, tuple[Column, str]],
    *,
    readings: dict[str, Reading],
) -> ibis.Table:
    """The table with canonical columns typed, as ``find_readings`` says they are written.

    The file's own columns are beside them under ``cell …``, and for columns some cells of which
    are unreadable a mark under ``unreadable …``. Canonical columns that a table of events lacks
    are there too, empty, so that later steps need not ask; customers, which have so many, are
    asked (`column_of`).
    """
    source = getattr(config, table)
    rows = _shown(opened.table, placed, source.values)
    columns = {} if table == "customers" else absent(table, placed)
    for name, (column, _) in placed.items():
        cell = rows[name]
        kind = "id" if name == "customer_id" else column.kind
        value = _chance(cell, readings[name]) if name == CHANCE else None
        value = _READERS[kind](cell, readings.get(name)) if value is None else value
        columns[name] = value
        counted = cell.type().is_string() and _read_whole(readings.get(name))
        if not always_readable(cell, column.kind) and not counted:
            columns[UNREADABLE + name] = value.isnull().ifelse(says_something(_text(cell)), False)
    if source.scale:
        refuse_unknown_instruments(
            rows, opened.file,
            columns["instrument"] if "instrument" in placed else None, source.scale,
        )  # fmt: skip
        columns["score"], columns[OUTSIDE] = on_scale(
            columns["score"], columns["instrument"], source.scale
        )
    cells = {CELL + name: rows[CELL + name] for name in opened.table.columns}
    return rows.select(**columns, **cells)


def _shown(
    table: ibis.Table, placed: dict[str, tuple[Column, str]], values: dict[str, dict[str, str]]
) -> ibis.Table:
    """The placed columns, text of the file mapped and trimmed, and its own columns beside them.

    A step of its own: what reads a cell looks at it several times, and each time would be
    spelled out in SQL.
    """
    shown = {}
    for name, (_, in_file) in placed.items():
        cell = mapped(table[in_file], values.get(name))
        shown[name] = as_text(cell) if cell.type().is_string() else cell
    return table.select(**shown, **{CELL + name: table[name] for name in table.columns})


def _text(cell: ibis.Value) -> ibis.Value:
    """The text of a cell that `_shown` may have made text already."""
    return cell if cell.type().is_string() else as_text(cell)


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
    return cell if cell.type().is_integer() else _text(cell)


def _read_whole(reading: Reading | None) -> bool:
    """Whether counting has shown that every filled cell can be read."""
    if reading is None or reading.found.read < reading.found.cells:
        return False
    return not getattr(reading.found, "zoned", 0)  # an offset may be out of range


def _as_date(cell: ibis.Value, reading: Reading) -> ibis.Value:
    """A day; times of day are dropped."""
    if cell.type().is_date():
        return cell
    if cell.type().is_timestamp():
        return (in_zone(cell, reading.zone) if cell.type().timezone else cell).cast("date")
    zoned = bool(reading.found.zoned)
    return read_day(_text(cell), reading.format or ISO, reading.zone, zoned=zoned)


def _as_number(cell: ibis.Value, reading: Reading) -> ibis.Value:
    """A finite number."""
    native = cell.type()
    if native.is_numeric() or native.is_boolean():
        number = cell.cast("float64")
        return finite(number) if cell.type().is_floating() else number
    if reading.found.plain or not native.is_string():
        return read_plain(_text(cell))
    return read_number(_text(cell), reading.format or POINT)


def _chance(cell: ibis.Value, reading: Reading) -> ibis.Value:
    """A number from 0 to 1, also where it is written in percent."""
    number = _as_number(cell, reading)
    if not cell.type().is_string() or reading.found.plain:
        return number
    return _text(cell).endswith("%").ifelse(number / 100, number)


def _as_yes_no(cell: ibis.Value, _: Reading | None) -> ibis.Value:
    """True or False."""
    if cell.type().is_boolean():
        return cell
    word = _text(cell).lower()
    return ibis.cases((word.isin(YES), True), (word.isin(NO), False), else_=ibis.null("boolean"))


_READERS = {
    "text": lambda cell, _: _text(cell),
    "id": lambda cell, _: _as_id(cell),
    "date": _as_date,
    "number": _as_number,
    "yes/no": _as_yes_no,
}
