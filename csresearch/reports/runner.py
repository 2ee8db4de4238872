"""Runs notebooks through papermill, some at a time, and says how each ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from csresearch.reports.cheap_nbformat import nbformat

# isort: split
import papermill
from jupyter_core.utils import ensure_event_loop

from csresearch.reports.failures import account, hide_secrets
from csresearch.reports.kernels import KERNEL_ARGUMENTS, OwnKernelManager, kill_running_kernels
from csresearch.reports.limits import USUAL, Limits, watched
from csresearch.reports.runs import INTERRUPTED, RUNNING, NotebookRun
from csresearch.reports.saving import ENGINE
from csresearch.reports.task import Task

logging.getLogger("papermill").addHandler(logging.NullHandler())


def run_tasks(
    tasks: Iterable[Task],
    *,
    workers: int = 2,
    limits: Limits = USUAL,
    tell: Callable[[Task, NotebookRun], None] = lambda task, run: None,
) -> None:
    """Run notebooks, some at a time, each in a kernel of its own; a failure stops no other.

    Parameters
    ----------
    tasks : iterable of Task
        Started in this order, each when those it comes after have ended, well or not.
    workers : int
        How many run at a time.
    limits : Limits
        What each may take.
    tell : callable
        Called with a task and its `NotebookRun` when it starts and when it has ended, from the
        thread that ran it.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, after every kernel was ended and its notebook told as interrupted.
    """
    stopping = threading.Event()
    waiting, running, ended = list(tasks), {}, set()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            while waiting or running:
                for task in _ready(waiting, ended)[: workers - len(running)]:
                    waiting.remove(task)
                    future = pool.submit(_run_and_tell, task, limits, tell, stopping)
                    running[future] = task
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    ended.add(running.pop(future).key)
                    future.result()
        except BaseException:
            stopping.set()
            _end(running)
            raise


def run_notebook(task: Task, limits: Limits = USUAL) -> NotebookRun:
    """Run one notebook, keep it as far as it ran, and say how it ended.

    Parameters
    ----------
    task : Task
        What to run; the executed notebook is put at its `output`, whole or not at all.
    limits : Limits
        What it may take.

    Returns
    -------
    NotebookRun
        Never raises for a notebook's failure.
    """
    started = time.monotonic()
    partial = task.output.with_name(f".{task.output.stem}.partial.ipynb")
    failure: Exception | None = None
    with watched(limits) as watch:
        try:
            task.output.parent.mkdir(parents=True, exist_ok=True)
            with _closed_event_loop():
                _execute(task, partial, limits.cell_seconds)
        except Exception as error:
            failure = error
    try:
        node = _keep(partial, task.output)
    except (OSError, ValueError) as error:  # a full disk leaves half a notebook, which is no JSON
        node, failure = None, failure or error
    with contextlib.suppress(OSError):
        partial.unlink(missing_ok=True)
    ended = account(failure, node, limits, over_memory=watch.exceeded)
    run = NotebookRun(task.notebook.name, task.notebook.title, **ended)
    return replace(run, seconds=round(time.monotonic() - started, 2))


def _execute(task: Task, output: Path, cell_seconds: float) -> None:
    """Hand the notebook to papermill, in its own folder, without touching the process's."""
    papermill.execute_notebook(
        _literal(task.notebook.path),
        _literal(output),
        dict(task.parameters),
        engine_name=ENGINE,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        execution_timeout=cell_seconds,
        kernel_manager_class=OwnKernelManager,
        extra_arguments=list(KERNEL_ARGUMENTS),
        resources={"metadata": {"path": str(task.notebook.path.parent)}},
    )


@contextlib.contextmanager
def _closed_event_loop() -> Iterator[None]:
    """Close the event loop that jupyter_client makes for a thread and leaves open."""
    loop = ensure_event_loop()
    try:
        yield
    finally:
        if not loop.is_running():
            asyncio.set_event_loop(None)
            loop.close()


def _literal(path: Path) -> str:
    """Give the path so that papermill, which fills in braces, leaves it as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _keep(partial: Path, output: Path) -> nbformat.NotebookNode | None:
    """Move what ran into place, without papermill's red cells and without secrets."""
    if not partial.is_file():
        return None
    node = nbformat.read(partial, as_version=4)
    marker = "papermill-error-cell-tag"
    node.cells = [cell for cell in node.cells if marker not in cell.metadata.get("tags", ())]
    hide_secrets(node)
    nbformat.write(node, partial)
    partial.replace(output)
    return node


def _ready(waiting: list[Task], ended: set[tuple[str, str]]) -> list[Task]:
    """Give the tasks that wait for nothing any more, in order."""
    return [task for task in waiting if task.after <= ended]


def _run_and_tell(
    task: Task,
    limits: Limits,
    tell: Callable[[Task, NotebookRun], None],
    stopping: threading.Event,
) -> None:
    """Run one task, telling its start and its end."""
    tell(task, NotebookRun(task.notebook.name, task.notebook.title, RUNNING))
    run = run_notebook(task, limits)
    if stopping.is_set() and run.failed:
        run = replace(run, state=INTERRUPTED, error="", message="stopped by the user")
    tell(task, run)


def _end(running: Mapping[Future, Task]) -> None:
    """End the kernels of notebooks that still run, those just starting included."""
    left = set(running)
    while left:
        kill_running_kernels()
        left = wait(left, timeout=0.3).not_done
