"""A loaded company shared with other processes: they need not read and check its files again."""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import duckdb
from ibis.backends.duckdb import Backend
from ibis.expr.operations import DatabaseTable, InMemoryTable

from csresearch.company.source_files import source_key
from csresearch.company.sources import connect
from csresearch.company.sources.engine import quoted
from csresearch.private_folder import private_folder

if TYPE_CHECKING:
    from csresearch.company.loaded import Company

SHARED_IN = "CSRESEARCH_SHARED"  # environment variable: a folder of this user's own
_ENGINE = "engine"
_TABLES, _COMPANY = "{}.duckdb", "{}.pickle"


@contextlib.contextmanager
def shared(company: Company, company_file: Path) -> Iterator[None]:
    """Let processes that are started in here open the company as it was loaded.

    Parameters
    ----------
    company : Company
        As `load_company` gave it.
    company_file : Path
        Its company.yml.

    Yields
    ------
    None
        The files are gone afterwards; a killed process's are removed by the next one.

    Notes
    -----
    What is shared is found by the content of company.yml and of every file it names, so a file
    that changes meanwhile is read anew. Tables that are not held here, those of a database and
    Parquet files, are not shared: to open them costs little.
    """
    before = os.environ.get(SHARED_IN)
    with private_folder() as folder:
        try:
            # on a full disk, or with what can't be pickled, every process reads the files itself
            with contextlib.suppress(OSError, duckdb.Error, pickle.PicklingError, TypeError):
                _keep(company, folder, source_key(company_file))
            os.environ[SHARED_IN] = str(folder)
            yield
        finally:
            if before is None:
                os.environ.pop(SHARED_IN, None)
            else:
                os.environ[SHARED_IN] = before


def reopened(company_file: Path) -> Company | None:
    """The company as another process loaded it; None where none did, or a file has changed."""
    folder = os.environ.get(SHARED_IN)
    key = source_key(company_file) if folder else None
    if key is None:
        return None
    path = Path(folder) / _COMPANY.format(key)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        connection = connect(apart=True)
        connection.n_names, n_bytes = pickle.load(file)
        connection.expect(n_bytes)
        _attach(connection, path.with_name(_TABLES.format(key)), "shared (READ_ONLY)")
        for name in _tables(connection, "shared"):
            connection.raw_sql(f"CREATE VIEW {quoted(name)} AS FROM shared.main.{quoted(name)}")
        return _Reader(file, connection).load()


def _keep(company: Company, folder: Path, key: str | None) -> None:
    """Write the company's tables and all else that is known of it, unless they are not held here.

    The pickle comes last: where it is, all is there.
    """
    if key is None:
        return
    partial = folder / f".{key}"
    with partial.open("wb") as file:
        connection = company.connection
        # those who open it name on from there, and know how much there is
        pickle.dump((connection.n_names, connection.n_bytes), file)
        writer = _Writer(file)
        writer.dump(company)
    if not writer.names <= set(_tables(connection, connection.home)):
        return
    place = f"{connection.home}_shared"
    _attach(connection, folder / _TABLES.format(key), place)
    for name in sorted(writer.names):
        connection.raw_sql(f"CREATE TABLE {place}.main.{quoted(name)} AS FROM {quoted(name)}")
    connection.raw_sql(f"DETACH {place}")
    partial.replace(folder / _COMPANY.format(key))


def _attach(connection: Backend, path: Path, name: str) -> None:
    """Open a file of tables in the engine."""
    connection.raw_sql("ATTACH '{}' AS {}".format(str(path).replace("'", "''"), name))


def _tables(connection: Backend, database: str) -> list[str]:
    """Names of the tables the engine holds."""
    asked = connection.raw_sql(
        f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{database}'"
    )
    return [name for (name,) in asked.fetchall()]


class _Writer(pickle.Pickler):
    """Pickles a company without its engine, and notes the tables that it stands on."""

    def __init__(self, file: BinaryIO):
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.names: set[str] = set()

    def persistent_id(self, value: Any) -> str | None:
        """What stands for the engine; nothing for all else."""
        if isinstance(value, (DatabaseTable, InMemoryTable)):
            self.names.add(value.name)
        return _ENGINE if isinstance(value, Backend) else None


class _Reader(pickle.Unpickler):
    """Reads what `_Writer` wrote, on an engine of this process."""

    def __init__(self, file: BinaryIO, connection: Backend):
        super().__init__(file)
        self._connection = connection

    def persistent_load(self, pid: str) -> Backend:
        """The engine of this process."""
        return self._connection
