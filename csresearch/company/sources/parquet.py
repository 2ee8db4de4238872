"""Parquet files; every query reads them again."""

from __future__ import annotations

import glob
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from csresearch.company.sources.engine import first_line
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.errors import CompanyError


def open_parquet(connection: Backend, name: str, path: Path) -> Opened:
    """Open a Parquet file under a name of its own."""
    try:
        table = connection.read_parquet(glob.escape(str(path)), table_name=name)
    except duckdb.Error as error:
        raise CompanyError(f"{path.name}: is not Parquet: {first_line(error)}") from None
    return Opened(table, path.name, True, no_lines())
