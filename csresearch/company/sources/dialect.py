"""How a delimited file is written: its column names, delimiter, quote, and where they begin."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from csresearch.company.source_settings import FileSettings
from csresearch.errors import CompanyError

LONGEST_LINE = 32 * 1024 * 1024
SAMPLE = 1 << 18  # characters looked at
LONGEST_NAME = 100_000  # of a column; below what Python's reader allows unless told otherwise
LINES = 50
DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'^"?sep=(.)"?\r?\n', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written.

    Parameters
    ----------
    names : list of str
        Column names.
    delimiter, quote : str
        A character each; no quote is "".
    skip : int
        Lines before the header: 1 where spreadsheets are told the delimiter (``sep=;``).
    breaks : bool
        Whether a line breaks inside a column's name, blanks around it included.
    """

    names: list[str]
    delimiter: str
    quote: str
    skip: int
    breaks: bool = False


def find_dialect(path: Path, file: str, how: FileSettings) -> Dialect:
    """How a UTF-8 file is written, from its first lines and what company.yml says."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        line = stream.readline(LONGEST_LINE)
        sample = line + stream.read(SAMPLE)
    hint = _SEPARATOR_LINE.match(sample)
    if hint:
        sample = sample[hint.end() :]
    if not sample.lstrip("\ufeff").split("\n", 1)[0].strip():
        raise CompanyError(f"{file}: starts with an empty line; it must start with the header")
    quote = '"' if how.quote is None else how.quote
    delimiter = how.delimiter or (hint and hint[1]) or _likeliest_delimiter(sample, quote)
    header = next(_rows(sample, delimiter, quote, file), [])
    if longest := max((len(name) for name in header if len(name) > LONGEST_NAME), default=0):
        raise CompanyError(
            f"{file}: the header can't be read: it holds a name of {longest:,} characters; close "
            f"the quote ({quote}) that is opened in it"
        )
    names = unique_names([name.strip() for name in header], file)
    breaks = any(set("\r\n") & set(name) for name in header)
    return Dialect(names, delimiter, quote, int(bool(hint)), breaks)


def unique_names(names: Sequence[str], file: str) -> list[str]:
    """Column names as they are used: an empty one is numbered, one that stands twice is refused."""
    names = [name or f"column {i + 1}" for i, name in enumerate(names)]
    seen: set[str] = set()
    for name in names:
        if "\0" in name:
            shown = name.replace("\0", "\\0")
            raise CompanyError(f"{file}: the name of column '{shown}' holds a NUL; rename it")
        if name.casefold() in seen:
            raise CompanyError(
                f"{file}: column '{name}' stands twice (upper and lower case count as the same); "
                "rename one"
            )
        seen.add(name.casefold())
    return names


def _likeliest_delimiter(sample: str, quote: str) -> str:
    """The delimiter by which most of the first lines have as many values as the header."""

    def fit(delimiter: str) -> tuple[bool, float, int]:
        rows: list[list[str]] = []
        with suppress(CompanyError):  # what comes before an unclosed quote still counts
            rows.extend(row for row in islice(_rows(sample, delimiter, quote, ""), LINES) if row)
        width = len(rows[0]) if rows else 0
        return width > 1, sum(len(row) == width for row in rows) / max(len(rows), 1), width

    return max(DELIMITERS, key=fit)


def _rows(sample: str, delimiter: str, quote: str, file: str):
    """The sample's rows as lists of text."""
    quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(
        io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote or None,
        quoting=quoting,
    )  # fmt: skip
    try:
        yield from reader
    except csv.Error as error:
        raise CompanyError(f"{file}: the header can't be read: {error}") from None
