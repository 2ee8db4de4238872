"""One company's report from beginning to end, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from csresearch.company.shared import shared
from csresearch.reports.company_report import CompanyReport, CompanyWork
from csresearch.reports.limits import Limits
from csresearch.reports.parameters import check_parameters
from csresearch.reports.plan import planned_notebooks, tasks_of
from csresearch.reports.runner import run_tasks
from csresearch.reports.runs import NotebookRun
from csresearch.reports.task import Task


def report_company(
    company_file: str | Path,
    *,
    out: str | Path,
    parameters: Mapping[str, Any],
    notebooks: str | Path | None,
    limits: Limits,
    again: bool,
) -> CompanyReport:
    """One company's report, its notebooks one after the other; see `report`."""
    planned = planned_notebooks(notebooks)
    chosen = check_parameters(parameters, planned)
    work = CompanyWork.open(company_file, out)
    work.plan(tasks_of(work, planned, chosen))
    if again:
        work.good.clear()
    if work.holds:
        return work.as_it_is()
    return report_on(work, 1, limits, tick=lambda company, run: None)


def report_on(
    work: CompanyWork,
    workers: int,
    limits: Limits,
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
        with shared(work.company, work.file):
            run_tasks(work.left, workers=workers, limits=limits, tell=tell)
    except KeyboardInterrupt:
        work.finish(interrupted=True)
        raise
    return work.finish()
