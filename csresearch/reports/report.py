"""Reports on companies: what has to run is found, run side by side, and told together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from csresearch.errors import CompanyError
from csresearch.places import find_companies, notebooks_folder
from csresearch.reports.companies_apart import run_apart
from csresearch.reports.company_report import CompanyReport, CompanyWork
from csresearch.reports.forked import warm_process, warm_soon
from csresearch.reports.limits import CELL_SECONDS, Limits
from csresearch.reports.on_dask import run_on_dask
from csresearch.reports.parameters import check_parameters
from csresearch.reports.plan import planned_notebooks, tasks_of
from csresearch.reports.runs import NotebookRun, told
from csresearch.reports.task import Task
from csresearch.reports.together import PARTS, Log, close_together


def report(
    company_files: Iterable[str | Path],
    *,
    out: str | Path = "reports",
    parameters: Mapping[str, Any] | None = None,
    notebooks: str | Path | None = None,
    split_by: str | None = None,
    workers: int = 2,
    scheduler: str | None = None,
    cell_timeout: float = CELL_SECONDS,
    memory_limit: float | None = None,
    again: bool = False,
) -> list[CompanyReport]:
    """Run the notebooks on each company and write its report.

    What an earlier report holds that is made of the same data, notebooks, parameters and kit is
    kept as it is.

    Parameters
    ----------
    company_files : iterable of str or Path
        Each a ``company.yml``, a folder of companies, or a pattern.
    out : str or Path
        Each company's report goes to a folder of its name in here.
    parameters : mapping of str to object, optional
        Passed to the notebooks that have them; refused before anything runs when none has.
    notebooks : str or Path, optional
        A folder of notebooks other than the kit's.
    split_by : str, optional
        A column of the customers: each of its values becomes a company of its own.
    workers : int
        Notebooks run at a time.
    scheduler : str, optional
        Address of a dask scheduler whose workers run the companies instead.
    cell_timeout : float
        Seconds any one cell may take.
    memory_limit : float, optional
        GB the kernel of any one notebook may take.
    again : bool
        Run everything, whatever an earlier report holds.

    Returns
    -------
    list of CompanyReport
        In the order given. A notebook's failure is told in it and raises nothing; where there
        are several companies, neither does one whose data can't be used.

    Raises
    ------
    CompanyError, PlaceNotFound, ParameterError
        When a company's data, a folder or a parameter can't be used; nothing was run then.
    KeyboardInterrupt
        On Ctrl-C, after what there is was written and marked as interrupted.
    """
    planned = planned_notebooks(notebooks)
    chosen = check_parameters(parameters or {}, planned)
    paths = _company_files(company_files, split_by, Path(out).resolve() / PARTS)
    works, broken = _planned(paths, out, lambda work: tasks_of(work, planned, chosen))
    to_do = [work for work in works if again or not work.holds]
    if again:
        for work in to_do:
            work.good.clear()
    options = {"out": str(Path(out).resolve()), "parameters": dict(parameters or {})}
    options |= {"notebooks": notebooks and str(notebooks_folder(notebooks)), "again": again}
    options["limits"] = asdict(Limits(cell_timeout, memory_limit))
    log = Log(Path(out))
    with _progress_bar(to_do, log) as tick:
        if scheduler is not None:
            done = run_on_dask(to_do, scheduler, options, tell=tick) if to_do else {}
        else:
            done = _run_here(to_do, options, workers, alone=len(paths) == 1, tick=tick)
    finished = [done.get(work.folder) or work.as_it_is() for work in works]
    return close_together(Path(out).resolve(), [*finished, *broken], log)


def _company_files(given: Iterable[str | Path], split_by: str | None, parts: Path) -> list[Path]:
    """The company files meant; of each that is split, those of its parts."""
    found = [path for one in given for path in find_companies(one)]
    if split_by is None:
        return found
    from csresearch.company.parts import split_company

    return [path for one in found for path in split_company(one, split_by, parts)]


def _run_here(
    works: Sequence[CompanyWork],
    options: Mapping[str, Any],
    workers: int,
    *,
    alone: bool,
    tick: Callable[[str, NotebookRun], None],
) -> dict[Path, CompanyReport]:
    """Companies side by side, or in this process: one alone, or where there is no forking."""
    if not works:
        return {}
    warm_soon()  # while the data are read
    if len(works) > 1 and (forking := warm_process()):
        return run_apart(works, forking, options, workers=workers, tell=tick)
    from csresearch.reports.one_company import report_on  # where all holds, nothing is computed

    done, limits = {}, Limits(**options["limits"])
    for work in works:
        try:
            done[work.folder] = report_on(work, workers, limits, tick=tick)
        except CompanyError as error:
            if alone:
                raise
            done[work.folder] = CompanyReport(work.name, work.folder, (), told(str(error)))
    return done


def _planned(
    paths: Sequence[Path], out: str | Path, make_tasks: Callable[[CompanyWork], list[Task]]
) -> tuple[list[CompanyWork], list[CompanyReport]]:
    """Companies with what is to run; of several, those that can't be used are told, not raised."""
    works, broken = [], []
    for path in paths:
        try:
            work = CompanyWork.open(path, out)
            work.plan(make_tasks(work))
            works.append(work)
        except CompanyError as error:
            if len(paths) == 1:
                raise
            name = path.parent.name
            broken.append(CompanyReport(name, Path(out).resolve() / name, (), told(str(error))))
    _refuse_shared_folders(works)
    return works, broken


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


@contextlib.contextmanager
def _progress_bar(
    works: Sequence[CompanyWork], log: Log
) -> Iterator[Callable[[str, NotebookRun], None]]:
    """A bar on stderr that counts ended notebooks, silent without a terminal; logs each."""
    left = {work.name: len(work.left) for work in works}
    total = sum(left.values())
    with tqdm(total=total, unit="notebook", disable=None, leave=False) as bar:

        def tick(company: str, run: NotebookRun) -> None:
            log.add(company, run)
            left[company] -= 1
            ended = sum(n <= 0 for n in left.values())
            bar.set_postfix_str(f"{ended} of {len(works)} companies", refresh=False)
            bar.set_description(f"{company}: {run.notebook}", refresh=False)
            bar.update()

        yield tick
