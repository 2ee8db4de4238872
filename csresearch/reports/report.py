"""Reports on companies: which notebooks make one up, and running them for all companies."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from csresearch.errors import CompanyError
from csresearch.places import notebooks_folder
from csresearch.reports.companies_apart import run_apart
from csresearch.reports.company_report import CompanyReport, CompanyWork
from csresearch.reports.failures import NotebookRun
from csresearch.reports.forked import Warm, warm_process
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
    again: bool = False,
) -> list[CompanyReport]:
    """Run the notebooks on each company and write its report.

    What an earlier report holds that is made of the same data, notebooks, parameters and kit is
    kept as it is.

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
    again : bool
        Run everything, whatever an earlier report holds.

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
    for work in works:
        work.plan(list(_tasks(work, planned, chosen)), again=again)
    to_do = [work for work in works if not work.holds]
    warm = _warm_soon(to_do)
    if len(to_do) > 1 and (forking := warm()):
        options = {"out": str(out), "parameters": dict(parameters or {}), "again": again}
        options |= {"notebooks": notebooks and str(notebooks), "cell_timeout": cell_timeout}
        with _progress_bar(to_do) as tick:
            done = run_apart(to_do, forking, options | {"workers": 1}, workers=workers, tell=tick)
    else:
        with _progress_bar(to_do) as tick:
            done = {
                work.folder: _report_on(work, workers, cell_timeout, tick=tick) for work in to_do
            }
    return [done.get(work.folder) or work.as_it_is() for work in works]


def _report_on(
    work: CompanyWork,
    workers: int,
    cell_timeout: float,
    *,
    tick: Callable[[str, NotebookRun], None],
) -> CompanyReport:
    """Run what is left of one company's notebooks, here."""
    work.prepare()

    def tell(task: Task, run: NotebookRun) -> None:
        work.tell(task, run)
        if run.seconds is not None:
            tick(work.name, run)

    try:
        run_tasks(work.left, workers=workers, cell_timeout=cell_timeout, tell=tell)
    except KeyboardInterrupt:
        work.finish(interrupted=True)
        raise
    return work.finish()


def _warm_soon(to_do: Sequence[CompanyWork]) -> Callable[[], Warm | None]:
    """Start the warm process while the data are read; call what is returned to have it."""
    if not to_do:
        return lambda: None
    threading.Thread(target=warm_process, daemon=True).start()
    return warm_process


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
def _progress_bar(works: Sequence[CompanyWork]) -> Iterator[Callable[[str, NotebookRun], None]]:
    """A bar on stderr that counts ended notebooks and companies; silent without a terminal."""
    left = {work.name: len(work.left) for work in works}
    total = sum(left.values())
    with tqdm(total=total, unit="notebook", disable=None, leave=False) as bar:

        def tick(company: str, run: NotebookRun) -> None:
            left[company] -= 1
            ended = sum(n <= 0 for n in left.values())
            bar.set_postfix_str(f"{ended} of {len(works)} companies", refresh=False)
            bar.set_description(f"{company}: {run.notebook}", refresh=False)
            bar.update()

        yield tick
