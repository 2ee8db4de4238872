"""What a column's values look like, read through the same openers as any source."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import ibis
import pandas as pd
from ibis.backends.duckdb import Backend

from csresearch.company.canonical import EMPTY_WORDS
from csresearch.company.cells import NO, YES
from csresearch.company.source_settings import CONSTANT, FileSettings, TableSource
from csresearch.company.sources import Opened, open_file, stage
from csresearch.company.sources.database_files import ENDINGS as DATABASES
from csresearch.company.sources.database_files import open_database_file, tables_of
from csresearch.company.sources.opening import EXCEL
from csresearch.company.text import as_text
from csresearch.errors import CompanyError
from csresearch.plain_text import printable
from csresearch.setup.amounts import find_amounts
from csresearch.setup.days import MOST, Days, find_days

SAMPLE = 50_000  # rows looked at
MOST_VALUES = 2_000_000
PEEK = 1_000  # rows that say which columns may be days
DAY, AMOUNT = "day ", "amount "  # prefixes of columns read as days and as numbers
FEW_LABELS = 12
Part = tuple[str, str]  # of a file that holds several: what company.yml calls it, and its name
SHEET, TABLE = "sheet", "table"


@dataclass(frozen=True)
class FileColumn:
    """A column of a file, a sample of its rows where they are many.

    Parameters
    ----------
    name : str
    cells : Series of text
        NA where empty.
    days : Series of datetime64 or None
        The cells as days, NaT where a cell is none; None where the column holds no days.
    written : Days or None
        How the days are written.
    amounts : Series of float or None
        The cells as numbers, where they are written otherwise than 1234.5.
    """

    name: str
    cells: pd.Series
    days: pd.Series | None = None
    written: Days | None = None
    amounts: pd.Series | None = None

    @cached_property
    def filled(self) -> pd.Series:
        """The cells that say anything."""
        words = self.cells.str.lower().isin(EMPTY_WORDS)
        return self.cells[self.cells.notna() & ~words]

    @property
    def nameable(self) -> bool:
        """Whether company.yml can name the column: there, ``= text`` is a text, no column."""
        return not self.name.startswith(CONSTANT) and self.name == self.name.strip() != ""

    @property
    def share_filled(self) -> float:
        """Share of the cells that say anything."""
        return len(self.filled) / max(1, len(self.cells))

    @cached_property
    def distinct(self) -> pd.Series:
        """The different values, the most common first, with their counts."""
        counts = self.filled.value_counts()
        return counts.sort_index().sort_values(ascending=False, kind="stable")

    @property
    def unique(self) -> bool:
        """Whether no value stands twice."""
        return len(self.filled) > 0 and len(self.distinct) == len(self.filled)

    @cached_property
    def numbers(self) -> pd.Series:
        """The cells as numbers, NA where they are none."""
        if self.amounts is not None:
            return self.amounts
        return pd.to_numeric(self.cells, errors="coerce")

    @cached_property
    def kind(self) -> str:
        """``empty``, ``yes/no``, ``number``, ``date`` or ``text``."""
        if self.filled.empty:
            return "empty"
        if self.days is not None:
            return "date"
        if self.filled.str.lower().isin(YES + NO).all():
            return "yes/no"
        return "number" if self.numbers[self.filled.index].notna().mean() >= MOST else "text"

    @property
    def labels(self) -> list[str]:
        """The values of a column of few, the most common first; none of a column of many."""
        return list(self.distinct.index) if len(self.distinct) <= FEW_LABELS else []

    @property
    def shown(self) -> str:
        """Kind and how many values, for a comment; no value, which may be somebody's name."""
        return "empty" if self.kind == "empty" else f"{self.kind}, {len(self.distinct):,} different"


