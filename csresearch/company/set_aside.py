"""Writes the rows that were set aside, in a form no spreadsheet executes."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import ibis

from csresearch.company.canonical import TABLES
from csresearch.company.checks import Checked
from csresearch.company.sources import first_line, here
from csresearch.errors import CompanyError

FORMULA_START = r"^[=+\-@\t\r\n]"


def write_set_aside(checked: dict[str, Checked], folder: Path) -> list[Path]:
    """One CSV per table with rows set aside, and one with the lines no row could be made of.

    Files of an earlier run are removed, so the folder says what this run set aside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        for stale in (folder / f"{name}.csv", folder / f"{name}_lines.csv"):
            stale.unlink(missing_ok=True)
    written = []
    for name, outcome in checked.items():
        if outcome.rows_marked:
            try:
                written.append(_write(outcome.set_aside, folder / f"{name}.csv"))
            except duckdb.Error as error:  # a broken Parquet file, in a column nothing else reads
                file = outcome.problems["file"].iloc[0]
                raise CompanyError(
                    f"{file}: can't be read: {first_line(error)}; export it again"
                ) from None
        if len(outcome.unreadable):
            lines = ibis.memtable(outcome.unreadable.astype(str))
            written.append(_write(lines, folder / f"{name}_lines.csv"))
    return written


def inert_name(name: str) -> str:
    """A column name as text that no spreadsheet takes for a formula."""
    name = name.replace("\0", "\ufffd")
    return f"'{name}" if re.match(FORMULA_START, name) else name


def inert(cell: ibis.Value) -> ibis.Value:
    """A cell as text that no spreadsheet takes for a formula, without NUL bytes."""
    if cell.type().is_numeric() or cell.type().is_temporal():
        return cell.cast("string")
    text = cell.cast("string").replace("\0", "\ufffd")
    return text.re_search(FORMULA_START).ifelse(ibis.literal("'").concat(text), text)


def _write(table: ibis.Table, path: Path) -> Path:
    """The table as CSV, row by row, whatever its size."""
    table = here(table)
    safe = table.select(**{inert_name(name): inert(table[name]) for name in table.columns})
    safe.order_by(list(safe.columns)[:3]).to_csv(path)
    return path
