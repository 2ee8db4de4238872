"""Which files a company's data come from, told from company.yml alone: nothing is opened."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from csresearch.company.config import read_config
from csresearch.company.schema import CompanyConfig
from csresearch.company.sources.endings import ENDINGS
from csresearch.company.sources.files import data_folders, find_file, find_files


def source_key(company_file: Path, config: CompanyConfig | None = None) -> str | None:
    """SHA-256 over company.yml and every byte of the files it reads.

    Parameters
    ----------
    company_file : Path
    config : CompanyConfig, optional
        What it says, where that has been read.

    Returns
    -------
    str or None
        None where a database is read: what it holds is not known before it is asked.

    Raises
    ------
    CompanyError
        If company.yml can't be used, or a file is not there.
    """
    config = config or read_config(company_file)
    if any("database" in one for one in _settings(config)):
        return None
    digest = sha256(company_file.read_bytes())
    for path in source_files(config, company_file.parent):
        with path.open("rb") as file:
            digest.update(f"{path.name}\0".encode() + file_digest(file, "sha256").digest())
    return digest.hexdigest()


def source_files(config: CompanyConfig, folder: Path) -> list[Path]:
    """Every file the tables of a company are made of, queries included, each once."""
    folders = data_folders(config, folder)
    found: dict[Path, None] = {}
    for one in _settings(config):
        names = one.get("file") or []
        for name in names if isinstance(names, list) else [names]:
            found |= dict.fromkeys(find_files(name, folders, ENDINGS).paths)
        if one.get("sql"):
            found[find_file(one["sql"], folders)] = None
    return list(found)


def _settings(config: CompanyConfig) -> Iterator[dict[str, Any]]:
    """Everything in company.yml that may name a file or a database."""
    left: list[Any] = [config.model_dump(mode="json", exclude_none=True)]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left += one.values()
        elif isinstance(one, list):
            left += one
