"""One company's report: what is to run for it, what there is already, and where it stands.

What computes and draws is loaded by what needs it: a report that holds is told without.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from csresearch import __version__
from csresearch.company.config import read_config
from csresearch.company.schema import CompanyConfig
from csresearch.errors import CompanyError
from csresearch.places import find_company
from csresearch.reports.freshness import runs_of, still_good, task_keys
from csresearch.reports.report_files import LISTS, collected
from csresearch.reports.runs import (
    DONE,
    FAILED,
    INTERRUPTED,
    RUNNING,
    WAITING,
    NotebookRun,
    told,
)
from csresearch.reports.task import Task

if TYPE_CHECKING:
    from csresearch.company import Company

STATUS_SCHEMA = "csresearch/status/1"


@dataclass(frozen=True)
class CompanyReport:
    """One company's finished report.

    Parameters
    ----------
    company : str
        Its name.
    folder : pathlib.Path
        Where the report is.
    runs : tuple of NotebookRun
        How each notebook ended.
    failure : str
        What else went wrong; empty when nothing did.
    """

    company: str
    folder: Path
    runs: tuple[NotebookRun, ...]
    failure: str = ""

    @property
    def index(self) -> Path:
        """The page to open."""
        return self.folder / "index.html"

    @property
    def failures(self) -> tuple[str, ...]:
        """What went wrong, one line each."""
        notebooks = tuple(run.text for run in self.runs if run.failed)
        return (*notebooks, self.failure) if self.failure else notebooks


@dataclass(eq=False)
class CompanyWork:
    """A company whose notebooks are being run; `tell` may be called from several threads.

    Parameters
    ----------
    name : str
        The company's.
    file, folder : pathlib.Path
        Its company.yml, and where its report goes.
    config : CompanyConfig, optional
        What company.yml says.
    tasks : tuple of Task
        Its notebooks.
    keys : dict of str to str
        What each notebook is made of; empty where that can't be told.
    good : dict of str to NotebookRun
        Runs of an earlier report that still hold, by their notebooks' names.
    runs : dict of str to NotebookRun
        Where each notebook stands, by its name.
    started : str
        When, in UTC.
    lock : threading.Lock
        Held while `runs` and status.json change.
    """

    name: str
    file: Path
    folder: Path
    config: CompanyConfig | None = None
    tasks: tuple[Task, ...] = ()
    keys: dict[str, str] = field(default_factory=dict)
    good: dict[str, NotebookRun] = field(default_factory=dict)
    runs: dict[str, NotebookRun] = field(default_factory=dict)
    started: str = field(default_factory=lambda: _now())
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def open(cls, company_file: str | Path, out: str | Path) -> CompanyWork:
        """Read company.yml and say where the report goes; read no data, write nothing yet."""
        path = find_company(company_file)
        config = read_config(path)
        return cls(config.company, path, (Path(out) / config.slug).resolve(), config=config)

    @cached_property
    def company(self) -> Company:
        """Its checked data, read when first asked for."""
        from csresearch.company import load_company

        return load_company(self.file)

    def plan(self, tasks: Sequence[Task]) -> None:
        """Set what makes up the report, and find what an earlier one holds of it.

        Raises
        ------
        CompanyError
            When company.yml names a file that is not there.
        """
        self.tasks, self.keys = tuple(tasks), task_keys(tasks, self.file, self.config)
        good = still_good(self.folder, tasks, self.keys)
        self.good = {run.notebook: run for run in good}

    @property
    def left(self) -> list[Task]:
        """The tasks that must run; what they come after and already holds, they need not await."""
        done = {task.key for task in self.tasks if task.notebook.name in self.good}
        return [replace(t, after=t.after - done) for t in self.tasks if t.key not in done]

    @property
    def holds(self) -> bool:
        """Whether the report that is there is the one that would be made, and holds no more."""
        pages = (self.folder / "index.html", self.folder / "findings.json")
        there = {run.notebook for run in runs_of(self.folder / "status.json")}
        made = there == set(self.good) and all(page.is_file() for page in pages)
        return bool(self.tasks) and not self.left and made

    def as_it_is(self) -> CompanyReport:
        """The report that is there."""
        return CompanyReport(self.name, self.folder, tuple(self.good.values()))

    def prepare(self) -> None:
        """Make the folder, take away what an earlier report left, write the set-aside rows.

        Raises
        ------
        CompanyError
            When the data can't be used, or the folder can't be written into.
        """
        company, left = self.company, [task.notebook.name for task in self.left]
        books = (task.notebook for task in self.tasks)
        self.runs = {b.name: self.good.get(b.name, NotebookRun(b.name, b.title)) for b in books}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write_status(RUNNING)
            for path in self._stale(left):
                path.unlink(missing_ok=True)
            for left_over in (*self.folder.glob(".*"), *(self.folder / "findings").glob(".*")):
                shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
            company.write_set_aside(self.folder / "set_aside")
        except OSError as error:
            reason = error.strerror or error
            raise CompanyError(
                f"Can't write into {self.folder}: {reason}. Choose another folder with --out."
            ) from error

    def tell(self, task: Task, run: NotebookRun) -> None:
        """Note where a notebook stands, and render it once it has ended."""
        if run.seconds is not None and task.output.is_file():
            run = self._rendered(task, run)
        if run.seconds is not None:
            run = self._collected(run)
        with self.lock:
            self.runs[run.notebook] = run
            with contextlib.suppress(OSError):  # a full disk is told by the notebook it stopped
                self._write_status(RUNNING)

    def finish(self, *, interrupted: bool = False) -> CompanyReport:
        """Write findings.json and index.html from what the notebooks left behind.

        Parameters
        ----------
        interrupted : bool
            Whether the user stopped the run; notebooks that had not ended are told as such.

        Returns
        -------
        CompanyReport
            Whatever went wrong here is in its `failure`, so that other companies go on.
        """
        from csresearch.reports.company_pages import write_findings_and_index

        for name, run in self.runs.items():
            if interrupted and run.state in (WAITING, RUNNING):
                self.runs[name] = replace(run, state=INTERRUPTED, message="stopped by the user")
        failure = ""
        try:
            write_findings_and_index(self.company, self.folder, [*self.runs.values()])
        except Exception as error:
            failure = told(f"the index could not be written: {type(error).__name__}: {error}")
        finished = CompanyReport(self.name, self.folder, (*self.runs.values(),), failure)
        state = INTERRUPTED if interrupted else FAILED if finished.failures else DONE
        with contextlib.suppress(OSError):
            self._write_status(state, failure)
        return finished

    def _stale(self, names: Sequence[str]) -> list[Path]:
        """Files of an earlier report that notebooks of these names will write anew."""
        stale = [self.folder / "index.html", self.folder / "findings.json"]
        for name in names:
            stale += [self.folder / f"{name}.html", self.folder / "notebooks" / f"{name}.ipynb"]
        kept = {name for run in self.good.values() for name in run.saved}
        saved = (*self.folder.glob("findings/*.json"), *self.folder.glob(f"{LISTS}/*"))
        stale += (f for f in saved if f.relative_to(self.folder).as_posix() not in kept)
        return [*stale, *(self.folder / "set_aside").glob("*.csv")]

    def _write_status(self, state: str, failure: str = "") -> None:
        """Write status.json, whole or not at all."""
        from csresearch.findings import write_json

        status = {
            "schema": STATUS_SCHEMA,
            "company": self.name,
            "state": state,
            "failure": failure,
            "started": self.started,
            "updated": _now(),
            "kit_version": __version__,
            "notebooks": [asdict(run) for run in self.runs.values()],
        }
        write_json(status, self.folder / "status.json")

    def _rendered(self, task: Task, run: NotebookRun) -> NotebookRun:
        """Write the notebook's page; a page that can't be written fails the notebook."""
        from csresearch.reports.company_pages import write_notebook_page

        try:
            page = write_notebook_page(self.name, self.folder, task.output, run)
        except Exception as error:
            message = told(f"its page could not be written: {error}")
            return replace(run, state=FAILED, error=type(error).__name__, message=message)
        return replace(run, page=page)

    def _collected(self, run: NotebookRun) -> NotebookRun:
        """Take in what the notebook saved; what can't be taken in fails it."""
        try:
            saved = collected(self.folder, run.notebook)
        except OSError as error:
            message = told(f"what it saved could not be kept: {error}")
            return replace(run, state=FAILED, error=type(error).__name__, message=message)
        return replace(run, key=self.keys.get(run.notebook, ""), saved=saved)


def _now() -> str:
    """The time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
