"""The DuckDB of this process: started once, with a database of its own for every company.

To start one takes 20 to 40 ms, to add a database less than one.
"""

from __future__ import annotations

import atexit
import itertools
import os
import tempfile
import threading
import weakref

import duckdb

MEMORY_MB = 3_000  # of the engine, or half of the machine's; beyond it, it works on disk
LITTLE_MB = 1_000  # with so little it plans large joins on disk from the outset
MUCH_TO_READ = 4_000_000  # bytes: below, a second core takes longer to wake than to do without

_lock = threading.Lock()
_started: dict[int, duckdb.DuckDBPyConnection] = {}  # by process: none survives a fork
_gone: list[tuple[duckdb.DuckDBPyConnection, str]] = []  # databases nobody can ask any more
_numbers = itertools.count(1)
atexit.register(_started.clear)  # so that no folder for what did not fit into memory stays


def new_database(*, apart: bool) -> tuple[duckdb.DuckDBPyConnection, str]:
    """An empty database in memory, and what it is called; it goes when nobody can ask it any more.

    Parameters
    ----------
    apart : bool
        In a DuckDB of its own: one opens the same file only once.
    """
    with _lock:
        duck = _start() if apart else _duck()
        name = f"company{next(_numbers)}"
        duck.execute(f"ATTACH ':memory:' AS {name}")
        connection = duck.cursor()
        _free_gone()
    connection.execute(f"USE {name}")
    weakref.finalize(connection, _let_go, duck, name).atexit = False
    return connection, name


def use_all_cores(connection: duckdb.DuckDBPyConnection) -> None:
    """From now on, this DuckDB works on all cores; a cursor leaves an open answer be."""
    connection.cursor().execute("RESET GLOBAL threads")


def limit_memory(connection: duckdb.DuckDBPyConnection, megabytes: int) -> None:
    """From now on, this DuckDB uses so much at most; a cursor leaves an open answer be."""
    connection.cursor().execute(f"SET GLOBAL memory_limit = '{_memory(megabytes)}'")


def _duck() -> duckdb.DuckDBPyConnection:
    """The DuckDB of this process."""
    process = os.getpid()
    if process not in _started:
        _started[process] = _start()
    return _started[process]


def _start() -> duckdb.DuckDBPyConnection:
    """A DuckDB that spills to disk rather than run out of memory, and downloads nothing."""
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": _memory(MEMORY_MB),
            "temp_directory": _spill_folder(),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "threads": 1,
        },
    )


def _let_go(duck: duckdb.DuckDBPyConnection, name: str) -> None:
    """Free a database, or leave that to who is just opening one: this may come in its midst."""
    _gone.append((duck, name))
    if _lock.acquire(blocking=False):
        try:
            _free_gone()
        finally:
            _lock.release()


def _free_gone() -> None:
    """Free what nobody can ask any more."""
    while _gone:
        duck, name = _gone.pop()
        duck.execute(f"DETACH {name}")


def _memory(megabytes: int) -> str:
    """So much, or half of the machine's memory where that is less, as the engine takes it."""
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2_000_000
    return f"{min(megabytes, half)}MB"


def _spill_folder() -> str:
    """Where the engine may put what does not fit into memory."""
    return os.path.join(tempfile.gettempdir(), f"csresearch-{os.getpid()}")
