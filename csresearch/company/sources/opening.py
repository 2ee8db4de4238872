"""From what company.yml says about a table to the opened table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
from ibis.backends import BaseBackend

from csresearch.company.schema import CompanyConfig, TableSource
from csresearch.company.source_settings import FileSettings
from csresearch.company.sources.databases import open_database
from csresearch.company.sources.delimited import open_delimited
from csresearch.company.sources.drivers import connect_to
from csresearch.company.sources.endings import ENDINGS, EXCEL, JSON, PARQUET
from csresearch.company.sources.engine import Engine, first_line
from csresearch.company.sources.excel import open_excel
from csresearch.company.sources.files import Found, data_folders, find_file, find_files, short_names
from csresearch.company.sources.joins import join_file
from csresearch.company.sources.json_lines import open_json
from csresearch.company.sources.opened import Opened
from csresearch.company.sources.parquet import open_parquet
from csresearch.company.sources.queries import run_query
from csresearch.company.sources.stacking import stack, stack_parquet
from csresearch.company.sources.unpivot import unpivot, with_constants
from csresearch.errors import CompanyError


def open_tables(connection: Engine, config: CompanyConfig, folder: Path) -> dict[str, Opened]:
    """Open every table company.yml names; ``folder`` is where it is."""
    folders = data_folders(config, folder)
    connect = cache(connect_to)  # tables of one database share a connection
    return {
        name: open_table(connection, name, source, folders, connect=connect)
        for name, source in config.tables.items()
    }


def open_table(
    connection: Engine,
    name: str,
    source: TableSource,
    folders: Sequence[Path],
    *,
    connect: Callable[[str], BaseBackend] = connect_to,
) -> Opened:
    """Open one canonical table's files or query, with what is joined to it, event by event.

    Raises
    ------
    CompanyError
        If a file is missing, empty, or of a kind the kit does not read.
    """
    if source.in_database:
        connection.expect(math.inf)  # who knows
        place = f"{name}_copied"
        opened = open_database(connection, place, source, folders=folders, connect=connect)
    elif source.file:
        opened = open_files(connection, f"{name}_file", source, folders, table=name)
    else:
        opened = _open_query(connection, name, source, folders)
    for i, how in enumerate(source.join):
        file = how if how.file else how.model_copy(update={"file": source.file})
        right = open_files(connection, f"{name}_joined_file{i}", file, folders, table=name)
        opened = join_file(f"{name}_joined{i}", opened, right, how)
    opened = with_constants(opened, source)
    return unpivot(f"{name}_events", opened, source, name) if source.unpivot else opened


def open_files(
    connection: Engine, name: str, how: FileSettings, folders: Sequence[Path], *, table: str
) -> Opened:
    """Open the file or files of an entry, several as one table.

    Parameters
    ----------
    connection : ibis backend
    name : str
        Of the table in the engine.
    how : FileSettings
        What company.yml says.
    folders : sequence of Path
        Where files are looked for.
    table : str
        The canonical table it is for.
    """
    found = [find_files(file, folders, ENDINGS) for file in how.names]
    paths = [path for one in found for path in one.paths]
    told = tuple(told for one in found for told in one.told)
    label = ", ".join(how.names[:3]) + (" and more" if len(how.names) > 3 else "")
    if len(paths) == 1 and "=" not in paths[0].parent.name:
        opened = open_file(connection, name, paths[0], how, table=table)
    else:
        opened = _open_several(connection, (name, label, table), found, how)
    return replace(opened, told=(*told, *opened.told))


def open_file(
    connection: Engine, name: str, path: Path, how: FileSettings | None = None, *, table: str = ""
) -> Opened:
    """Open one file under a name of its own, with the reader its ending asks for."""
    kind, how = path.suffix.lower(), how or FileSettings()
    if kind not in ENDINGS:
        raise CompanyError(f"{path.name}: '{kind}' files are not read; save it as .csv or .parquet")
    try:
        size = path.stat().st_size
        connection.expect(size)
        if size == 0:
            raise CompanyError(f"{path.name}: is empty; export it again ({path})")
        if kind in PARQUET:
            return open_parquet(connection, name, path)
        if kind in EXCEL:
            return open_excel(connection, name, path, how, table=table)
        return (open_json if kind in JSON else open_delimited)(connection, name, path, how)
    except OSError as error:
        raise CompanyError(
            f"{path.name}: can't be opened ({error.strerror}); check {path}"
        ) from None


def _open_several(
    connection: Engine, names: tuple[str, str, str], found: Sequence[Found], how: FileSettings
) -> Opened:
    """Several files as one table; ``names`` are its name, its label, and the canonical table."""
    name, label, table = names
    paths = [path for one in found for path in one.paths]
    connection.expect(sum(path.stat().st_size for path in paths))
    files = dict(zip(short_names(paths), paths, strict=True))
    try:
        if all(path.suffix.lower() in PARQUET for path in paths):
            folder = found[0].folder if len(found) == 1 else None
            opened = stack_parquet(connection, name, (label, files), folder)
            if opened is not None:
                return opened
        parts = [
            (file, open_file(connection, f"{name}_{i}", path, how, table=table))
            for i, (file, path) in enumerate(files.items())
        ]
        return stack(name, label, parts)
    except duckdb.Error as error:
        raise CompanyError(f"{label}: the files can't be read: {first_line(error)}") from None


def _open_query(
    connection: Engine, name: str, source: TableSource, folders: Sequence[Path]
) -> Opened:
    """The rows of a query, from its file or as it stands in company.yml."""
    if source.sql:
        path = find_file(source.sql, folders)
        try:
            query = path.name, path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise CompanyError(f"{path.name}: can't be read; save the query as UTF-8") from None
    else:
        query = f"query of {name}", source.query
    files = {
        view: open_files(connection, f"{name}_query_file{i}", how, folders, table=view)
        for i, (view, how) in enumerate(source.files.items())
    }
    return run_query(connection, f"{name}_query", query, files)