@dataclass(frozen=True)
class File:
    """A file and its columns, a sample of its rows where they are many."""

    path: Path
    columns: dict[str, FileColumn]
    rows: int
    texts: ibis.Table = field(repr=False)
    part: Part | None = None

    @property
    def name(self) -> str:
        """The file's name, with its sheet or table, as messages show it."""
        return printable(" ".join([self.path.name, *(self.part or ())]))

    @property
    def key(self) -> tuple[str, Part | None]:
        """Tells files, sheets and tables apart."""
        return str(self.path), self.part

    @property
    def sampled(self) -> bool:
        """Whether only a part of the rows was looked at."""
        return self.rows > SAMPLE

    def last_day(self, column: str, until: pd.Timestamp) -> pd.Timestamp | None:
        """The last day of a column of the whole file that is not after another."""
        day = self.columns[column].written.read(self.texts[column])
        last = self.texts.select(day=day).filter(ibis._.day <= until.date()).day.max().execute()
        return None if pd.isna(last) else pd.Timestamp(last)

    def every_value(self, column: str) -> pd.Series:
        """All different values of a column, of the whole file (at most ``MOST_VALUES``)."""
        if not self.sampled:
            return pd.Series(self.columns[column].distinct.index, dtype="string")
        values = self.texts.select(value=self.texts[column]).distinct().limit(MOST_VALUES)
        return values.to_pandas()["value"].dropna().astype("string")


def look_at(connection: Backend, number: int, path: Path) -> list[File]:
    """Open a file and look at its columns; sheets and a database's tables are files of their own.

    Those that hold no rows are left out where another one does.

    Raises
    ------
    CompanyError
        If the file is missing, can't be read, or holds no row.
    """
    if not path.is_file():
        raise CompanyError(f"{path}: no such file; give --from the files that were exported")
    parts = parts_of(path)
    if not parts:
        return [_look_at(connection, f"{number}", path, None)]
    looked, refused = [], []
    for i, part in enumerate(parts):
        try:
            looked.append(_look_at(connection, f"{number}_{i}", path, part))
        except CompanyError as error:
            refused.append(error)
    if not looked:
        raise refused[0]
    return looked


def parts_of(path: Path) -> list[Part]:
    """The sheets of a workbook of several, or the tables of a database; none of any other file."""
    if path.suffix.lower() in DATABASES:
        return [(TABLE, table) for table in tables_of(path)]
    sheets = _sheets_of(path) if path.suffix.lower() in EXCEL else []
    return [(SHEET, sheet) for sheet in sheets] if len(sheets) > 1 else []


def _sheets_of(path: Path) -> list[str]:
    """The sheets of a workbook; none where they can't be listed."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        return []  # opening the file says what to install
    try:
        return list(CalamineWorkbook.from_path(str(path)).sheet_names)
    except (CalamineError, OSError, ValueError):
        return []  # opening the file says what is wrong with it


def _look_at(connection: Backend, name: str, path: Path, part: Part | None) -> File:
    """Look at one file, sheet or table."""
    opened = _opened(connection, f"looked_at_{name}", path, dict([part] if part else []))
    table = opened.table
    rows = int(table.count().execute())
    if not rows:
        raise CompanyError(f"{opened.file}: holds no rows; export it again")
    texts = table.select(**{column: as_text(table[column]) for column in table.columns})
    texts = stage(f"texts_{name}", texts, keep=rows <= SAMPLE)
    return File(path, _columns(texts), rows, texts, part)


def _opened(connection: Backend, name: str, path: Path, part: dict[str, str]) -> Opened:
    """Open a file, or a part of one, as company.yml will."""
    if TABLE in part:
        source = TableSource(file=path.name, table=part[TABLE])
        return open_database_file(connection, name, path, source)
    return open_file(connection, name, path, FileSettings(**part))


def _columns(texts: ibis.Table) -> dict[str, FileColumn]:
    """The columns of a table of texts, from one sample of its rows."""
    peek = texts.limit(PEEK).to_pandas()
    written = find_days(texts, peek)
    amounts = find_amounts(texts, peek, written)
    read = {DAY + name: how.read(texts[name]) for name, how in written.items()}
    read |= {AMOUNT + name: number for name, number in amounts.items()}
    cells = texts.mutate(**read).limit(SAMPLE).to_pandas()
    return {
        name: FileColumn(
            name,
            cells[name].astype("string"),
            pd.to_datetime(cells[DAY + name]) if name in written else None,
            written.get(name),
            cells[AMOUNT + name] if name in amounts else None,
        )
        for name in texts.columns
    }
