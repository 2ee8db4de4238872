"""What a report is made of: the notebooks, and what each is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from csresearch.places import notebooks_folder
from csresearch.reports.company_report import CompanyWork
from csresearch.reports.notebook_files import Notebook, read_notebook
from csresearch.reports.report_files import save_folder
from csresearch.reports.task import Task

_LAST = 20  # notebooks numbered from here on read what the others found


def planned_notebooks(folder: str | Path | None = None) -> list[Notebook]:
    """Which notebooks make up one company's report?

    Parameters
    ----------
    folder : str or Path, optional
        The kit's notebooks by default.

    Returns
    -------
    list of Notebook
        Those of the folder that have a parameter ``company``, by file name.
    """
    paths = sorted(notebooks_folder(folder).glob("*.ipynb"))
    return [book for path in paths if "company" in (book := read_notebook(path)).parameters]


def tasks_of(
    work: CompanyWork, planned: Sequence[Notebook], chosen: Mapping[str, Mapping[str, Any]]
) -> list[Task]:
    """One task a notebook; those that read what the others found come after them."""
    key = str(work.folder)
    first = frozenset((key, book.name) for book in planned if _number(book) < _LAST)
    tasks = []
    for book in planned:
        alone = save_folder(work.folder, book.name)
        save_to = alone if _number(book) < _LAST else alone.parent
        kit = {"company": str(work.file), "save_to": str(save_to)}
        parameters = {k: v for k, v in kit.items() if k in book.parameters} | chosen[book.name]
        output = work.folder / "notebooks" / f"{book.name}.ipynb"
        after = first if _number(book) >= _LAST else frozenset()
        tasks.append(Task(key, book, output, parameters, after))
    return tasks


def _number(book: Notebook) -> int:
    """The number a notebook's file name begins with; 0 without one."""
    digits = re.match(r"\d+", book.name)
    return int(digits.group()) if digits else 0
