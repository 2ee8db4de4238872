"""What goes wrong with one notebook stands in red with its reason; the rest finishes, whole."""

import json
import resource
import shutil
import subprocess
from pathlib import Path

import pytest
from company_files import FEW_TABLES

from csresearch.errors import CompanyError
from csresearch.reports.kernels import kill_running_kernels
from csresearch.reports.limits import Limits
from csresearch.reports.report import report
from csresearch.simulate import write_company

NOTEBOOKS = Path(__file__).parent / "notebooks"
SMALL_DISK = 4_000_000  # bytes: pages fit, what the wordy notebook prints does not


@pytest.fixture(scope="module")
def company_file(tmp_path_factory):
    return write_company(FEW_TABLES, tmp_path_factory.mktemp("smallco"), n_customers=60)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of four megabytes; where none can be mounted, files of at most so much."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(disk)]
    if shutil.which("mount") and subprocess.run(mount, capture_output=True).returncode == 0:
        yield disk, "No space left on device"
        subprocess.run(["umount", str(disk)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_DISK, before[1]))
    yield disk, "File too large"
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def notebooks(folder, **named):
    folder.mkdir(parents=True, exist_ok=True)
    for name, fixture in named.items():
        shutil.copy(NOTEBOOKS / f"{fixture}.ipynb", folder / f"{name.lstrip('n')}.ipynb")
    return folder


def assert_whole(folder):
    """Every file is whole, and none is a leftover."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files and not [path for path in files if path.name.startswith(".")]
    for path in files:
        if path.suffix in (".json", ".ipynb"):
            json.loads(path.read_text())
        if path.suffix == ".html":
            assert path.read_text().rstrip().endswith("</html>")


def test_time_memory_and_a_dead_kernel_are_told_and_the_rest_finishes(company_file, tmp_path):
    books = notebooks(
        tmp_path / "books", n01="saves_finding", n02="hungry", n03="slow", n04="dies", n20="where"
    )
    [one] = report(
        *([company_file],), out=tmp_path / "out", notebooks=books, cell_timeout=6, memory_limit=0.7
    )
    ended = {run.notebook: (run.state, run.cell) for run in one.runs}
    assert ended == {
        "01": ("done", None),
        "02": ("over its memory limit", 2),
        "03": ("timed out", 2),
        "04": ("kernel died", 2),
        "20": ("done", None),
    }
    index = one.index.read_text()
    assert "it took more than 0.7 GB and was stopped; see --memory-limit" in index
    assert "the cell ran longer than 6 seconds" in index
    assert "took more than 0.7 GB" in (one.folder / "02.html").read_text()
    assert json.loads((one.folder / "findings.json").read_text())["findings"]
    assert_whole(one.folder)
    assert kill_running_kernels() == 0


def test_a_full_disk_is_told_and_what_fits_is_whole(company_file, tmp_path, small_disk):
    disk, reason = small_disk
    books = notebooks(tmp_path / "books", n01="saves_finding", n02="wordy", n20="where")
    [one] = report([company_file], out=disk, notebooks=books, workers=1)
    [told] = one.failures
    assert told.startswith("02: failed: OSError: ") and reason in told
    assert [run.state for run in one.runs] == ["done", "failed", "done"]
    assert reason in one.index.read_text()
    assert_whole(disk)


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(company_file, tmp_path):
    (tmp_path / "smallco").write_text("a file where the folder should be")
    books = notebooks(tmp_path / "books", n01="where")
    with pytest.raises(CompanyError, match=r"Can't write into .*smallco: File exists"):
        report([company_file], out=tmp_path, notebooks=books)


@pytest.mark.parametrize("ordinary", ["", "1"])
def test_one_companys_folder_that_cannot_be_written_stops_no_other(
    company_file, tmp_path, monkeypatch, ordinary
):
    monkeypatch.setenv("CSRESEARCH_ORDINARY_KERNELS", ordinary)
    twin = shutil.copytree(company_file.parent, tmp_path / "twin") / "company.yml"
    twin.write_text(twin.read_text().replace("company: smallco", "company: twin"))
    out = tmp_path / "out"
    out.mkdir()
    (out / "twin").write_text("a file where the folder should be")
    (out / "log.jsonl").mkdir()  # nor can the log
    books = notebooks(tmp_path / "books", n01="where")
    first, second, together = report([twin, company_file], out=out, notebooks=books)
    assert not second.failures and second.index.is_file()
    assert "Can't write into" in first.failures[0]
    assert "Can&#x27;t write into" in (out / "index.html").read_text()
    assert together.failures == ("log.jsonl lacks lines: Is a directory",)


def test_limits_as_they_cross_to_another_process():
    assert Limits(**json.loads(json.dumps({"cell_seconds": 5, "memory_gb": None}))) == Limits(5)
