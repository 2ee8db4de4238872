"""Reports on companies: which notebooks make one up, and running them for all companies."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from csresearch.errors import CompanyError
from csresearch.places import notebooks_folder
from csresearch.reports.company_report import CompanyReport, CompanyWork
from csresearch.reports.failures import NotebookRun
from csresearch.reports.notebook_files import Notebook, read_notebook
from csresearch.reports.parameters import check_parameters
from csresearch.reports.runner import CELL_TIMEOUT, Task, run_tasks

_LAST = 20  # notebooks numbered from here on read what the others found


def report(
    company_files: Iterable[str | Path],
    *,
    out: str | Path = "reports",
    parameters: Mapping[str, Any] | None = None,
    notebooks: str | Path | None = None,
    workers: int = 2,
    cell_timeout: float = CELL_TIMEOUT,
) -> list[CompanyReport]:
    """Run the notebooks on each company and write its report.

    Parameters
    ----------
    company_files : iterable of str or Path
        One ``company.yml`` each.
    out : str or Path
        Each company's report goes to a folder of its name in here.
    parameters : mapping of str to object, optional
        Passed to the notebooks that have them; refused before anything runs when none has.
    notebooks : str or Path, optional
        A folder of notebooks other than the kit's.
    workers : int
        Notebooks run at a time.
    cell_timeout : float
        Seconds any one cell may take.

    Returns
    -------
    list of CompanyReport
        In the order given. A notebook's failure is told in it and raises nothing.

    Raises
    ------
    CompanyError, PlaceNotFound, ParameterError
        When a company's data, a folder or a parameter can't be used; nothing was run then.
    KeyboardInterrupt
        On Ctrl-C, after what there is was written and marked as interrupted.
    """
    planned = planned_notebooks(notebooks)
    chosen = check_parameters(parameters or {}, planned)
    works = [CompanyWork.open(path, out) for path in company_files]
    _refuse_shared_folders(works)
    by_folder = {str(work.folder): work for work in works}
    for work in works:
        work.prepare(planned)
    tasks = [task for work in works for task in _tasks(work, planned, chosen)]
    try:
        with _progress_bar(len(tasks)) as tick:

            def tell(task: Task, run: NotebookRun) -> None:
                by_folder[task.company].tell(task, run)
                tick(by_folder[task.company].company.name, run)

            run_tasks(tasks, workers=workers, cell_timeout=cell_timeout, tell=tell)
    except KeyboardInterrupt:
        for work in works:
            work.finish(interrupted=True)
        raise
    return [work.finish() for work in works]


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


def _refuse_shared_folders(works: Sequence[CompanyWork]) -> None:
    """Two companies in one call need two folders."""
    owners: dict[Path, CompanyWork] = {}
    for work in works:
        other = owners.setdefault(work.folder, work)
        if other is not work:
            raise CompanyError(
                f"{other.file} and {work.file} would both be reported in {work.folder}; "
                "give the companies different names in company.yml."
            )


def _tasks(
    work: CompanyWork, planned: Sequence[Notebook], chosen: Mapping[str, Mapping[str, Any]]
) -> Iterator[Task]:
    """One task a notebook; those that read what the others found come after them."""
    key = str(work.folder)
    first = frozenset((key, book.name) for book in planned if _number(book) < _LAST)
    kit = {"company": str(work.file), "save_to": str(work.folder / "findings")}
    for book in planned:
        parameters = {k: v for k, v in kit.items() if k in book.parameters} | chosen[book.name]
        output = work.folder / "notebooks" / f"{book.name}.ipynb"
        after = first if _number(book) >= _LAST else frozenset()
        yield Task(key, book, output, parameters, after)


def _number(book: Notebook) -> int:
    """The number a notebook's file name begins with; 0 without one."""
    digits = re.match(r"\d+", book.name)
    return int(digits.group()) if digits else 0


@contextlib.contextmanager
def _progress_bar(total: int) -> Iterator[Any]:
    """A bar on stderr that counts ended notebooks; silent where there is no terminal."""
    with tqdm(total=total, unit="notebook", disable=None, leave=False) as bar:

        def tick(company: str, run: NotebookRun) -> None:
            bar.set_description(f"{company}: {run.notebook}", refresh=False)
            bar.update(run.seconds is not None)

        yield tick
