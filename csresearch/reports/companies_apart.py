"""Companies side by side, each in a process of its own forked from the warm one.

What goes wrong with one, its process ending included, is told in its report; the others go on.
Memory is bounded by how many run at a time.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from csresearch.errors import CompanyError
from csresearch.private_folder import private_folder
from csresearch.reports.company_report import CompanyReport, CompanyWork
from csresearch.reports.forked import ForkedProcess, Warm, use
from csresearch.reports.freshness import runs_of
from csresearch.reports.limits import Limits
from csresearch.reports.runs import NotebookRun, told

CALL = "csresearch.reports.companies_apart:report_here"
LOOK_SECONDS = 0.2
GRACE_SECONDS = 15.0  # to write what there is after Ctrl-C


def run_apart(
    works: Sequence[CompanyWork],
    warm: Warm,
    options: Mapping[str, Any],
    *,
    workers: int,
    tell: Callable[[str, NotebookRun], None],
) -> dict[Path, CompanyReport]:
    """Report on companies, some at a time.

    Parameters
    ----------
    works : sequence of CompanyWork
    warm : Warm
        Forks their processes.
    options : mapping
        Of `report_company` for each of them; what JSON can hold.
    workers : int
        Companies at a time.
    tell : callable
        Called with a company's name and a notebook's run, once each has ended.

    Returns
    -------
    dict of Path to CompanyReport
        By the report's folder.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, after every company wrote what there is.
    """
    running: dict[Path, ForkedProcess] = {}
    stopping = threading.Event()

    def one(work: CompanyWork) -> CompanyReport:
        if stopping.is_set():
            return CompanyReport(work.name, work.folder, (), "stopped by the user")
        return in_a_process(work, warm, options, running=running, tell=tell)

    with ThreadPoolExecutor(workers) as pool:
        try:
            return dict(zip((w.folder for w in works), pool.map(one, works), strict=True))
        except BaseException:
            stopping.set()
            _stop(running)
            raise


def report_here(socket_path: str, result: str, company_file: str, options: dict[str, Any]) -> int:
    """In the forked process: report on one company, and write down how that ended."""
    use(socket_path)
    found = reported(company_file, options)
    Path(result).write_text(json.dumps(found), encoding="utf-8")
    return 0


def reported(company_file: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Report on one company; its notebooks' ``runs`` and its ``failure``, whatever goes wrong."""
    from csresearch.reports.one_company import report_company  # who starts others needs it not

    limits = Limits(**options["limits"])
    try:
        finished = report_company(company_file, **{**options, "limits": limits})
    except CompanyError as error:
        return {"failure": str(error)}
    except Exception as error:  # told here: of a process that ends nobody knows why
        return {"failure": told(f"{type(error).__name__}: {error}")}
    return {"failure": finished.failure, "runs": [asdict(run) for run in finished.runs]}


def in_a_process(
    work: CompanyWork,
    warm: Warm,
    options: Mapping[str, Any],
    *,
    running: dict[Path, ForkedProcess],
    tell: Callable[[str, NotebookRun], None],
) -> CompanyReport:
    """Report on one company in a process of its own."""
    seen: set[str] = set()
    with private_folder() as folder:
        result = folder / "result.json"
        arguments = [warm.path, str(result), str(work.file), dict(options)]
        try:
            process = warm.fork(CALL, arguments, os.getcwd(), os.environ)
        except OSError as error:
            return CompanyReport(work.name, work.folder, (), f"it could not be started: {error}")
        running[work.folder] = process
        while process.poll() is None:
            time.sleep(LOOK_SECONDS)
            _tell_new(work, seen, tell)
        running.pop(work.folder, None)
        _tell_new(work, seen, tell)
        try:
            found = json.loads(result.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {"failure": f"its process ended ({_ending(process.returncode)})"}
    runs = tuple(NotebookRun(**run) for run in found.get("runs", ()))
    return CompanyReport(work.name, work.folder, runs, found["failure"])


def _tell_new(work: CompanyWork, seen: set[str], tell: Callable[[str, NotebookRun], None]) -> None:
    """Tell of the notebooks that have ended since one last looked."""
    waited_for = {task.notebook.name for task in work.left}
    for run in runs_of(work.folder / "status.json", since=work.started):
        if run.notebook in waited_for - seen and run.seconds is not None:
            seen.add(run.notebook)
            tell(work.name, run)


def _ending(code: int | None) -> str:
    """An exit code in words."""
    if code is not None and code < 0:
        return f"killed by signal {-code}; out of memory, perhaps"
    return f"exit code {code}"


def _stop(running: Mapping[Path, ForkedProcess]) -> None:
    """Have every company write what there is, then end it."""
    processes = list(running.values())
    for process in processes:
        process.send_signal(signal.SIGINT)
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until and any(p.poll() is None for p in processes):
        time.sleep(LOOK_SECONDS)
    for process in processes:
        process.kill()
