"""Folders of a process's own in the temp folder; what killed processes left there is removed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no such locks: there, what is left is left
    fcntl = None  # type: ignore[assignment]

PREFIX, HELD = "csr-", "held"


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only this user can read, and that is gone afterwards.

    Yields
    ------
    pathlib.Path
        It holds a file ``held``, locked for as long as this process lives.

    Notes
    -----
    A lock ends with its process, however that ends, and is seen from other containers too, where
    a process number would mean another process. So a folder whose lock is free is nobody's.
    """
    _remove_left()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / f".{HELD}").open("wb") as file:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX)
            (folder / f".{HELD}").replace(folder / HELD)  # under its name only once it is locked
            yield folder


def _remove_left() -> None:
    """Remove this user's folders whose processes have ended."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/") if fcntl else ():
        with contextlib.suppress(OSError):  # no such file, another user's, or still locked
            if not folder.is_symlink() and folder.stat().st_uid == os.getuid():
                with (folder / HELD).open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
