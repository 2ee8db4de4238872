"""Processes forked from a warm one: the side that asks for them."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from csresearch.private_folder import private_folder

# What notebooks import, and slow to import. Nothing here may start a thread or open an engine:
# neither survives a fork.
LIBRARIES = (
    "ipykernel.ipkernel",
    "matplotlib_inline.backend_inline",
    "matplotlib.pyplot",
    "seaborn",
    "ibis.backends.duckdb",
    "pyarrow.compute",
    "lifelines",
    "statsmodels.genmod.generalized_linear_model",
    "csresearch",
    "csresearch.claims",
    "csresearch.company.loading",
    "csresearch.data_report",
    "csresearch.figures",
    "csresearch.page",
    "csresearch.second_road",
    "csresearch.reports.companies_apart",
    "csresearch.reports.company_pages",
    "csresearch.reports.one_company",
    "csresearch.reports.first_use",
)
START_SECONDS = 60.0  # imports on a cold disk take long
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # reports run side by side; more would wait spinning
ORDINARY = "CSRESEARCH_ORDINARY_KERNELS"  # set to anything: no forking


class ForkedProcess:
    """A process that a warm one forked, as `subprocess.Popen` would show it.

    Parameters
    ----------
    connection : socket.socket
        To the warm process, on which the exit code comes.
        Its first line is the process number.

    Raises
    ------
    ConnectionError
        When the warm process ended before it forked.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._read, self.returncode = connection, b"", None
        while b"\n" not in self._read:
            part = connection.recv(64)
            if not part:
                raise ConnectionError("the warm process ended")
            self._read += part
        number, _, self._read = self._read.partition(b"\n")
        self.pid = int(number)

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        self._hear(blocking=False)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code."""
        while self.returncode is None:
            self._hear(blocking=True, timeout=timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _hear(self, *, blocking: bool, timeout: float | None = None) -> None:
        """Read the exit code if it has come; a warm process that is gone took it along."""
        if self.returncode is not None:
            return
        self._connection.settimeout(timeout if blocking else 0)
        try:
            part = self._connection.recv(64)
        except BlockingIOError:
            return
        except TimeoutError as error:
            raise subprocess.TimeoutExpired("forked", timeout or 0) from error
        except OSError:
            part = b""
        self._read += part
        if not part or self._read.endswith(b"\n"):
            self.returncode = int(self._read) if self._read.strip() else -signal.SIGKILL
            self._connection.close()


class Warm:
    """A warm process, known by its socket.

    Parameters
    ----------
    path : str
        Of the socket.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def alive(self) -> bool:
        """Whether it can still fork."""
        return os.path.exists(self.path)

    def fork(
        self, call: str, arguments: Sequence[Any], folder: str, environment: Mapping[str, str]
    ) -> ForkedProcess:
        """Fork a process that calls a function and ends.

        Parameters
        ----------
        call : str
            Module and function, ``package.module:function``; what it returns is the exit code.
        arguments : sequence
            Of the function; what JSON can hold.
        folder : str
            It runs in.
        environment : mapping of str to str

        Raises
        ------
        OSError
            When the warm process is gone.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self.path)
            request = {"call": call, "arguments": [*arguments], "folder": folder}
            request["environment"] = dict(environment)
            connection.sendall(json.dumps(request).encode() + b"\n")
            return ForkedProcess(connection)
        except BaseException:
            connection.close()
            raise


class WarmProcess(Warm):
    """A warm process of this one's own, which ends with it.

    Parameters
    ----------
    libraries : sequence of str
        Modules to import.
    """

    def __init__(self, libraries: Sequence[str]) -> None:
        self._own = contextlib.ExitStack()
        super().__init__(str(self._own.enter_context(private_folder()) / "warm"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "csresearch.reports.warm", self.path, *libraries],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**ONE_THREAD, **os.environ},
        )
        atexit.register(self.close)

    def ready(self) -> bool:
        """Wait until it can fork; whether that came to be."""
        line: list[bytes] = []
        reading = threading.Thread(
            target=lambda: line.append(self._process.stdout.readline()), daemon=True
        )
        reading.start()
        reading.join(START_SECONDS)
        return line == [b"ready\n"]

    def alive(self) -> bool:
        """Whether it can still fork."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, and with it every process it forked."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._own.close()


_lock = threading.Lock()
_warm: list[Warm | None] = []


def use(path: str) -> None:
    """From now on, this process forks from the warm one of a socket."""
    _warm[:] = [Warm(path)]


def warm_soon(libraries: Sequence[str] = LIBRARIES) -> None:
    """Start the warm process of this one while it does something else, unless there is one."""
    threading.Thread(target=warm_process, args=[libraries], daemon=True).start()


def warm_process(libraries: Sequence[str] = LIBRARIES) -> Warm | None:
    """The warm process of this one, started when first asked for; None where there can be none.

    Forking is for Linux: elsewhere libraries that have been imported do not survive it.
    """
    if sys.platform != "linux" or os.environ.get(ORDINARY):
        return None
    with _lock:
        if _warm and _warm[0] is not None and not _warm[0].alive():
            _warm.clear()
        if not _warm:
            _warm.append(_started(libraries))
        return _warm[0]


def _started(libraries: Sequence[str]) -> WarmProcess | None:
    """A warm process, or None where it does not come up."""
    try:
        warm = WarmProcess(libraries)
    except OSError:
        return None
    if warm.ready():
        return warm
    warm.close()
    return None
