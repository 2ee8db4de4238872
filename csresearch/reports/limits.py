"""What a notebook may take: time for a cell, memory for its kernel. Who takes more is ended."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

import psutil

CELL_SECONDS = 600.0
LOOK_SECONDS = 0.1
SHARE_OF_MEMORY = 0.8  # of the machine's, before the system ends a process of its own choice


def usual_memory() -> float:
    """How many GB one notebook may take unless the user says: four fifths of the machine's."""
    return round(SHARE_OF_MEMORY * psutil.virtual_memory().total / 1e9, 1)


@dataclass(frozen=True)
class Limits:
    """What each notebook may take.

    Parameters
    ----------
    cell_seconds : float
        Any one cell.
    memory_gb : float or None
        Resident memory of its kernel, in GB of 1e9 bytes; None for no limit.
    """

    cell_seconds: float = CELL_SECONDS
    memory_gb: float | None = None


USUAL = Limits()


class Watch:
    """Looks at a kernel's memory ten times a second, and ends one that takes more than it may.

    A limit set on the process itself would be met inside whatever library asks for memory just
    then, and most of them crash without a word.

    Parameters
    ----------
    memory_gb : float or None
        None for no limit.
    """

    def __init__(self, memory_gb: float | None) -> None:
        self._most = memory_gb and memory_gb * 1e9
        self._over = threading.Event()

    @property
    def exceeded(self) -> bool:
        """Whether the kernel was ended for what it took."""
        return self._over.is_set()

    def begin(self, pid: int) -> None:
        """Look at this process until it ends."""
        if self._most:
            with contextlib.suppress(psutil.NoSuchProcess):
                threading.Thread(target=self._look, args=[psutil.Process(pid)], daemon=True).start()

    def _look(self, process: psutil.Process) -> None:
        """End the process once it is over the limit."""
        with contextlib.suppress(psutil.Error):
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                if process.memory_info().rss > self._most:
                    self._over.set()
                    process.kill()
                    return
                time.sleep(LOOK_SECONDS)


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextlib.contextmanager
def watched(limits: Limits) -> Iterator[Watch]:
    """Watch the kernels that are started in here, by this thread.

    Yields
    ------
    Watch
        That knows whether one was ended for what it took.
    """
    watch = Watch(limits.memory_gb)
    before = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(before)


def watch_kernel(pid: int | None) -> None:
    """A kernel was started: watch it, where somebody asked for that."""
    watch = _watch.get()
    if watch is not None and pid:
        watch.begin(pid)
