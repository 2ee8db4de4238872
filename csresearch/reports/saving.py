"""papermill's engine with cheaper saves: a notebook that runs is not written anew at every step.

papermill checks, splits into lines and writes the whole notebook before and after each cell, text
and pictures alike; for a notebook of pictures that takes as long as a fifth of its computing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

if TYPE_CHECKING:
    import nbformat

ENGINE = "csresearch"
SAVE_SECONDS = 1.0


class SparingManager(NotebookExecutionManager):
    """Saves a running notebook once a second at most, and at its end, however it ends."""

    def save(self, **kwargs: Any) -> None:
        """Write the notebook as it is; what papermill writes last is checked and in lines."""
        ended = self.end_time is not None
        if ended or (self.now() - self.last_save_time).total_seconds() >= SAVE_SECONDS:
            Path(self.output_path).write_text(json.dumps(self.nb), encoding="utf-8")
            self.last_save_time = self.now()


class SparingEngine(NBClientEngine):
    """Runs notebooks as papermill does, saved by `SparingManager`."""

    @classmethod
    def execute_notebook(
        cls,
        nb: nbformat.NotebookNode,
        kernel_name: str,
        output_path: str,
        progress_bar: bool | dict = True,
        **options: Any,
    ) -> nbformat.NotebookNode:
        """Run a notebook; see `papermill.engines.Engine.execute_notebook`."""
        manager = SparingManager(nb, output_path=output_path, progress_bar=progress_bar)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, **options)
        finally:
            manager.notebook_complete()
        return manager.nb


papermill_engines.register(ENGINE, SparingEngine)
