"""Files of a report's folder: where a notebook saves, and how a page is written."""

from __future__ import annotations

from pathlib import Path


def save_folder(folder: Path, notebook: str) -> Path:
    """Where a notebook saves its findings while it runs."""
    return folder / "findings" / f".{notebook}"


def write_page(path: Path, text: str) -> None:
    """Write a page so that a reader sees the whole of it or the one before."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
