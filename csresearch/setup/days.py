"""Which columns of a file are days, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import pandas as pd

from csresearch.company.date_formats import read_day
from csresearch.company.date_words import ISO
from csresearch.company.dates import DateReading, find_date_formats
from csresearch.setup.words import speaks_of_time

MOST = 0.95  # share of the filled cells that must be days
NUMBERS = ("excel", "unix", "unix_ms", "unix_us", "unix_ns")


@dataclass(frozen=True)
class Days:
    """How a column of days is written.

    Parameters
    ----------
    format : str
        As `date_format:` in company.yml says it.
    rivals : tuple of str
        Other formats that fit as well: day and month can't be told apart.
    example : str
        A cell; where there are rivals, one that shows it.
    """

    format: str
    rivals: tuple[str, ...] = ()
    example: str = ""

    @property
    def stated(self) -> str | None:
        """The format where company.yml must say it: anything but ISO 8601."""
        return None if self.format == ISO else self.format

    def read(self, text: ibis.Value) -> ibis.Value:
        """Cells as days, NULL where they are none."""
        return read_day(text, self.format)


def find_days(texts: ibis.Table, peek: pd.DataFrame) -> dict[str, Days]:
    """The columns that hold days; only those that look like it at first sight are searched."""
    likely = {name: texts[name] for name in texts.columns if _likely(name, peek[name].dropna())}
    found = find_date_formats(texts, likely)
    return {
        name: Days(reading.format, reading.ambiguous_with, reading.example)
        for name, reading in found.items()
        if _is_date(name, reading)
    }


def _likely(name: str, cells: pd.Series) -> bool:
    """Whether a search is worth its time: digits parted by marks, or numbers named like times."""
    if cells.empty:
        return False
    cells = cells.astype("string").str.slice(0, 80)
    parted = cells.str.contains(r"^\D{0,12}\d{1,4}[-/., ].*\d", regex=True).mean() >= 0.5
    plain = cells.str.fullmatch(r"-?\d+(\.\d+)?").mean() >= 0.5
    return bool(speaks_of_time(name)) if plain else bool(parted)


def _is_date(name: str, reading: DateReading) -> bool:
    """Whether nearly all cells are days, and numbers are meant to be some."""
    numbers = reading.format in NUMBERS and not speaks_of_time(name)
    return reading.format is not None and reading.share_read >= MOST and not numbers
