"""Companies on a dask cluster: one task each, which may begin anew on any worker.

Workers need the same kit, and the same folders under the same paths.
"""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from csresearch.errors import CompanyError
from csresearch.reports.companies_apart import in_a_process, reported
from csresearch.reports.company_report import CompanyReport, CompanyWork
from csresearch.reports.forked import warm_process
from csresearch.reports.freshness import kit_key
from csresearch.reports.runs import NotebookRun, told

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10.0
SHARED = "workers need the same folders under the same paths (a network drive)"


def run_on_dask(
    works: Sequence[CompanyWork],
    address: str,
    options: Mapping[str, Any],
    *,
    tell: Callable[[str, NotebookRun], None],
) -> dict[Path, CompanyReport]:
    """Report on companies, each as one task of a dask scheduler.

    A task whose worker is lost begins anew on another, and keeps what the first had finished.

    Parameters
    ----------
    works : sequence of CompanyWork
    address : str
        The scheduler's, such as ``tcp://10.0.0.5:8786``.
    options : mapping
        Of `report_company` for each of them, with absolute paths; what JSON can hold.
    tell : callable
        Called with a company's name and a notebook's run, once its company has ended.

    Returns
    -------
    dict of Path to CompanyReport
        By the report's folder.

    Raises
    ------
    CompanyError
        When dask is not installed, nothing answers, there is no worker, or a worker lacks the
        folders or has another kit; nothing was run then.
    KeyboardInterrupt
        On Ctrl-C; companies that a worker has begun are finished there.
    """
    done = {}
    with _client(address) as client, _shared_file(Path(options["out"])) as shared:
        _refuse_strange_workers(client, address, [str(shared), *(str(w.file) for w in works)])
        futures = {
            client.submit(
                report_there, str(work.file), dict(options), str(shared), key=_task_name(work)
            ): work
            for work in works
        }
        try:
            for future in _as_completed(client, futures):
                work = futures[future]
                done[work.folder] = finished = _outcome(future, work)
                for run in _new_runs(work, finished):
                    tell(work.name, run)
        except BaseException:
            client.cancel(list(futures))
            raise
    return done


def report_there(company_file: str, options: dict[str, Any], shared: str) -> CompanyReport:
    """On a worker: report on one company, in a process of its own where that can be had."""
    work = CompanyWork.open(company_file, options["out"])
    if not Path(shared).is_file():
        failure = f"{platform.node()} does not see {Path(shared).parent}: {SHARED}"
        return CompanyReport(work.name, work.folder, (), failure)
    warm = warm_process()
    if warm is not None:
        return in_a_process(work, warm, options, running={}, tell=lambda name, run: None)
    found = reported(company_file, options)
    runs = tuple(NotebookRun(**run) for run in found.get("runs", ()))
    return CompanyReport(work.name, work.folder, runs, found["failure"])


def looked_for(paths: Sequence[str]) -> tuple[list[str], str]:
    """On a worker: which of these files are not there, and which kit is."""
    return [path for path in paths if not Path(path).is_file()], kit_key()


@contextlib.contextmanager
def _client(address: str) -> Iterator[Client]:
    """A connection to the scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise CompanyError(
            "--scheduler needs dask, here and on the workers: pip install 'csresearch[dask]'"
        ) from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CompanyError(
            f"No dask scheduler answers at {told(address)} ({told(str(error))}). Start one with "
            "`dask scheduler`, and workers with `dask worker ADDRESS`."
        ) from None
    with client:
        yield client


@contextlib.contextmanager
def _shared_file(out: Path) -> Iterator[Path]:
    """A file by which workers can tell that they see the folder of the reports."""
    path = out / f".seen-by-workers-{uuid4().hex}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    except OSError as error:
        reason = f"Can't write into {out}: {error.strerror}. Choose another folder with --out."
        raise CompanyError(reason) from error
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _refuse_strange_workers(client: Client, address: str, paths: Sequence[str]) -> None:
    """Every worker must see the files and have the kit that made the plan."""
    from distributed import TimeoutError as NobodyCame

    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except NobodyCame:
        raise CompanyError(
            f"The dask scheduler at {told(address)} has no worker; start one with "
            f"`dask worker {told(address)}`."
        ) from None
    strange = {
        worker: reason
        for worker, found in client.run(looked_for, paths, on_error="return").items()
        if (reason := _strangeness(found))
    }
    if strange:
        lines = [f"The worker {worker} {reason}" for worker, reason in sorted(strange.items())]
        raise CompanyError("\n".join(lines))


def _strangeness(found: Any) -> str:
    """What is wrong with a worker; empty when nothing is."""
    if isinstance(found, Exception):
        return f"can't run the kit: {told(f'{type(found).__name__}: {found}')}"
    missing, kit = found
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return f"does not see {missing[0]}{more}: {SHARED}"
    return "" if kit == kit_key() else "has another version of the kit or of its libraries"


def _task_name(work: CompanyWork) -> str:
    """A task's name, told by the scheduler's dashboard; no other call's task is taken for it."""
    return f"{work.folder.name}-{uuid4().hex}"


def _as_completed(client: Client, futures: Mapping[Any, CompanyWork]) -> Iterator[Any]:
    """The tasks as they end, well or not."""
    from distributed import as_completed

    return iter(as_completed(list(futures), loop=client.loop))


def _outcome(future: Any, work: CompanyWork) -> CompanyReport:
    """A task's report; where dask has none, why."""
    error = future.exception()
    if error is None:
        return future.result()
    return CompanyReport(work.name, work.folder, (), told(f"{type(error).__name__}: {error}"))


def _new_runs(work: CompanyWork, finished: CompanyReport) -> list[NotebookRun]:
    """Those of the notebooks that had to run."""
    waited_for = {task.notebook.name for task in work.left}
    return [run for run in finished.runs if run.notebook in waited_for]
