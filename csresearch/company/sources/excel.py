"""Excel and OpenDocument sheets: dates and numbers keep their types, formulas their last value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from ibis.backends.duckdb import Backend

from csresearch.company.source_settings import FileSettings
from csresearch.company.sources.dialect import unique_names
from csresearch.company.sources.engine import drop, first_line
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.company.sources.sheet_cells import column_of, text_of
from csresearch.company.sources.told import Told
from csresearch.errors import CompanyError, did_you_mean

LOOKED_AT = 100  # rows in which the header is looked for
Rows = list[list[Any]]


def open_excel(
    connection: Backend, name: str, path: Path, how: FileSettings, *, table: str = ""
) -> Opened:
    """Load a sheet; ``table`` is the canonical table it is for, whose name a sheet may have."""
    sheet = _sheet(path, how, table)
    rows = [[None if c == "" else c for c in row] for row in sheet.to_python(False)]
    file = f"{path.name} sheet {sheet.name}"
    header = _header_row(rows, how.header_row, file)
    names, width = _names(rows, header, file)
    body = [row[:width] for row in rows[header + 1 :]]
    filled = [row for row in body if any(c is not None for c in row)]
    content = pa.table([column_of([row[i] for row in filled]) for i in range(width)], names=names)
    drop(connection, name)
    connection.con.register(f"{name}_read", content)
    connection.con.execute(f'CREATE TABLE "{name}" AS SELECT * FROM "{name}_read"')
    connection.con.unregister(f"{name}_read")
    told = (
        *_above(rows[:header], stated=how.header_row is not None),
        *_blank(len(body) - len(filled)),
        *_merged(sheet, header),
    )
    return Opened(connection.table(name), file, False, no_lines(), name, told)


def _sheet(path: Path, how: FileSettings, table: str) -> Any:
    """The sheet to read."""
    try:
        import python_calamine as calamine
    except ImportError:
        raise CompanyError(
            f"{path.name}: to read Excel files install csresearch[excel] (python-calamine), or "
            "save the sheet as CSV"
        ) from None
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = [s.name for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
        return book.get_sheet_by_name(_sheet_name(names, path.name, how.sheet, table))
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise CompanyError(
            f"{path.name}: can't be read as a workbook ({first_line(error)}); open it, take off a "
            "password if it has one, and save it again"
        ) from None


def _sheet_name(names: Sequence[str], file: str, stated: str | None, table: str) -> str:
    """The sheet asked for, the only one, or the one named like the table."""
    wanted = table if stated is None else stated
    if stated is None and len(names) == 1:
        return names[0]
    fitting = [n for n in names if n == wanted] or [
        n for n in names if n.strip().casefold() == wanted.strip().casefold()
    ]
    if len(fitting) == 1:
        return fitting[0]
    if stated is None:
        raise CompanyError(
            f"{file}: which sheet? There are: {', '.join(names)}. Say sheet: under the table in "
            "company.yml"
        )
    raise CompanyError(f"{file}: no sheet '{stated}'; {did_you_mean(stated, names)}")


def _header_row(rows: Rows, stated: int | None, file: str) -> int:
    """Where the header is: the first row of nothing but texts that is about as wide as any."""
    if stated is not None:
        if stated <= len(rows) and any(c is not None for c in rows[stated - 1]):
            return stated - 1
        raise CompanyError(f"{file}: row {stated} is empty; header_row: must be that of the names")
    widths = [sum(c is not None for c in row) for row in rows[:LOOKED_AT]]
    widest = max(widths, default=0)
    if not widest:
        raise CompanyError(f"{file}: holds no rows; export it again")
    for i, row in enumerate(rows[:LOOKED_AT]):
        names = [c for c in row if c is not None]
        if 2 * len(names) > widest and all(isinstance(c, str) for c in names):
            return i
    raise CompanyError(
        f"{file}: no row looks like column names (texts only); say header_row: under the table in "
        "company.yml"
    )


def _names(rows: Rows, header: int, file: str) -> tuple[list[str], int]:
    """Column names, and how many columns there are: up to the last that holds anything."""
    wide = [i for row in rows[header:] for i, c in enumerate(row) if c is not None]
    width = max(wide) + 1
    names = [text_of(c).strip() if c is not None else "" for c in rows[header][:width]]
    return unique_names(names + [""] * (width - len(names)), file), width


def _above(rows: Rows, *, stated: bool) -> list[Told]:
    """Rows above a header that was found, not stated."""
    above = [text_of(c) for row in rows for c in row if c is not None]
    if stated or not above:
        return []
    advice = "nothing to do if they are a title; else say header_row: under the table"
    return [Told("", "rows above the column names not read", len(rows), above[0][:80], advice)]


def _blank(count: int) -> list[Told]:
    """Rows without any value."""
    advice = "nothing to do: a row without any value says nothing"
    return [Told("", "blank rows not read", count, "", advice)] if count else []


def _merged(sheet: Any, header: int) -> list[Told]:
    """Merged cells below the header: only the first holds the value."""
    ranges = [r for r in sheet.merged_cell_ranges or [] if r[1][0] > header]
    if not ranges:
        return []
    (top, left), (bottom, right) = ranges[0]
    where = f"row {top + 1} column {left + 1} to row {bottom + 1} column {right + 1}"
    advice = "only the first cell of merged ones has the value; unmerge and fill the others"
    return [Told("", "merged cells", len(ranges), where, advice)]
