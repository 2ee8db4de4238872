"""Opens a company's files through Ibis on an embedded DuckDB; CSV cells stay text."""

from __future__ import annotations

import csv
import glob
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from csresearch.company.schema import CompanyConfig, TableSource
from csresearch.errors import CompanyError, did_you_mean

MEMORY_LIMIT = "1GB"  # of the engine; beyond it, it works on disk
LONGEST_LINE = 32 * 1024 * 1024


@dataclass(frozen=True)
class Opened:
    """A table as it stands in the file.

    Parameters
    ----------
    table : ibis Table
        Columns as in the file; all text where it came from CSV.
    file : str
        What to call it in messages.
    lazy : bool
        True where every query reads the file again (Parquet); False where it was loaded.
    unreadable : DataFrame
        Lines no row could be made of: ``line, reason, text``.
    loaded_as : str
        The engine's table that holds it, where it was loaded.
    """

    table: ibis.Table
    file: str
    lazy: bool
    unreadable: pd.DataFrame
    loaded_as: str = ""


def connect() -> Backend:
    """A DuckDB of this process, in memory, that spills to disk rather than run out."""
    connection = ibis.duckdb.connect()
    connection.raw_sql(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.raw_sql("SET preserve_insertion_order = false")
    connection.con.execute("SET temp_directory = ?", [_spill_folder()])
    return connection


def stage(name: str, table: ibis.Table, *, keep: bool) -> ibis.Table:
    """Give an expression a name in the engine, as a kept table or as a view.

    What builds on it compiles from the name, so long expressions are compiled only once.
    """
    connection = table.get_backend()
    kind = "TABLE" if keep else "VIEW"
    connection.raw_sql(f'CREATE {kind} "{name}" AS {connection.compile(table)}')
    return connection.table(name)


def drop(connection: Backend, name: str) -> None:
    """Forget a kept table (Ibis' own drop writes no name with the SQL library of 2026)."""
    connection.raw_sql(f'DROP TABLE IF EXISTS "{name}"')


def open_tables(connection: Backend, config: CompanyConfig, folder: Path) -> dict[str, Opened]:
    """Open every table company.yml names; ``folder`` is where it is."""
    folders = data_folders(config, folder)
    return {n: open_table(connection, n, source, folders) for n, source in config.tables.items()}


def open_table(
    connection: Backend, name: str, source: TableSource, folders: Sequence[Path]
) -> Opened:
    """Open one canonical table's file or query.

    Raises
    ------
    CompanyError
        If a file is missing, empty, or of a kind the kit does not read.
    """
    if source.file:
        return open_file(connection, f"{name}_file", find_file(source.file, folders))
    query = find_file(source.sql, folders)
    for view, file in source.files.items():
        opened = open_file(connection, f"{name}_{view}_file", find_file(file, folders))
        if len(opened.unreadable):
            raise CompanyError(_unreadable_in_query(opened))
        connection.create_view(view, opened.table, overwrite=True)
    sql = query.read_text(encoding="utf-8-sig").strip().rstrip(";")
    target = f"{name}_query"
    try:
        connection.raw_sql(f"CREATE TABLE {target} AS (\n{sql}\n)")
    except duckdb.Error as error:
        raise CompanyError(f"{query.name}: the query fails: {first_line(error)}") from None
    return Opened(connection.table(target), query.name, False, _no_lines(), target)


def open_file(connection: Backend, name: str, path: Path) -> Opened:
    """Open one CSV or Parquet file under a name of its own."""
    if path.stat().st_size == 0:
        raise CompanyError(f"{path.name}: is empty; export it again ({path})")
    kind = path.suffix.lower()
    if kind in (".parquet", ".pq"):
        try:
            table = connection.read_parquet(glob.escape(str(path)), table_name=name)
        except duckdb.Error as error:
            raise CompanyError(f"{path.name}: is not Parquet: {first_line(error)}") from None
        return Opened(table, path.name, True, _no_lines())
    if kind in (".csv", ".tsv", ".txt"):
        return _open_csv(connection, name, path)
    raise CompanyError(f"{path.name}: '{kind}' files are not read; save it as .csv or .parquet")


def open_frame(connection: Backend, name: str, frame: pd.DataFrame) -> Opened:
    """Open a pandas frame under the name of a canonical table."""
    try:
        content = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise CompanyError(f"{name} frame: can't be read: {first_line(error)}") from None
    fields = [f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in content.schema]
    connection.con.register(f"{name}_file", content.cast(pa.schema(fields)))
    return Opened(connection.table(f"{name}_file"), f"{name} frame", False, _no_lines())


def find_file(name: str, folders: Sequence[Path]) -> Path:
    """The first folder's file of that name."""
    for folder in folders:
        path = folder / os.path.expandvars(name)
        if path.is_file():
            return path
    near = did_you_mean(name, sorted(_files_in(folders)))
    looked = ", ".join(str(folder) for folder in folders)
    unset = " (set the $NAME in the environment)" if "$" in looked else ""
    raise CompanyError(f"{name}: no such file in {looked}{unset}; {near}".rstrip("; "))


def data_folders(config: CompanyConfig, folder: Path) -> list[Path]:
    """The folders to search; one whose environment variable is not set keeps its $NAME."""
    named = [os.path.expandvars(entry) for entry in config.data_folders]
    return [Path(e) if "$" in e else (folder / e).resolve() for e in named]


def _files_in(folders: Sequence[Path]) -> set[str]:
    """Names of the files in the folders."""
    return {p.name for f in folders if f.is_dir() for p in f.iterdir() if p.is_file()}


def _open_csv(connection: Backend, name: str, path: Path) -> Opened:
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


def _no_lines() -> pd.DataFrame:
    """No unreadable lines."""
    return pd.DataFrame({"line": [], "reason": [], "text": []})


def _unreadable_in_query(opened: Opened) -> str:
    """Why a file behind a query is refused."""
    first = opened.unreadable.iloc[0]
    return (
        f"{opened.file}: {len(opened.unreadable)} lines can't be read, e.g. line {first['line']}: "
        f"{first['reason']}; correct them, a query must not miss rows"
    )


def first_line(error: Exception) -> str:
    """The first line of the engine's message."""
    return str(error).strip().split("\n")[0]


def _spill_folder() -> str:
    """Where the engine may put what does not fit into memory."""
    return os.path.join(tempfile.gettempdir(), f"csresearch-{os.getpid()}")
