"""JSON lines and JSON arrays: objects become columns, ``a.b`` for nested ones; cells stay text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
from ibis.backends.duckdb import Backend

from csresearch.company.source_settings import FileSettings
from csresearch.company.sources.decoding import as_utf8
from csresearch.company.sources.dialect import unique_names
from csresearch.company.sources.engine import drop, first_line, quoted
from csresearch.company.sources.json_columns import find_columns
from csresearch.company.sources.opened import Opened, lines_of
from csresearch.errors import CompanyError

BATCH = 50_000  # lines
Lines = Iterator[tuple[int, bytes | str]]
_SCHEMA = pa.schema([("line", pa.int64()), ("text", pa.string())])


def open_json(connection: Backend, name: str, path: Path, how: FileSettings) -> Opened:
    """Load JSON lines, or one array of objects; lines that are no object are kept apart."""
    staged = f"{name}_objects"
    with as_utf8(path, how.encoding) as (text, told), text.open("rb") as stream:
        whole = _is_document(text, alone=path.suffix.lower() == ".json")
        lines = _elements(text, path.name) if whole else enumerate(stream, 1)
        broken = _load(connection, staged, lines)
    try:
        columns = find_columns(connection, staged, path.name)
        _flatten(connection, name, staged, columns)
        found = connection.con.execute(
            f'SELECT line, reason, text FROM "{staged}" WHERE reason IS NOT NULL'
        ).fetchall()
    except duckdb.Error as error:
        raise CompanyError(f"{path.name}: can't be read: {first_line(error)}") from None
    drop(connection, staged)
    unreadable = lines_of(path.name, sorted(found + broken))
    return Opened(connection.table(name), path.name, False, unreadable, name, told)


def _load(connection: Backend, staged: str, lines: Lines) -> list[tuple[int, str, str]]:
    """Lines as a table of the engine; back come those that are no text."""
    broken: list[tuple[int, str, str]] = []
    reader = pa.RecordBatchReader.from_batches(_SCHEMA, _batches(lines, broken))
    drop(connection, staged)
    connection.con.register(f"{staged}_read", reader)
    connection.con.execute(
        f'CREATE TABLE "{staged}" AS SELECT *, NULL::VARCHAR AS reason FROM "{staged}_read"'
    )
    connection.con.unregister(f"{staged}_read")
    return broken


def _batches(lines: Lines, broken: list) -> Iterator[pa.RecordBatch]:
    """Numbered lines, many at a time; empty ones are no rows."""
    numbers: list[int] = []
    texts: list[str] = []
    for number, line in lines:
        try:
            text = line if isinstance(line, str) else line.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            shown = line.decode("utf-8", "backslashreplace")
            broken.append((number, f"is not UTF-8: {error.reason}", shown))
            continue
        if text.strip():
            numbers.append(number)
            texts.append(text.strip())
        if len(texts) == BATCH:
            yield pa.record_batch([numbers, texts], schema=_SCHEMA)
            numbers, texts = [], []
    yield pa.record_batch([numbers, texts], schema=_SCHEMA)


def _flatten(connection: Backend, name: str, staged: str, columns: dict[str, str]) -> None:
    """A column for each place in the objects; ``columns`` is name -> pointer."""
    drop(connection, name)
    cells = ", ".join(f"cells[{i}] AS {quoted(c)}" for i, c in enumerate(columns, 1))
    connection.con.execute(
        f'CREATE TABLE "{name}" AS SELECT {cells} FROM (SELECT json_extract_string(text, ?) '
        f'AS cells FROM "{staged}" WHERE reason IS NULL)',
        [list(columns.values())],
    )


def _is_document(path: Path, *, alone: bool) -> bool:
    """Whether the file is one JSON value rather than one a line.

    ``alone`` says whether an object that is the only line is such a value too.
    """
    with path.open("rb") as stream:
        filled = (line for line in stream if line.strip(b"\xef\xbb\xbf \t\r\n"))
        first = next(filled, b"").removeprefix(b"\xef\xbb\xbf").strip()
        more = next(filled, None) is not None
    if first.startswith(b"["):
        return True
    if not first.startswith(b"{"):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):  # goes on below, or is broken
        return not first.endswith(b"}")
    return alone and not more


def _elements(path: Path, file: str) -> Lines:
    """The objects of an array, or of the one array in an object, numbered, as JSON."""
    try:
        content = json.loads(
            path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_object,
            parse_int=str, parse_float=str, parse_constant=str,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise CompanyError(f"{file} {where}: is not JSON: {error.msg}; export it again") from None
    except (ValueError, RecursionError) as error:
        raise CompanyError(f"{file}: is not JSON: {first_line(error)}; export it again") from None
    if isinstance(content, dict):
        arrays = [v for v in content.values() if isinstance(v, list) and v]
        arrays = [v for v in arrays if all(isinstance(element, dict) for element in v)]
        content = arrays[0] if len(arrays) == 1 else [content]
    return ((i, json.dumps(element)) for i, element in enumerate(content, 1))


def _object(pairs: list[tuple[str, object]]) -> dict:
    """An object whose keys stand once."""
    content = dict(pairs)
    if len(content) < len(pairs):
        unique_names([key for key, _ in pairs], "a record")
    return content
