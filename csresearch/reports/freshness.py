"""Which notebooks need not run again: content decides, not dates.

A notebook's key is a hash of its cells, the parameters it gets, the company's files and the kit
that runs it. What ended well under the same key is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from csresearch.company.schema import CompanyConfig
from csresearch.company.source_files import source_key
from csresearch.installed import versions
from csresearch.reports.runs import DONE, NotebookRun
from csresearch.reports.task import Task


def task_keys(
    tasks: Sequence[Task], company_file: Path, config: CompanyConfig | None = None
) -> dict[str, str]:
    """A key for each task's notebook, by its name; none where the data can't be told from files.

    A notebook that runs after others depends on theirs too.
    """
    data = source_key(company_file, config)
    if data is None:
        return {}
    keys: dict[str, str] = {}
    for task in sorted(tasks, key=lambda task: len(task.after)):
        before = sorted(keys[name] for _, name in task.after)
        given = {k: v for k, v in task.parameters.items() if k != "save_to"}
        told = [kit_key(), data, _cells(task.notebook.path), given, before]
        text = json.dumps(told, sort_keys=True, default=str)
        keys[task.notebook.name] = sha256(text.encode()).hexdigest()
    return keys


def still_good(folder: Path, tasks: Iterable[Task], keys: Mapping[str, str]) -> list[NotebookRun]:
    """The runs of an earlier report in this folder that hold for these tasks.

    A run holds when it was done under the same key, its notebook and page are there, and all
    that it comes after hold as well.
    """
    earlier = {run.notebook: run for run in runs_of(folder / "status.json")}
    good: dict[str, NotebookRun] = {}
    for task in sorted(tasks, key=lambda task: len(task.after)):
        run = earlier.get(task.notebook.name)
        if run is None or run.state != DONE or not run.key:
            continue
        saved = all((folder / name).is_file() for name in run.saved)
        there = task.output.is_file() and (folder / run.page).is_file() and saved
        behind = all(name in good for _, name in task.after)
        if there and behind and run.key == keys.get(run.notebook):
            good[run.notebook] = run
    return list(good.values())


@cache
def kit_key() -> str:
    """A hash of the kit's own code, with the versions of the libraries that compute."""
    package = Path(__file__).resolve().parent.parent
    digest = sha256(versions().encode())
    for path in sorted(package.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _cells(path: Path) -> str:
    """What a notebook says and does, without what it printed."""
    now = path.stat()
    return _cells_of(path, now.st_mtime_ns, now.st_size)


@cache
def _cells_of(path: Path, changed: int, size: int) -> str:
    """The same, read once for all companies."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return json.dumps([(cell["cell_type"], cell["source"]) for cell in cells])


def runs_of(status: Path, *, since: str = "") -> list[NotebookRun]:
    """The runs a status file tells of; none where there is none, or it is of another kind.

    Parameters
    ----------
    status : Path
    since : str
        None either where the report was begun before this time, written as in the file.
    """
    known = {field.name for field in fields(NotebookRun)}
    try:
        told = json.loads(status.read_text(encoding="utf-8"))
        if told["started"] < since:
            return []
        runs = [
            NotebookRun(**{k: v for k, v in r.items() if k in known}) for r in told["notebooks"]
        ]
        return [replace(run, saved=tuple(run.saved)) for run in runs]
    except (OSError, ValueError, KeyError, TypeError):
        return []
