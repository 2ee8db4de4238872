"""Kernels forked from a warm process: the side that asks for them."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

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
    "csresearch",
    "csresearch.claims",
    "csresearch.data_report",
    "csresearch.figures",
    "csresearch.page",
    "csresearch.second_road",
)
START_SECONDS = 60.0  # imports on a cold disk take long
ORDINARY = "CSRESEARCH_ORDINARY_KERNELS"  # set to anything: no forking


class ForkedKernel:
    """A kernel that a warm process forked, as `subprocess.Popen` would show it.

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
        """Read the exit code if it has come; a warm process that is gone took its kernels along."""
        if self.returncode is not None:
            return
        self._connection.settimeout(timeout if blocking else 0)
        try:
            part = self._connection.recv(64)
        except BlockingIOError:
            return
        except TimeoutError as error:
            raise subprocess.TimeoutExpired("kernel", timeout or 0) from error
        except OSError:
            part = b""
        self._read += part
        if not part or self._read.endswith(b"\n"):
            self.returncode = int(self._read) if self._read.strip() else -signal.SIGKILL
            self._connection.close()


class WarmProcess:
    """A process with libraries imported, from which kernels are forked.

    Parameters
    ----------
    libraries : sequence of str
        Modules to import.
    """

    def __init__(self, libraries: Sequence[str] = LIBRARIES) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="csr-"))
        self._path = str(self._folder / "warm")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "csresearch.reports.warm", self._path, *libraries],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.register(self.close)

    def ready(self) -> bool:
        """Wait until kernels can be forked; whether that came to be."""
        line: list[bytes] = []
        reading = threading.Thread(
            target=lambda: line.append(self._process.stdout.readline()), daemon=True
        )
        reading.start()
        reading.join(START_SECONDS)
        return line == [b"ready\n"]

    def alive(self) -> bool:
        """Whether kernels can still be forked."""
        return self._process.poll() is None

    def fork(self, arguments: list[str], folder: str, environment: dict[str, str]) -> ForkedKernel:
        """Fork a kernel.

        Parameters
        ----------
        arguments : list of str
            Of ``ipykernel_launcher``.
        folder : str
            It runs in.
        environment : dict of str to str

        Raises
        ------
        OSError
            When the warm process is gone.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self._path)
            request = {"arguments": arguments, "folder": folder, "environment": environment}
            connection.sendall(json.dumps(request).encode() + b"\n")
            return ForkedKernel(connection)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """End it, and with it every kernel it forked."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class ForkingProvisioner(LocalProvisioner):
    """Starts kernels by forking; everything else as for a kernel started here."""

    warm: WarmProcess | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> dict[str, Any]:
        """Fork the kernel a command would start."""
        if self.warm is None:
            return await super().launch_kernel(cmd, **options)
        try:
            self.process = self.warm.fork(
                cmd[cmd.index("-f") :], options.get("cwd") or os.getcwd(), dict(options["env"])
            )
        except OSError:  # it is gone: an ordinary kernel does as well
            return await super().launch_kernel(cmd, **options)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


_lock = threading.Lock()
_warm: list[WarmProcess | None] = []


def warm_process() -> WarmProcess | None:
    """The warm process of this one, started when first asked for; None where there can be none.

    Forking is for Linux: elsewhere libraries that have been imported do not survive it.
    """
    if sys.platform != "linux" or os.environ.get(ORDINARY):
        return None
    with _lock:
        if _warm and _warm[0] is not None and not _warm[0].alive():
            _warm.clear()
        if not _warm:
            _warm.append(_started())
        return _warm[0]


def _started() -> WarmProcess | None:
    """A warm process, or None where it does not come up."""
    try:
        warm = WarmProcess()
    except OSError:
        return None
    if warm.ready():
        return warm
    warm.close()
    return None
