"""How every column of a table is written: stated, or found by counting and kept to be told."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import ibis
import pandas as pd

from csresearch.company.canonical import Column
from csresearch.company.date_words import NATIVE, STAMPS
from csresearch.company.dates import DateReading, dates_found, look_for_dates, stated_dates
from csresearch.company.looks import take
from csresearch.company.midnights import shifted_midnights
from csresearch.company.numbers import (
    NumberReading,
    look_for_numbers,
    numbers_found,
    stated_numbers,
)
from csresearch.company.settled import Asked, settle_dates, settle_numbers
from csresearch.company.text import as_text, mapped

STATED, TYPED = "stated in company.yml", "typed in its source"
WORD_SHOWN = {"excel": "Excel's numbers of days"} | dict.fromkeys(STAMPS, "Unix times")
READING_COLUMNS = (
    "table", "file", "column", "role", "kind", "format", "cells", "read", "evidence",
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """How a column is read.

    Parameters
    ----------
    kind : str
        "date" or "number".
    found : DateReading or NumberReading
        What the counts say.
    evidence : str
        Why it is read so, in words.
    zone : str
        Zone in which moments become days.
    midnights : str
        What to do about days that are one too early, if they are.
    """

    kind: str
    found: DateReading | NumberReading
    evidence: str
    zone: str = "UTC"
    midnights: str = ""

    @property
    def format(self) -> str:
        """The format as company.yml would say it; "" where no cell can be read."""
        date = isinstance(self.found, DateReading)
        return (self.found.format if date else self.found.decimal) or ""

    @property
    def advice(self) -> str:
        """What to do about cells that can't be read."""
        if self.kind == "date":
            shown = self.format if "%" in self.format else WORD_SHOWN.get(self.format, "YYYY-MM-DD")
            return f"write dates as {shown}, or set date_format"
        if self.found.words:
            words = ", ".join(f"{word[:40]}: …" for word in self.found.words)
            return f"write numbers, or map the words with values: {{<column>: {{{words}}}}}"
        return "write plain numbers with a decimal point, or map the values"


def find_readings(asked: Asked) -> dict[str, Reading]:
    """How the dates and numbers of a table are written, by canonical column.

    Parameters
    ----------
    asked : Asked
        The table as it stands in its source, and what company.yml says of it.

    Raises
    ------
    CompanyError
        If dates or numbers can be read in more than one way and nothing tells which.
    """
    cells = {
        column: mapped(asked.table[in_file], asked.settings.values.get(column))
        for column, (_, in_file) in asked.placed.items()
    }
    dates, numbers = (
        {c: cell for c, cell in cells.items() if asked.placed[c][0].kind == kind}
        for kind in ("date", "number")
    )
    typed = [c for c, cell in dates.items() if cell.type().is_temporal()]
    typed += [c for c, cell in numbers.items() if not cell.type().is_string()]
    days = _Columns.of(dates, typed, asked.settings.format_of)
    amounts = _Columns.of(numbers, typed, asked.settings.decimal_of)
    found = take(asked.table, look_for_dates(days.open), look_for_numbers(amounts.open))
    return _dates(asked, days, found[0]) | _numbers(asked, amounts, found[1])


@dataclass(frozen=True)
class _Columns:
    """Columns of one kind: their cells, the texts of those not typed, and how these are written.

    Parameters
    ----------
    cells, texts : dict of str to ibis Value
    stated : dict of str to str
        What company.yml says, where it does.
    """

    cells: dict[str, ibis.Value]
    texts: dict[str, ibis.Value]
    stated: dict[str, str]

    @classmethod
    def of(
        cls,
        cells: dict[str, ibis.Value],
        typed: Collection[str],
        stated_of: Callable[[str], str | None],
    ) -> _Columns:
        """The columns of one kind."""
        texts = {column: as_text(cell) for column, cell in cells.items() if column not in typed}
        stated = {column: stated_of(column) for column in texts}
        return cls(cells, texts, {column: how for column, how in stated.items() if how})

    @property
    def open(self) -> dict[str, ibis.Value]:
        """Texts of which nothing says how they are written."""
        return {column: text for column, text in self.texts.items() if column not in self.stated}


def advised(
    placed: dict[str, tuple[Column, str]], readings: dict[str, Reading]
) -> dict[str, tuple[Column, str]]:
    """The columns' places, with what to do about cells that are written otherwise."""
    return {
        name: (
            replace(spec, advice=readings[name].advice, shifted=readings[name].midnights)
            if name in readings
            else spec,
            in_file,
        )
        for name, (spec, in_file) in placed.items()
    }


def readings_frame(
    readings: dict[str, dict[str, Reading]], placed: dict[str, dict], files: dict[str, str]
) -> pd.DataFrame:
    """Every column of dates or numbers and how it is read: columns ``READING_COLUMNS``."""
    rows = [
        (table, files[table], placed[table][role][1], role, r.kind, r.format, r.found.cells,
         r.found.read, r.evidence)
        for table, of_table in readings.items()
        for role, r in of_table.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(READING_COLUMNS))


def _dates(asked: Asked, columns: _Columns, looked: dict[str, dict]) -> dict[str, Reading]:
    """How columns of dates are written."""
    zone = asked.settings.time_zone or asked.config.time_zone
    found = dates_found(asked.table, columns.open, looked)
    found, why = settle_dates(asked, found, columns.open)
    for column, format in columns.stated.items():
        found[column] = stated_dates(asked.table, columns.texts[column], format)
        why[column] = STATED
    readings = {}
    for column, cell in columns.cells.items():
        date = found.get(column, _NATIVE_DATE)
        early = shifted_midnights(asked.table, cell, date, zone)
        told = [why.get(column, TYPED), _told_zone(cell, date, zone), early]
        readings[column] = Reading("date", date, "; ".join(filter(None, told)), zone, early)
    return readings


def _numbers(asked: Asked, columns: _Columns, looked: dict[str, dict]) -> dict[str, Reading]:
    """How columns of numbers are written."""
    found, why = settle_numbers(asked, numbers_found(asked.table, columns.open, looked))
    for column, decimal in columns.stated.items():
        found[column] = stated_numbers(asked.table, columns.texts[column], decimal)
        why[column] = STATED
    return {
        column: Reading("number", found.get(column, _NATIVE_NUMBER), why.get(column, TYPED))
        for column in columns.cells
    }


def _told_zone(cell: ibis.Value, date: DateReading, zone: str) -> str:
    """What is said of moments that were turned into days."""
    if date.zoned:
        return f"{date.zoned:,} cells carry an offset: days are those of {zone}"
    native = cell.type().is_timestamp() and cell.type().timezone is not None
    return f"days are those of {zone}" if native or date.format in STAMPS else ""


_NATIVE_DATE = DateReading(NATIVE, 1.0)
_NATIVE_NUMBER = NumberReading(NATIVE, 1.0)
