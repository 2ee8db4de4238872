"""Opens a company's data, or takes what another process of the same report has opened."""

from __future__ import annotations

import os

from csresearch.company.config import read_config
from csresearch.company.loaded import Company, assembled
from csresearch.company.scan import scanned_somewhere
from csresearch.company.shared import reopened
from csresearch.company.sources import connect, open_tables
from csresearch.places import find_company


def load_company(path: str | os.PathLike) -> Company:
    """Open a company's data as company.yml describes it, and check them.

    Parameters
    ----------
    path : path
        company.yml, or the folder it is in.

    Raises
    ------
    CompanyError
        If company.yml or a file can't be used at all; the message says what to do.
    """
    path = find_company(path)
    there = reopened(path)
    if there is not None:
        return there
    config = read_config(path)
    connection = connect()
    opened = scanned_somewhere(connection, config, open_tables(connection, config, path.parent))
    return assembled(config, path.parent, connection, opened)
