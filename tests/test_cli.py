"""The command line as a user meets it: what it prints, and its exit codes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from company_files import FEW_TABLES

from csresearch.cli import main
from csresearch.simulate import write_company

NOTEBOOKS = Path(__file__).parent / "notebooks"
COMMAND = [sys.executable, "-m", "csresearch.cli"]


@pytest.fixture(scope="module")
def company_file(tmp_path_factory):
    return write_company(FEW_TABLES, tmp_path_factory.mktemp("smallco"), n_customers=60)


@pytest.fixture
def books(tmp_path):
    """A folder with one notebook that runs to its end; tests copy others beside it."""
    folder = tmp_path / "books"
    folder.mkdir()
    shutil.copy(NOTEBOOKS / "typed.ipynb", folder / "01_typed.ipynb")
    return folder


def test_report_says_where_the_pages_are(company_file, books, tmp_path, capsys):
    options = ["--out", str(tmp_path / "out"), "--notebooks", str(books), "-p", "margin=0.2"]
    assert main(["report", str(company_file), *options]) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == f"smallco: {tmp_path / 'out' / 'smallco' / 'index.html'}"
    assert printed.err == ""
    assert "24 0.2 [] a = b False" in (tmp_path / "out/smallco/01_typed.html").read_text()


def test_a_failed_notebook_exits_with_1_and_says_which_and_why(company_file, books, tmp_path):
    shutil.copy(NOTEBOOKS / "raises.ipynb", books / "02_raises.ipynb")
    command = [*COMMAND, "report", str(company_file), "--notebooks", str(books)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert "reports/smallco/index.html" in ended.stdout
    told = ended.stderr.strip().splitlines()
    assert len(told) == 1, ended.stderr  # no progress bar, no kernel's warnings off a terminal
    assert told[0].strip().startswith("02_raises: failed in code cell 3: ValueError: no route")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["report", "nowhere/company.yml"], "There is no company file 'nowhere/company.yml'"),
        (["report", "COMPANY", "-p", "margn=1"], "Did you mean 'margin'?"),
        (["report", "COMPANY", "-p", "margin=wide"], "'margin' must be float; got 'wide'"),
        (["report", "COMPANY", "-p", "margin"], "name=value"),
        (["report", "COMPANY", "--out", "A_FILE"], "Choose another folder with --out"),
        (["report", "COMPANY", "--notebooks", "A_FILE"], "There is no notebooks folder at "),
        (["check", "nowhere"], "There is no company file 'nowhere'"),
        (["simulate", "mirag", "A_FILE"], "did you mean 'mirage'?"),
        (["simulate", "mirage", "A_FILE"], "a_file: "),
    ],
)
def test_what_cannot_be_used_exits_with_2_and_a_sentence(words, told, company_file, books, capsys):
    a_file = books / "a_file"
    a_file.write_text("")
    words = [{"COMPANY": str(company_file), "A_FILE": str(a_file)}.get(w, w) for w in words]
    if words[0] == "report" and "--notebooks" not in words:
        words += ["--notebooks", str(books)]
    assert main(words) == 2
    printed = capsys.readouterr()
    assert told in printed.err and printed.err.startswith("csresearch: ")
    assert "Traceback" not in printed.err and printed.out == ""


def test_a_company_file_that_is_wrong_exits_with_2(company_file, tmp_path, capsys):
    wrong = tmp_path / "company.yml"
    wrong.write_text(company_file.read_text().replace("observed_until", "observed_untill"))
    assert main(["check", str(wrong)]) == 2
    assert "observed_until" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["report"], ["rapport"], [], ["report", "x", "--jobs", "0"]])
def test_words_that_are_no_command_exit_with_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: csresearch" in capsys.readouterr().err


def test_help_and_version(capsys):
    for words, told in (["--help"], "exit codes:"), (["--version"], "csresearch 0"):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        assert told in capsys.readouterr().out


def test_check_says_what_was_read_and_what_can_be_answered(company_file, tmp_path, capsys):
    folder = shutil.copytree(company_file.parent, tmp_path / "dirty")
    with (folder / "results.csv").open("a") as rows:
        rows.write("nobody-7,2025-03-01,saved hours\n")
    (folder / "surveys.csv").unlink()
    without = folder.joinpath("company.yml").read_text().split("surveys:")[0]
    (folder / "company.yml").write_text(without)
    assert main(["check", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "smallco, observed until 2026-06-30" in printed
    assert "customers from customers.csv: 60 rows, 60 used, 0 set aside" in printed
    assert "1 set aside" in printed and "nobody-7" in printed
    assert "results-retention" in printed and "can be tested" in printed
    assert "satisfaction-retention" in printed and "missing: surveys" in printed


def test_simulate_writes_a_company_that_can_be_checked(tmp_path, capsys):
    words = ["simulate", "mirage", str(tmp_path / "m"), "--seed", "7", "--customers", "50"]
    assert main(words) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "m" / "company.yml")
    assert len((tmp_path / "m" / "customers.csv").read_text().splitlines()) == 51


def test_ctrl_c_keeps_what_there_is_and_says_so(company_file, books, tmp_path):
    shutil.copy(NOTEBOOKS / "slow.ipynb", books / "02_slow.ipynb")
    shutil.copy(NOTEBOOKS / "where.ipynb", books / "20_last.ipynb")
    status = tmp_path / "reports" / "smallco" / "status.json"
    command = [*COMMAND, "report", str(company_file), "--notebooks", str(books)]
    until = time.monotonic() + 60
    running = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and not _ended(status, "01_typed"):
        assert time.monotonic() < until
        time.sleep(0.2)
    os.kill(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert told.strip() == "csresearch: stopped"
    written = json.loads(status.read_text())
    states = {run["notebook"]: run["state"] for run in written["notebooks"]}
    assert states == {"01_typed": "done", "02_slow": "interrupted", "20_last": "interrupted"}
    assert written["state"] == "interrupted"
    assert "02_slow" in (status.parent / "index.html").read_text()


def _ended(status, notebook):
    """Whether this notebook is done according to the status file."""
    runs = json.loads(status.read_text())["notebooks"] if status.is_file() else []
    return any(run["notebook"] == notebook and run["state"] == "done" for run in runs)


def test_lab_starts_jupyterlab_with_this_interpreters_kernel(books, monkeypatch):
    asked = []

    def run(command, **options):
        asked.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert main(["lab", "--notebooks", str(books), "--", "--no-browser"]) == 0
    assert asked[0][:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--notebook-dir={books}" in asked[0] and asked[0][-1] == "--no-browser"
