"""How a notebook ended: which cell, what error.

papermill marks a notebook "completed" after a dead kernel, a time-out or Ctrl-C; the account here
is the kit's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from csresearch.reports.cheap_nbformat import nbformat

# isort: split
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from csresearch.reports.limits import Limits
from csresearch.reports.runs import (
    DIED,
    DONE,
    FAILED,
    OVER_MEMORY,
    TIMED_OUT,
    told,
    without_secrets,
)


def account(
    failure: BaseException | None,
    node: nbformat.NotebookNode | None,
    limits: Limits,
    *,
    over_memory: bool = False,
) -> dict[str, object]:
    """What became of a notebook?

    Parameters
    ----------
    failure : BaseException or None
        What its execution raised.
    node : NotebookNode or None
        The notebook as far as it ran.
    limits : Limits
        What it was allowed.
    over_memory : bool
        Whether its kernel was ended because it took more memory.

    Returns
    -------
    dict
        The `state`, `cell`, `error` and `message` of a `NotebookRun`.
    """
    cell = _last_started(node)
    if over_memory:
        message = f"it took more than {limits.memory_gb:g} GB and was stopped; see --memory-limit"
        return {"state": OVER_MEMORY, "cell": cell, "message": message}
    if failure is None:
        return _ended_early(node, cell) if _left_over(node) else {"state": DONE}
    if isinstance(failure, CellTimeoutError):
        message = f"the cell ran longer than {limits.cell_seconds:g} seconds and was stopped"
        return {"state": TIMED_OUT, "cell": cell, "message": message}
    if isinstance(failure, DeadKernelError) or "Kernel died" in str(failure):
        message = "the Python process that ran it ended (out of memory, or a crash in a library)"
        return {"state": DIED, "cell": cell, "message": message}
    error, message = type(failure).__name__, str(failure)
    if isinstance(failure, PapermillExecutionError):
        error, message = failure.ename, failure.evalue
    else:
        cell = None
    return {"state": FAILED, "cell": cell, "error": error, "message": told(message)}


def hide_secrets(node: nbformat.NotebookNode) -> None:
    """Replace secrets in everything the notebook printed, in place.

    Parameters
    ----------
    node : NotebookNode
        An executed notebook.
    """
    for output in (o for cell in _code_cells(node) for o in cell.outputs):
        if output.output_type == "error":
            output.evalue = without_secrets(output.evalue)
            output.traceback = [without_secrets(line) for line in output.traceback]
        elif output.output_type == "stream":
            output.text = without_secrets(output.text)


def _code_cells(node: nbformat.NotebookNode | None) -> Iterator[nbformat.NotebookNode]:
    """Give the notebook's own code cells, without the one papermill adds."""
    for cell in node.cells if node else ():
        tags = cell.metadata.get("tags", ())
        if cell.cell_type == "code" and "injected-parameters" not in tags:
            yield cell


def _last_started(node: nbformat.NotebookNode | None) -> int | None:
    """Count of the last code cell that papermill started."""
    started = [
        number
        for number, cell in enumerate(_code_cells(node), start=1)
        if cell.metadata.get("papermill", {}).get("start_time")
    ]
    return started[-1] if started else None


def _left_over(node: nbformat.NotebookNode | None) -> bool:
    """Whether a code cell with something in it never ran."""
    return any(cell.source.strip() and cell.execution_count is None for cell in _code_cells(node))


def _ended_early(node: nbformat.NotebookNode | None, cell: int | None) -> dict[str, object]:
    """Account for a notebook that stopped without an error, as after sys.exit()."""
    message = "the notebook ended itself before its last cell"
    return {"state": FAILED, "cell": cell, "message": message}
