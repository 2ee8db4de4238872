"""CSV and other delimited text: cells stay text, lines that do not fit are kept apart."""

from __future__ import annotations

import csv
import glob
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd
from ibis.backends.duckdb import Backend

from csresearch.company.sources.engine import drop, first_line, stage
from csresearch.company.sources.opened import Opened
from csresearch.errors import CompanyError

LONGEST_LINE = 32 * 1024 * 1024


def open_delimited(connection: Backend, name: str, path: Path) -> Opened:
    """Load a CSV as text; lines that do not fit the header are kept apart."""
    header = _header(path)
    try:
        _load_csv(connection, name, path, header, strict=True)
    except duckdb.Error:  # for one, line ends of two kinds in a file
        try:
            _load_csv(connection, name, path, header, strict=False)
        except duckdb.Error as error:
            raise CompanyError(f"{path.name}: can't be read: {first_line(error)}") from None
    rejected = _rejected(connection, name, path)
    return Opened(connection.table(name), path.name, False, rejected, name)


def _load_csv(
    connection: Backend, name: str, path: Path, header: tuple[list[str], str], *, strict: bool
) -> None:
    """One pass over the file into a table of text columns; ``header`` is names and delimiter."""
    names, delimiter = header
    for kind in ("errors", "scans"):
        drop(connection, f"{name}_{kind}")
    lines = connection.read_csv(
        glob.escape(str(path)),
        table_name=f"{name}_lines",
        auto_detect=False,
        header=True,
        columns=dict.fromkeys(names, "VARCHAR"),
        delim=delimiter,
        quote='"',
        escape='"',
        nullstr="",
        strict_mode=strict,
        max_line_size=LONGEST_LINE,
        store_rejects=True,
        rejects_table=f"{name}_errors",
        rejects_scan=f"{name}_scans",
        rejects_limit=0,
    )
    drop(connection, name)
    stage(name, lines, keep=True)


def _header(path: Path) -> tuple[list[str], str]:
    """Column names and delimiter of a CSV, from its first line."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start:
        raise CompanyError(f"{path.name}: is not UTF-8 text; save it as CSV (UTF-8)")
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        line = stream.readline(LONGEST_LINE)
    delimiter = max(",;\t|", key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    names = [name.strip() or f"column {i + 1}" for i, name in enumerate(names)]
    if not line.strip():
        raise CompanyError(f"{path.name}: starts with an empty line; it must start with the header")
    twice = next((n for i, n in enumerate(names) if n.casefold() in _folded(names[:i])), None)
    if twice is not None:
        raise CompanyError(f"{path.name}: column '{twice}' stands twice in the header; rename one")
    return names, delimiter


def _folded(names: Sequence[str]) -> set[str]:
    """Names as the engine compares them."""
    return {name.casefold() for name in names}


def _rejected(connection: Backend, name: str, path: Path) -> pd.DataFrame:
    """Lines no row could be made of; refuses a file in which a quote swallows other lines."""
    errors = connection.table(f"{name}_errors").order_by(["line", "error_type"]).to_pandas()
    errors = errors.drop_duplicates("line")
    texts = errors["csv_line"].fillna("")
    swallowing = errors[texts.str.strip("\r\n").str.contains(r"[\r\n]")]
    if len(swallowing):
        line = int(swallowing["line"].iloc[0])
        raise CompanyError(
            f'{path.name} line {line}: a quote (") is opened and not closed, so the lines after '
            "it can't be told apart; close it, or double quotes inside a value"
        )
    reasons = errors["error_message"].astype(str).str.split("\n").str[0]
    return pd.DataFrame({"line": errors["line"], "reason": reasons, "text": texts})
