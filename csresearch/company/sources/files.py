"""Where a company's files are: the data folders, and the files a name in company.yml stands for."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from csresearch.company.schema import CompanyConfig
from csresearch.company.sources.told import Told
from csresearch.errors import CompanyError, did_you_mean


@dataclass(frozen=True)
class Found:
    """The files a name stands for.

    Parameters
    ----------
    name : str
        As in company.yml.
    paths : tuple of Path
        In the order of their names.
    folder : Path or None
        The folder they are all in, where a folder was named.
    told : tuple of Told
        Files of the folder that are not read.
    """

    name: str
    paths: tuple[Path, ...]
    folder: Path | None = None
    told: tuple[Told, ...] = ()


def find_files(name: str, folders: Sequence[Path], endings: Collection[str]) -> Found:
    """The files of that name, of a folder of that name, or those that fit it as a pattern.

    The first data folder that has any counts. A file whose name merely looks like a pattern
    or a $NAME is that file.
    """
    wanted = os.path.expandvars(name)
    for path in (folder / n for folder in folders for n in (name, wanted)):
        if path.is_file():
            return Found(name, (path,))
        if path.is_dir():
            return _in_folder(name, path, endings)
    for folder in folders:
        hits = glob.glob(wanted, root_dir=folder, recursive=True) if glob.has_magic(wanted) else []
        found = [folder / hit for hit in sorted(hits) if (folder / hit).is_file()]
        if found:
            return Found(name, tuple(found))
    raise CompanyError(_not_found(name, folders))


def find_file(name: str, folders: Sequence[Path]) -> Path:
    """The first folder's file of that name."""
    wanted = os.path.expandvars(name)
    path = next((f / wanted for f in folders if (f / wanted).is_file()), None)
    if path is None:
        raise CompanyError(_not_found(name, folders))
    return path


def data_folders(config: CompanyConfig, folder: Path) -> list[Path]:
    """The folders to search; one whose environment variable is not set keeps its $NAME."""
    named = [os.path.expandvars(entry) for entry in config.data_folders]
    return [Path(e) if "$" in e else (folder / e).resolve() for e in named]


def short_names(paths: Sequence[Path]) -> list[str]:
    """What to call each of several files: its name, after the folders they do not share."""
    top = os.path.commonpath([path.parent for path in paths])
    return [path.relative_to(top).as_posix() for path in paths]


def _in_folder(name: str, folder: Path, endings: Collection[str]) -> Found:
    """The files of a folder and the folders in it; hidden ones and those of writers (_) aside."""
    inside = [path for path in _walk(folder) if path.name[0] not in "._"]
    read = tuple(path for path in inside if path.suffix.lower() in endings)
    others = [path.name for path in inside if path.suffix.lower() not in endings]
    if not read:
        raise CompanyError(f"{name}: the folder holds no file the kit reads ({folder})")
    advice = "nothing to do if they are no data; else save them as .csv"
    told = Told("", "files of the folder not read", len(others), others[0][:80], advice) \
        if others else None  # fmt: skip
    return Found(name, read, folder, (told,) if told else ())


def _walk(folder: Path) -> Iterable[Path]:
    """Every file below a folder, sorted."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f[0] not in "._")
        yield from (Path(place) / file for file in sorted(files))


def _not_found(name: str, folders: Sequence[Path]) -> str:
    """Where a file was looked for, and which is named like it."""
    there = {p.name for f in folders if f.is_dir() for p in f.iterdir() if p.is_file()}
    near = did_you_mean(name, sorted(there))
    looked = ", ".join(str(folder) for folder in folders)
    unset = " (set the $NAME in the environment)" if "$" in looked else ""
    return f"{name}: no such file in {looked}{unset}; {near}".rstrip("; ")
