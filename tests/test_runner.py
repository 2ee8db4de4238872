"""Notebooks run through papermill: each way one can end is told as what it is."""

import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from csresearch.reports.kernels import OwnKernelSpecManager, kill_running_kernels
from csresearch.reports.limits import Limits
from csresearch.reports.notebook_files import read_notebook
from csresearch.reports.runner import Task, run_notebook, run_tasks
from csresearch.reports.runs import told

NOTEBOOKS = Path(__file__).parent / "notebooks"
ENDINGS = ("dies", "ends_itself", "no_parameters", "raises", "slow", "where")


def task(name, folder, **parameters):
    parameters = {} if name == "no_parameters" else {"company": "given"} | parameters
    book = read_notebook(NOTEBOOKS / f"{name}.ipynb")
    return Task("made", book, folder / f"{name}.ipynb", parameters)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """All fixture notebooks in one run, two at a time, in a folder with braces in its name."""
    folder = tmp_path_factory.mktemp("out") / "a {brace} folder"
    told_of = []
    run_tasks(
        [task(name, folder) for name in ENDINGS],
        limits=Limits(cell_seconds=2),
        tell=lambda task, run: told_of.append(run),
    )
    return folder, {run.notebook: run for run in told_of}, told_of


@pytest.mark.parametrize(
    ("name", "state", "cell", "words"),
    [
        ("where", "done", None, ""),
        ("no_parameters", "done", None, ""),
        ("raises", "failed", 3, "no route to <b>postgres://ann:***@db/sales</b>"),
        ("dies", "kernel died", 2, "the Python process that ran it ended"),
        ("slow", "timed out", 2, "the cell ran longer than 2 seconds"),
        ("ends_itself", "failed", 2, "ended itself before its last cell"),
    ],
)
def test_each_way_to_end_is_told(ran, name, state, cell, words):
    run = ran[1][name]
    assert (run.state, run.cell) == (state, cell)
    assert words in run.message
    assert run.failed == (state != "done")
    assert run.seconds > 0


def test_start_and_end_are_told_and_every_notebook_is_kept(ran):
    folder, runs, told_of = ran
    assert [run.state for run in told_of].count("running") == len(ENDINGS)
    assert len(told_of) == 2 * len(runs)
    assert sorted(path.stem for path in folder.iterdir()) == sorted(ENDINGS)


def test_kept_notebooks_hold_no_secret_and_none_of_papermills_red_cells(ran):
    kept = json.loads((ran[0] / "raises.ipynb").read_text())
    outputs = json.dumps([cell.get("outputs") for cell in kept["cells"]])
    assert "no route" in outputs and "ann:tiger@" not in outputs
    assert "papermill-error-cell-tag" not in json.dumps(kept)


def test_notebooks_run_in_their_own_folder_with_this_python(ran):
    kept = json.loads((ran[0] / "where.ipynb").read_text())
    printed = "".join(kept["cells"][-1]["outputs"][0]["text"]).split()
    assert printed == [str(NOTEBOOKS), sys.executable, "given"]
    assert Path.cwd() != NOTEBOOKS


def test_the_kernel_is_this_interpreters_whatever_lies_in_the_users_home(tmp_path, monkeypatch):
    lying = tmp_path / "kernels" / "python3"
    lying.mkdir(parents=True)
    spec = {"argv": ["/no/such/python"], "display_name": "Python 3", "language": "python"}
    (lying / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    specs = OwnKernelSpecManager()
    assert specs.get_kernel_spec("python3").argv[0] == sys.executable
    assert specs.get_kernel_spec("an-old-conda-environment").argv[0] == sys.executable
    assert list(specs.get_all_specs()) == ["python3"]
    run = run_notebook(task("no_parameters", tmp_path))
    assert run.state == "done"


def test_tasks_wait_for_those_they_come_after(tmp_path):
    order = []
    first, second = task("where", tmp_path), task("no_parameters", tmp_path)
    last = Task(*(second.company, second.notebook, second.output, {}, frozenset([first.key])))
    run_tasks([last, first], tell=lambda task, run: order.append((run.notebook, run.state)))
    assert [name for name, state in order] == [*("where", "where")] + ["no_parameters"] * 2


def test_an_unwritable_place_fails_the_notebook_and_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    run = run_notebook(task("where", tmp_path / "file"))
    assert run.state == "failed"
    assert run.error in {"FileExistsError", "NotADirectoryError"}
    assert run.cell is None


def test_an_interrupt_ends_the_kernels_and_is_told(tmp_path):
    told_of = []

    def interrupt(task, run):
        told_of.append(run)
        if run.state == "running":
            threading.Timer(1.5, os.kill, (os.getpid(), 2)).start()

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_tasks([task("slow", tmp_path)], tell=interrupt)
    assert told_of[-1].state == "interrupted"
    assert time.monotonic() - started < 20  # the cell itself would sleep for a minute
    assert kill_running_kernels() == 0


def test_messages_are_fit_to_be_shown(monkeypatch):
    assert told("\x1b[0;31mValueError\x1b[0m: \x1b[1mno\x1b[22m") == "ValueError: no"
    assert told("postgresql+psycopg://u:p%40ss@h:5/d") == "postgresql+psycopg://u:***@h:5/d"
    assert told("password='it is' token: abc") == "password=*** token: ***"
    monkeypatch.setenv("WAREHOUSE_TOKEN", "a-long-secret")
    assert told("refused a-long-secret") == "refused ***"
    assert len(told("x" * 5000)) < 2100
