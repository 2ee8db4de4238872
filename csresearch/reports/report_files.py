"""Files of a report's folder: where a notebook saves, and how a page is written."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

LISTS = "lists"  # of customers, for the team: with set_aside the only files that name any


def save_folder(folder: Path, notebook: str) -> Path:
    """Where a notebook saves its findings while it runs."""
    return folder / "findings" / f".{notebook}"


def collected(folder: Path, notebook: str) -> tuple[str, ...]:
    """Move what a notebook saved into the report, and name it by its path there.

    Each notebook saves into a folder of its own, so that it is known whose a file is: findings go
    to the others', anything else to the lists.
    """
    own = save_folder(folder, notebook)
    if not own.is_dir():
        return ()
    saved = []
    for path in sorted(own.glob("[!.]*")):
        place = folder / ("findings" if path.suffix == ".json" else LISTS) / path.name
        place.parent.mkdir(exist_ok=True)
        path.replace(place)
        saved.append(place.relative_to(folder).as_posix())
    shutil.rmtree(own)
    return tuple(saved)


def write_page(path: Path, text: str) -> None:
    """Write a page so that a reader sees the whole of it or the one before."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()  # what a full disk cut off
        raise


def json_of(path: Path) -> dict[str, Any]:
    """What a file holds; nothing where it is not there or is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
