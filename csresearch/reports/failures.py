"""How a notebook ended, told in words: which cell, what error, and nothing secret in it.

papermill marks a notebook "completed" after a dead kernel, a time-out or Ctrl-C; the account here
is the kit's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import csresearch.reports.notebook_files  # noqa: F401  first: it makes nbformat's import cheap

# isort: split
import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from csresearch.reports.limits import Limits

DONE, FAILED, DIED, TIMED_OUT = "done", "failed", "kernel died", "timed out"
OVER_MEMORY = "over its memory limit"
INTERRUPTED, WAITING, RUNNING = "interrupted", "waiting", "running"

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_IN_ADDRESS = re.compile(r"(?<=://)([^\s/:@'\"]*):([^\s/'\"]+)@")
_ASSIGNED = re.compile(
    r"(?i)\b((?:\w*_)?(?:password|passwd|pwd|secret|token|api_?key))(\s*[=:]\s*)"
    r"(\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
)
_SECRET_NAME = re.compile(r"(?i)passw|secret|token|api_?key|credential")
_LONGEST_MESSAGE = 2000


@dataclass(frozen=True)
class NotebookRun:
    """One notebook of one company: where it stands, and where it stopped if it did.

    Parameters
    ----------
    notebook, title : str
        Its file name without ending, and its first heading.
    state : str
        "waiting", "running", "done", "failed", "kernel died", "timed out", "over its memory
        limit" or "interrupted".
    seconds : float or None
        How long it ran; None until it has ended.
    cell : int or None
        The code cell it stopped in, counted from 1 as in the stored notebook, without the cell
        that papermill adds.
    error, message : str
        Kind of exception and what it said, fit to be shown.
    page : str
        Address of the rendered page beside the index; empty when there is none.
    key : str
        What it was made of, as `freshness.task_keys` gives it; empty when that is not known.
    saved : tuple of str
        Files it saved, findings and lists, as paths in the report's folder.
    """

    notebook: str
    title: str
    state: str = WAITING
    seconds: float | None = None
    cell: int | None = None
    error: str = ""
    message: str = ""
    page: str = ""
    key: str = ""
    saved: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it ended otherwise than done."""
        return self.state not in (DONE, WAITING, RUNNING)

    @property
    def text(self) -> str:
        """One line for a terminal or an index."""
        if not self.failed:
            return f"{self.notebook}: {self.state}"
        where = f" in code cell {self.cell}" if self.cell else ""
        what = ": ".join(part for part in (self.error, self.message) if part)
        return f"{self.notebook}: {self.state}{where}" + (f": {what}" if what else "")


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


def told(text: str) -> str:
    """Give text fit to be shown: no terminal colours, no passwords, not endless.

    Parameters
    ----------
    text : str
        Such as an exception's message.

    Returns
    -------
    str
        At most 2,000 characters.

    Examples
    --------
    >>> told("no route to postgres://ann:tiger@db/sales")
    'no route to postgres://ann:***@db/sales'
    """
    clean = _without_secrets(_ANSI.sub("", text)).strip()
    return clean if len(clean) <= _LONGEST_MESSAGE else clean[:_LONGEST_MESSAGE] + " …"


def _without_secrets(text: str) -> str:
    """Replace passwords in addresses, assigned secrets and secret environment values by ***."""
    text = _IN_ADDRESS.sub(r"\1:***@", text)
    text = _ASSIGNED.sub(r"\1\2***", text)
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET_NAME.search(name):
            text = text.replace(value, "***")
    return text


def hide_secrets(node: nbformat.NotebookNode) -> None:
    """Replace secrets in everything the notebook printed, in place.

    Parameters
    ----------
    node : NotebookNode
        An executed notebook.
    """
    for output in (o for cell in _code_cells(node) for o in cell.outputs):
        if output.output_type == "error":
            output.evalue = _without_secrets(output.evalue)
            output.traceback = [_without_secrets(line) for line in output.traceback]
        elif output.output_type == "stream":
            output.text = _without_secrets(output.text)


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
