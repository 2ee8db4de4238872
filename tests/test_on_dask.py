"""Companies on a dask cluster of two workers: one is killed, what is missing is told."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from company_files import FEW_TABLES

from csresearch.errors import CompanyError
from csresearch.reports import on_dask
from csresearch.reports.report import report
from csresearch.simulate import write_company

NOTEBOOKS = Path(__file__).parent / "notebooks"
BOOKS = {"01": "saves_finding", "02": "pauses", "20": "reads_findings"}
COMPANIES = ("ann", "bob")


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clients")
    for seed, name in enumerate(COMPANIES):
        path = write_company(FEW_TABLES, folder / name, n_customers=60, seed=seed)
        path.write_text(path.read_text().replace("company: smallco", f"company: {name}"))
    return folder


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    for name, fixture in BOOKS.items():
        shutil.copy(NOTEBOOKS / f"{fixture}.ipynb", folder / f"{name}.ipynb")
    return folder


@pytest.fixture
def cluster(tmp_path):
    """The scheduler's address, and what starts a worker in a process of its own."""
    told = tmp_path / "scheduler.json"
    where = ["--scheduler-file", str(told), "--no-dashboard", "--host", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    processes = []

    def start(*words):
        command = [sys.executable, "-m", "dask", *words, *where]
        processes.append(subprocess.Popen(command, **quiet))
        return processes[-1]

    start("scheduler", "--port", "0")
    try:
        until(told.is_file)
        address = json.loads(told.read_text())["address"]
        yield address, lambda: start("worker", "--nthreads", "1", "--no-nanny")
    finally:
        for process in processes:
            process.kill()
            process.wait()


def until(true, seconds=300):
    """Wait for something."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def standing(out, company):
    """What status.json says: when the report was begun, and the notebooks' states."""
    try:
        status = json.loads((out / company / "status.json").read_text())
    except (OSError, ValueError):
        return "", {}
    return status["started"], {run["notebook"]: run["state"] for run in status["notebooks"]}


def test_a_worker_that_is_killed_costs_nothing_but_time(
    cluster, clients, books, tmp_path, monkeypatch
):
    address, start_worker = cluster
    out, first = tmp_path / "out", start_worker()
    command = [sys.executable, "-m", "csresearch.cli", "report", str(clients), "--out", str(out)]
    command += ["--notebooks", str(books), "--scheduler", address]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: list(out.glob("*/status.json")) or running.poll() is not None)
        assert running.poll() is None, running.communicate()
        second, [status] = start_worker(), out.glob("*/status.json")
        cut_off = status.parent.name
        until(lambda: standing(out, cut_off)[1].get("02") == "running")
        begun = standing(out, cut_off)[0]
        first.kill()
        printed, errors = running.communicate(timeout=300)
    finally:
        running.kill()
    assert running.returncode == 0, errors
    assert [line.split(":")[0] for line in printed.splitlines()] == list(COMPANIES)
    assert standing(out, cut_off)[0] > begun  # anew, by the other worker
    assert first.poll() == -signal.SIGKILL and second.poll() is None
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert len(lines) == len(COMPANIES) * len(BOOKS)
    for name in COMPANIES:
        assert set(standing(out, name)[1].values()) == {"done"}
        assert json.loads((out / name / "findings.json").read_text())["findings"]
    left = [path.name for path in out.rglob(".*")]
    assert left == []
    # the reports are those that this process would make: nothing has to run again
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/*.html")}
    assert all(not one.failures for one in report([clients], out=out, notebooks=books))
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/*.html")} == before

    # a worker that lacks a folder, or a kit of another kind
    with on_dask._client(address) as client:
        with pytest.raises(CompanyError, match=r"The worker tcp://.* does not see /nowhere/at/all"):
            on_dask._refuse_strange_workers(client, address, ["/nowhere/at/all"])
    second.kill()
    second.wait()
    monkeypatch.setattr(on_dask, "CONNECT_SECONDS", 1)
    with pytest.raises(CompanyError, match="has no worker; start one with"):
        report([clients], out=out, notebooks=books, scheduler=address, again=True)


def test_a_worker_that_joins_later_without_the_folders_says_so(clients, tmp_path):
    options = {"out": str(tmp_path / "out")}
    found = on_dask.report_there(str(clients / "ann"), options, str(tmp_path / "none" / "seen"))
    assert "does not see" in found.failure and "same folders" in found.failure
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((["/data/a.csv", "/data/b.csv"], ""), "does not see /data/a.csv and 1 more: workers need"),
        (([], "another key"), "has another version of the kit"),
        (ModuleNotFoundError("No module named 'csresearch'"), "can't run the kit: ModuleNotFound"),
    ],
)
def test_strange_workers_are_told_from_each_other(found, words):
    assert on_dask._strangeness(found).startswith(words)
    assert on_dask._strangeness(([], on_dask.kit_key())) == ""


def test_no_scheduler_and_no_dask_are_told(clients, books, tmp_path, monkeypatch):
    monkeypatch.setattr(on_dask, "CONNECT_SECONDS", 0.3)
    options = {"out": tmp_path, "notebooks": books}
    with pytest.raises(CompanyError, match=r"No dask scheduler answers at tcp://127.0.0.1:9 \("):
        report([clients], scheduler="tcp://127.0.0.1:9", **options)
    with pytest.raises(CompanyError, match="No dask scheduler answers at nonsense://x"):
        report([clients], scheduler="nonsense://x", **options)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CompanyError, match=r"--scheduler needs dask.*csresearch\[dask\]"):
        report([clients], scheduler="tcp://127.0.0.1:9", **options)
    assert list(tmp_path.iterdir()) == []
