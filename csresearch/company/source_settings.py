"""What company.yml says about where a table is: files, queries, joins, and how text is read."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from csresearch.company.cell_settings import CellSettings
from csresearch.company.settings import Settings

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " ", "\\t": "\t"}
CONSTANT = "="  # "= NPS" is the text NPS on every row, not a column of the file


def _files(given: Any) -> Any:
    """A name or a list of names; anything else is told in words."""
    names = given if isinstance(given, list) else [given]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError("give a file, a folder, a pattern (surveys_*.csv), or a list of them")
    return given


Files = Annotated[str | list[str], BeforeValidator(_files)]


class FileSettings(Settings):
    """One file, or several of the same columns, and how it is read."""

    file: Files | None = Field(
        default=None,
        description="CSV, JSON lines, Excel or Parquet: a file, a folder, a pattern "
        "(surveys_*.csv) or a list; several are stacked by column name.",
    )
    sheet: str | None = Field(
        default=None,
        description="Excel: the sheet; default: the only one, or the one named like the table.",
    )
    header_row: int | None = Field(
        default=None, ge=1, description="Excel: row of the column names; default: found."
    )
    delimiter: str | None = Field(
        default=None,
        description="CSV: the character between columns, or comma, semicolon, tab, pipe, space; "
        "default: found.",
    )
    quote: str | None = Field(
        default=None, description='CSV: the character around values, or none; default ".'
    )
    encoding: str | None = Field(
        default=None,
        description="CSV and JSON: encoding of the text, e.g. cp1252; default: found, of UTF-8, "
        "UTF-16 and Windows-1252.",
    )

    @field_validator("delimiter")
    @classmethod
    def _one_delimiter(cls, delimiter: str | None) -> str | None:
        """A character that can stand between columns."""
        found = DELIMITERS.get(delimiter, delimiter)
        if found is not None and (len(found) != 1 or found.isalnum() or found in "\r\n\"'\0"):
            raise ValueError("give one character, or comma, semicolon, tab, pipe or space")
        return found

    @field_validator("quote")
    @classmethod
    def _one_quote(cls, quote: str | None) -> str | None:
        """A character that can stand around values; none is the empty text."""
        found = "" if quote == "none" else quote
        if found and (len(found) != 1 or found.isalnum() or found.isspace()):
            raise ValueError("give one character, or none")
        return found

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str | None) -> str | None:
        """The name Python knows the encoding by."""
        if encoding is None:
            return None
        try:
            "".encode(encoding)
        except (LookupError, UnicodeError, ValueError):
            raise ValueError("is no encoding; e.g. utf-8, utf-16, cp1252, latin-1") from None
        return codecs.lookup(encoding).name

    @property
    def names(self) -> list[str]:
        """The files named, as a list."""
        return self.file if isinstance(self.file, list) else [self.file] if self.file else []


class JoinedFile(FileSettings):
    """A further file with columns of the same rows."""

    on: dict[str, str] = Field(
        min_length=1, description="Column of the first file -> column of this one it must equal."
    )
    columns: list[str] = Field(
        default_factory=list, description="Columns to take from it; default: all but those in on."
    )

    @model_validator(mode="after")
    def _some_file(self) -> Self:
        """A file, or another sheet of the same one."""
        if not self.file and not self.sheet:
            raise ValueError("give file:, or sheet: for another sheet of the same workbook")
        return self


def _as_settings(files: Any) -> Any:
    """Entries of files: as settings; a plain name is one with nothing else to say."""
    if not isinstance(files, dict):
        return files
    return {n: {"file": f} if isinstance(f, str | list) else f for n, f in files.items()}


class TableSource(FileSettings, CellSettings):
    """Where a table is and which of its columns plays which role."""

    database: str | None = Field(
        default=None,
        description="Instead of `file`: postgres://, snowflake://, bigquery://, trino://, "
        "databricks://, pyspark://, duckdb:///file or sqlite:///file; passwords only as $NAME of "
        "an environment variable.",
    )
    table: str | None = Field(
        default=None,
        description="Of a database, or of a SQLite or DuckDB `file`: the table, as name or "
        "schema.name.",
    )
    sql: str | None = Field(
        default=None, description="File with a query (DuckDB) over the tables named in `files`."
    )
    query: str | None = Field(
        default=None,
        description="Text of such a query; with a database, a query in its own SQL instead of "
        "`table`.",
    )
    files: Annotated[dict[str, FileSettings], BeforeValidator(_as_settings)] = Field(
        default_factory=dict,
        description="For `sql` and `query`: table name in the query -> file, or its keys as here.",
    )
    join: list[JoinedFile] = Field(
        default_factory=list,
        description="Files (or sheets) with further columns of the same rows, by key.",
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Canonical column (or segment) -> column of the file, or `= text` for the "
        "same text on every row.",
    )
    unpivot: list[dict[str, str]] = Field(
        default_factory=list,
        description="Events that stand side by side in one row: for each, canonical column -> "
        "column of the file, or `= text`.",
    )
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Column -> {value in the file: value to use}."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        """A file, a query over named files, or a table or query of a database."""
        if self.in_database:
            self._one_table()
            return self
        if sum(map(bool, (self.file, self.sql, self.query))) != 1:
            raise ValueError("give either file: or sql: (a query file) or query: (its text)")
        if not self.file and not self.files:
            raise ValueError("sql: and query: needs files:, the tables the query reads")
        nameless = next((name for name, file in self.files.items() if not file.file), None)
        if nameless is not None:
            raise ValueError(f"files: '{nameless}' needs file:")
        return self

    @model_validator(mode="after")
    def _events(self) -> Self:
        """Each event is marked by a column of the file, and says nothing twice."""
        for event in self.unpivot:
            if not any(not self.is_constant(column) for column in event.values()):
                raise ValueError("unpivot: an event needs a column of the file, e.g. its date")
            twice = next((name for name in event if name in self.columns), None)
            if twice is not None:
                raise ValueError(f"'{twice}' stands under columns: and unpivot:; keep one")
        if self.join and not (self.file or self.files):
            raise ValueError("join: is for files; join tables of a database in its query:")
        return self

    def _one_table(self) -> None:
        """A database by URL or file, and what to take from it."""
        if bool(self.database) == bool(self.file):
            raise ValueError("table: needs either database: (a URL) or file: (SQLite or DuckDB)")
        if bool(self.table) == bool(self.query) or self.sql or self.files:
            raise ValueError("of a database, give either table: or query: (in its own SQL)")
        if self.database and self.join:
            raise ValueError("join: is for files; join in query:")
        if isinstance(self.file, list):
            raise ValueError("file: one SQLite or DuckDB file, with table: or query:")

    @property
    def in_database(self) -> bool:
        """Whether it is a table or query of a database or of a database's file."""
        return bool(self.database or self.table or (self.file and self.query))

    @property
    def constants(self) -> dict[str, str]:
        """Columns of company.yml that are the same text on every row: how it stands -> text."""
        given = [*self.columns.values(), *(c for entry in self.unpivot for c in entry.values())]
        return {c: c[len(CONSTANT) :].strip() for c in given if self.is_constant(c)}

    @staticmethod
    def is_constant(column: str) -> bool:
        """Whether an entry is a text for every row, not a column."""
        return column.startswith(CONSTANT)
