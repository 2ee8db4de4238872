"""Where a notebook stands, in words that may be shown: nothing secret is in them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

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
    clean = without_secrets(_ANSI.sub("", text)).strip()
    return clean if len(clean) <= _LONGEST_MESSAGE else clean[:_LONGEST_MESSAGE] + " …"


def without_secrets(text: str) -> str:
    """Replace passwords in addresses, assigned secrets and secret environment values by ***."""
    text = _IN_ADDRESS.sub(r"\1:***@", text)
    text = _ASSIGNED.sub(r"\1\2***", text)
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET_NAME.search(name):
            text = text.replace(value, "***")
    return text
