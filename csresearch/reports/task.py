"""One notebook that is to run for one company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csresearch.reports.notebook_files import Notebook


@dataclass(frozen=True)
class Task:
    """One notebook to run for one company.

    Parameters
    ----------
    company : str
        Which company; any name that tells it from the others.
    notebook : Notebook
        What to run.
    output : pathlib.Path
        Where the executed notebook is kept.
    parameters : mapping of str to object
        Passed to the notebook.
    after : frozenset of (str, str)
        Keys of the tasks that must have ended before, well or not.
    """

    company: str
    notebook: Notebook
    output: Path
    parameters: Mapping[str, Any]
    after: frozenset[tuple[str, str]] = frozenset()

    @property
    def key(self) -> tuple[str, str]:
        """Company and notebook: what `after` refers to."""
        return self.company, self.notebook.name
