"""A call for each of many things, in as many processes as there are cores where that pays."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

ENOUGH = 200  # things: with fewer the processes take as long to start as they save
MOST = 4  # processes
CHUNKS = 4  # a process, so that one on a busy core leaves some to others
DIES_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


def cores() -> int:
    """How many processes can run at a time; 1 where copies of a process can't be had."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def side_by_side(
    call: Callable[..., Any], *things: Sequence[Any], meanwhile: Callable[[], Any] = tuple
) -> list[Any]:
    """What `map` gives, made in several processes where things are many.

    Processes are copies of this one, which only Linux has; elsewhere, and where one of them is
    ended from outside, this process makes all.

    Parameters
    ----------
    call : callable
        A function of a module; what it takes and gives back goes from process to process.
    *things : sequence
        Its arguments, all of one length.
    meanwhile : callable
        What this process does while others make them; not called where it makes all itself.

    Returns
    -------
    list
        In their order.

    Examples
    --------
    >>> side_by_side(max, [1, 5], [2, 3])
    [2, 5]
    """
    n, processes = len(things[0]), min(cores(), MOST)
    if n < ENOUGH or processes == 1:
        return list(map(call, *things))
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
    from multiprocessing import get_context

    try:
        with ProcessPoolExecutor(processes, get_context("fork"), _end_with_parent) as pool:
            with warnings.catch_warnings():  # copies have none of its threads, and need none
                told = "This process .* is multi-threaded"
                warnings.filterwarnings("ignore", told, DeprecationWarning)
                made = pool.map(call, *things, chunksize=-(-n // (CHUNKS * processes)))
            meanwhile()
            return list(made)
    except BrokenProcessPool:
        return list(map(call, *things))


def _end_with_parent() -> None:
    """In a copy: whatever ends the process that waits for it ends this one too."""
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
