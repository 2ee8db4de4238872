"""Kernels forked from a warm process: as apart as ordinary ones, and gone when they should be."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csresearch.reports import forked
from csresearch.reports.forked import ORDINARY, WarmProcess, warm_process
from csresearch.reports.notebook_files import read_notebook
from csresearch.reports.runner import Task, run_notebook, run_tasks

NOTEBOOKS = Path(__file__).parent / "notebooks"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


KERNEL = "csresearch.reports.kernels:be_kernel"
FEW = ("ipykernel.kernelapp",)


def leaving(folder, name):
    book = read_notebook(NOTEBOOKS / "leaves_things.ipynb")
    return Task(name, book, folder / f"{name}.ipynb", {"company": "x"})


def printed(path):
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    return ["".join(out.get("text", "")) for cell in cells for out in cell["outputs"]]


def gone(pid):
    """Whether a process has ended, after twenty seconds at most; one not yet waited for has."""
    for _ in range(400):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("ordinary", [pytest.param("", marks=ON_LINUX), "1"])
def test_nothing_of_one_notebook_is_found_by_the_next(tmp_path, monkeypatch, ordinary):
    monkeypatch.setenv(ORDINARY, ordinary)
    tasks = [leaving(tmp_path, name) for name in ("a", "b", "c")]
    runs = []
    run_tasks(tasks, tell=lambda task, run: runs.append(run.state))
    assert runs.count("done") == 3
    told = [printed(task.output) for task in tasks]
    found = {lines[0] for lines in told}
    assert len(found) == 1 and found.pop().split()[0] == "False"
    assert "True" not in told[0][0] and "[]" in told[0][0]
    # every kernel draws random numbers of its own
    assert len({number for lines in told for number in lines[1].split()}) == 6


@ON_LINUX
def test_notebooks_run_forked_and_alike(tmp_path, monkeypatch):
    parents = []
    fork = WarmProcess.fork

    def watched(self, *args):
        parents.append(self)
        return fork(self, *args)

    monkeypatch.setattr(WarmProcess, "fork", watched)
    assert run_notebook(leaving(tmp_path, "forked")).state == "done"
    assert parents == [warm_process()]
    monkeypatch.setenv(ORDINARY, "1")
    assert warm_process() is None
    assert run_notebook(leaving(tmp_path, "ordinary")).state == "done"
    assert len(parents) == 1
    forked_one, ordinary_one = (printed(tmp_path / f"{n}.ipynb") for n in ("forked", "ordinary"))
    assert forked_one[0] == ordinary_one[0]


@ON_LINUX
def test_a_warm_process_that_was_killed_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(forked, "_warm", [])
    monkeypatch.setattr(warm_process, "__defaults__", (FEW,))
    first = warm_process()
    os.kill(first._process.pid, signal.SIGKILL)
    assert gone(first._process.pid)
    assert run_notebook(leaving(tmp_path, "after")).state == "done"
    second = warm_process()
    assert second is not first and second.alive()
    second.close()


@ON_LINUX
@pytest.mark.parametrize("why", ["no process", "it ends at once"])
def test_without_a_warm_process_kernels_are_ordinary(tmp_path, monkeypatch, why):
    monkeypatch.setattr(forked, "_warm", [])
    if why == "no process":

        def refused(*args, **options):
            raise OSError("no more processes")

        monkeypatch.setattr(forked.WarmProcess, "__init__", refused)
    else:
        monkeypatch.setattr(forked.sys, "executable", "/bin/true")
    assert warm_process() is None
    monkeypatch.undo()
    monkeypatch.setattr(forked, "_warm", [None])
    assert run_notebook(leaving(tmp_path, "ordinary")).state == "done"


@ON_LINUX
def test_a_forked_kernel_tells_how_it_ended(tmp_path):
    warm = WarmProcess(FEW)
    try:
        assert warm.ready()
        connection = tmp_path / "none.json"
        kernel = warm.fork(KERNEL, [["-f", str(connection)]], str(tmp_path), os.environ)
        assert kernel.poll() is None
        kernel.kill()
        assert kernel.wait(5) == -signal.SIGKILL == kernel.poll()
        kernel.send_signal(signal.SIGTERM)  # nobody is there any more: nothing happens
    finally:
        warm.close()
    assert not warm.alive()
    with pytest.raises(OSError):
        warm.fork(KERNEL, [[]], str(tmp_path), {})


@ON_LINUX
def test_who_asked_and_went_away_takes_only_its_own_along(tmp_path):
    warm = WarmProcess(["json"])
    try:
        assert warm.ready()
        left = warm.fork("time:sleep", [60], str(tmp_path), os.environ)
        left._connection.close()  # as when the process that asked is killed
        assert gone(left.pid)
        cut_off = socket.socket(socket.AF_UNIX)  # killed before it had said what it wants
        cut_off.connect(warm.path)
        cut_off.close()
        after = warm.fork("time:sleep", [0], str(tmp_path), os.environ)
        assert after.wait(5) == 0 and warm.alive()
    finally:
        warm.close()


@ON_LINUX
def test_all_end_with_the_process_that_asked_for_them(tmp_path):
    script = (
        "import os, sys\n"
        "from csresearch.reports.forked import WarmProcess\n"
        f"warm = WarmProcess({FEW})\n"
        "assert warm.ready()\n"
        f"kernel = warm.fork('{KERNEL}', [['-f', sys.argv[1]]], '/', os.environ)\n"
        "print(warm._process.pid, kernel.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "k.json")], capture_output=True, text=True
    )
    pids = [int(word) for word in done.stdout.split()]
    assert done.returncode == -signal.SIGKILL and len(pids) == 2
    assert [gone(pid) for pid in pids] == [True, True]
