"""A warm process that forks others: libraries are imported once, each other one is a copy.

Started as ``python -m csresearch.reports.warm SOCKET LIBRARY…``. Whoever connects to the socket
sends one line of JSON (``call, arguments, folder, environment``), reads back the number of the
process that makes the call, and reads its exit code on the same connection when it has ended. A
process ends when its connection does, and all of them when this one's input ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
from typing import Any

DIES_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


def import_libraries(names: list[str]) -> None:
    """Import what notebooks need; one that is not there is left to the notebook to miss."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def serve(path: str) -> None:
    """Fork a process for every connection until the input ends.

    Parameters
    ----------
    path : str
        Of the Unix socket to listen on; its folder must be the user's own.
    """
    woken, wakes = socket.socketpair()
    woken.setblocking(False)
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this says when to stop
    forked: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as ready:
        listening.bind(path)
        listening.listen(64)
        for source in (listening, woken, sys.stdin.buffer):
            ready.register(source, selectors.EVENT_READ)
        print("ready", flush=True)
        while True:
            happened = {key.fileobj for key, _ in ready.select()}
            if sys.stdin.buffer in happened:
                return
            if woken in happened:
                with contextlib.suppress(BlockingIOError):
                    woken.recv(4096)
                for asking in _tell_ended(forked):
                    with contextlib.suppress(KeyError):  # nobody waited for it any more
                        ready.unregister(asking)
                    asking.close()
            for pid in [pid for pid, asking in forked.items() if asking in happened]:
                os.kill(pid, signal.SIGKILL)  # nobody waits for it any more
                ready.unregister(forked[pid])
            if listening in happened and (asking := _fork(listening, forked)):
                ready.register(asking, selectors.EVENT_READ)


def _fork(listening: socket.socket, forked: dict[int, socket.socket]) -> socket.socket | None:
    """Start what one connection asks for, remember it and return it; None if it was cut off."""
    asking, _ = listening.accept()
    line = _line(asking)
    if not line.endswith(b"\n"):
        asking.close()
        return None
    request = json.loads(line)
    pid = os.fork()
    if pid == 0:
        for other in (listening, asking, *forked.values()):
            other.close()
        _become(request)
    forked[pid] = asking
    _send(asking, pid)
    return asking


def _become(request: dict[str, Any]) -> None:
    """In the copy: make the call with a clean slate, and never return."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        _draw_anew()
        module, _, function = request["call"].partition(":")
        code = getattr(importlib.import_module(module), function)(*request["arguments"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        os._exit(code or 0)


def _draw_anew() -> None:
    """Random numbers of this copy's own: all copies begin with the same state."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _tell_ended(forked: dict[int, socket.socket]) -> list[socket.socket]:
    """Send the exit code of every process that has ended; return their connections."""
    ended = []
    while forked:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            break
        ended.append(forked.pop(pid))
        _send(ended[-1], os.waitstatus_to_exitcode(status))
    return ended


def _send(asking: socket.socket, number: int) -> None:
    """Send a number; who has gone needs none."""
    with contextlib.suppress(OSError):
        asking.sendall(f"{number}\n".encode())


def _line(connection: socket.socket) -> bytes:
    """One line from a connection."""
    read = b""
    while not read.endswith(b"\n"):
        part = connection.recv(65536)
        if not part:
            break
        read += part
    return read


if __name__ == "__main__":
    gc.disable()  # what is imported stays: looking for garbage among it takes a tenth of the time
    import_libraries(sys.argv[2:])
    gc.collect()
    gc.freeze()  # what is shared stays shared
    gc.set_threshold(100_000)  # a process of seconds; looking more often takes it a tenth of them
    gc.enable()
    serve(sys.argv[1])
