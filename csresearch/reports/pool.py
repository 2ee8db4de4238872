"""Many companies' findings pooled: runs notebook 21 and writes its page beside its numbers."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csresearch.across.names import POOLED_JSON, REFUSED
from csresearch.places import find_findings, notebooks_folder, places_from
from csresearch.reports.forked import warm_soon
from csresearch.reports.notebook_files import read_notebook
from csresearch.reports.parameters import check_parameters
from csresearch.reports.report_files import json_of, write_page
from csresearch.reports.runs import NotebookRun
from csresearch.reports.task import Task

NOTEBOOK = "21_across_companies"
PAGE = "across_companies.html"
# what the notebook loads: fewer than a report's notebooks do
LIBRARIES = (
    "ipykernel.ipkernel",
    "matplotlib_inline.backend_inline",
    "matplotlib.pyplot",
    "csresearch.across.all_claims",
    "csresearch.figures.across",
)


@dataclass(frozen=True)
class PoolReport:
    """What came of pooling.

    Parameters
    ----------
    page : pathlib.Path
        The page to open.
    run : NotebookRun
        How the notebook ended.
    companies : int
        Companies used.
    set_aside : sequence of dict
        ``file``, ``why`` and ``reason`` of every file that is not used.
    """

    page: Path
    run: NotebookRun
    companies: int
    set_aside: Sequence[Mapping[str, str]]

    @property
    def complaints(self) -> list[str]:
        """What was not used and what failed, a line each."""
        told = [f"  {one['file']}: {one['why']}: {one['reason']}" for one in self.set_aside]
        if self.run.failed:
            return [*told, f"  {self.run.text}"]
        return told if self.companies else [*told, "csresearch: no findings file could be used"]

    @property
    def exit_code(self) -> int:
        """0 all well; 1 a file refused or the notebook failed; 2 no file could be used.

        Files that are older or repeated are no failure.
        """
        if not self.companies and not self.run.failed:
            return 2
        return int(self.run.failed or any(one["why"] == REFUSED for one in self.set_aside))


def pool(
    findings: Iterable[str | Path],
    *,
    out: str | Path = "pooled",
    parameters: Mapping[str, Any] | None = None,
) -> PoolReport:
    """Pool many companies' findings into a folder: page, pooled.json, pooled.csv and notebook.

    Parameters
    ----------
    findings : iterable of str or Path
        Findings files, folders of reports, or patterns.
    out : str or Path
        Where it goes.
    parameters : mapping of str to object, optional
        Of the notebook; refused before anything runs when it has none of that name.

    Returns
    -------
    PoolReport
        A notebook's failure is told in it and raises nothing.

    Raises
    ------
    PlaceNotFound, ParameterError
        When a word means no file, or a parameter can't be used; nothing was run then.
    """
    notebook = read_notebook(notebooks_folder() / f"{NOTEBOOK}.ipynb")
    chosen = check_parameters(parameters or {}, [notebook])[notebook.name]
    find_findings(words := [str(one) for one in findings])
    out = Path(out).resolve()
    (out / POOLED_JSON).unlink(missing_ok=True)  # an earlier one must not stand for this one
    kit = {"findings": [_absolute(word) for word in words], "save_to": str(out)}
    task = Task("", notebook, out / "notebooks" / f"{NOTEBOOK}.ipynb", kit | chosen)
    run = _page(task, out / PAGE)
    written = json_of(out / POOLED_JSON)
    return PoolReport(
        out / PAGE, run, len(written.get("companies", ())), written.get("set_aside", ())
    )


def _page(task: Task, page: Path) -> NotebookRun:
    """Run the notebook and write its page; its libraries load while this process loads its own."""
    warm_soon(LIBRARIES)
    from csresearch.reports.runner import run_notebook

    # isort: split
    from csresearch.reports.page_exporter import make_first_page
    from csresearch.reports.render import render_notebook

    make_first_page()
    run = run_notebook(task)
    if task.output.is_file():
        write_page(page, render_notebook(task.output, failure=run.text if run.failed else ""))
    return run


def _absolute(word: str) -> str:
    """A file, folder or pattern as the notebook finds it, which runs in a folder of its own."""
    places = places_from(word)
    found = (place for place in places if place.exists() or glob.glob(str(place), recursive=True))
    return str(next(found, places[0]))
