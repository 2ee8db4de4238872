"""Where a company's files are: the data folders, and the first one that has a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from csresearch.company.schema import CompanyConfig
from csresearch.errors import CompanyError, did_you_mean


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
