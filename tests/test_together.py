"""Many companies in one call: side by side, resumed, told on one page, killed at any moment."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from company_files import FEW_TABLES

from csresearch.errors import CompanyError
from csresearch.places import PlaceNotFound, find_companies
from csresearch.reports.companies_apart import CALL
from csresearch.reports.forked import Warm, warm_process
from csresearch.reports.freshness import task_keys
from csresearch.reports.notebook_files import read_notebook
from csresearch.reports.report import report
from csresearch.reports.report_files import collected, save_folder
from csresearch.reports.runner import Task
from csresearch.simulate import write_company

NOTEBOOKS = Path(__file__).parent / "notebooks"
BOOKS = {"01": "saves_finding", "20": "reads_findings", "99": "where"}
COMPANIES = ("ann", "bob", "cid")
BAD_YAML = "company: Dud\ncustomers: {file: none.csv}\nobserved_until: 2026-01-01\n"


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    for name, fixture in BOOKS.items():
        shutil.copy(NOTEBOOKS / f"{fixture}.ipynb", folder / f"{name}.ipynb")
    return folder


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """Three small companies, and one whose data are not there."""
    folder = tmp_path_factory.mktemp("clients")
    for seed, name in enumerate(COMPANIES):
        path = write_company(FEW_TABLES, folder / name, n_customers=60, seed=seed)
        path.write_text(path.read_text().replace("company: smallco", f"company: {name}"))
    (folder / "dud").mkdir()
    (folder / "dud" / "company.yml").write_text(BAD_YAML)
    return folder


@pytest.fixture(scope="module")
def together(tmp_path_factory, clients, books):
    out = tmp_path_factory.mktemp("out")
    return out, report([clients], out=out, notebooks=books)


def states(finished):
    return {one.company: {run.notebook: run.state for run in one.runs} for one in finished}


def started(folder):
    return json.loads((folder / "status.json").read_text())["started"]


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_a_folder_or_a_pattern_means_all_its_companies(clients):
    found = find_companies(clients)
    assert [path.parent.name for path in found] == ["ann", "bob", "cid", "dud"]
    assert find_companies(clients / "*" / "company.yml") == found
    assert find_companies(str(clients / "[ab]*")) == found[:2]
    assert find_companies(clients / "bob") == [found[1]]
    for nothing in (clients / "ann" / "no*", NOTEBOOKS):
        with pytest.raises(PlaceNotFound):
            find_companies(nothing)


def test_one_companys_trouble_is_its_own(together):
    _, finished = together
    told = {one.company: one for one in finished}
    assert set(told) == {"ann", "bob", "cid", "dud"}
    assert all(set(states([told[name]])[name].values()) == {"done"} for name in COMPANIES)
    assert "none.csv" in told["dud"].failures[0]


def test_a_single_company_that_cannot_be_used_is_an_error(clients, tmp_path):
    with pytest.raises(CompanyError, match=r"none\.csv"):
        report([clients / "dud"], out=tmp_path / "unused")
    assert not (tmp_path / "unused").exists()


def test_the_portal_shows_every_company_and_needs_nothing(together):
    out, _ = together
    page = Page(out / "index.html")
    rows = [attrs["data-words"] for tag, attrs in page.tags if "data-words" in attrs]
    assert [words.split()[0] for words in rows] == ["ann", "bob", "cid", "dud"]
    links = {attrs["href"] for tag, attrs in page.tags if tag == "a"}
    assert {f"{name}/index.html" for name in COMPANIES} <= links
    assert all((out / link.split("#")[0]).is_file() for link in links)
    assert "none.csv" in page.text and "1 with failures" in page.text
    assert not {"link", "img", "iframe"} & {tag for tag, _ in page.tags}


def test_the_log_has_a_line_for_every_notebook(together):
    out, _ = together
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert sorted((one["company"], one["notebook"]) for one in lines) == sorted(
        (company, book) for company in COMPANIES for book in BOOKS
    )
    assert all(one["state"] == "done" and one["seconds"] > 0 and one["time"] for one in lines)


def test_what_holds_is_told_without_loading_what_computes(together, clients, books):
    out, _ = together
    program = (
        "import json, sys\n"
        "from csresearch.reports.report import report\n"
        f"done = report([{str(clients)!r}], out={str(out)!r}, notebooks={str(books)!r})\n"
        "slow = {'pandas', 'numpy', 'ibis', 'duckdb', 'papermill', 'nbformat', 'matplotlib'}\n"
        "print(json.dumps([[len(one.runs) for one in done], sorted(slow & set(sys.modules))]))\n"
    )
    before = (out / "index.html").stat().st_mtime_ns
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert json.loads(done.stdout) == [[*[len(BOOKS)] * len(COMPANIES), 0], []]
    assert (out / "index.html").stat().st_mtime_ns == before  # the same page of the same reports


def test_what_holds_is_kept_and_what_changed_is_made_again(tmp_path, clients, books):
    mine, own = tmp_path / "mine", tmp_path / "books"
    shutil.copytree(clients / "ann", mine)
    shutil.copytree(books, own)
    out = tmp_path / "out"

    def made_again(**options):
        before = {path.name: path.stat().st_mtime_ns for path in out.glob("ann/*.html")}
        [one] = report([mine], out=out, notebooks=own, **options)
        assert not one.failures
        after = {path.name: path.stat().st_mtime_ns for path in out.glob("ann/*.html")}
        return {name.removesuffix(".html") for name in after if after[name] != before.get(name)}

    assert made_again() == {*BOOKS, "index"}
    findings = (out / "ann" / "findings.json").read_bytes()
    assert made_again() == set()
    os.utime(mine / "results.csv")  # a new date alone changes nothing
    assert made_again() == set()
    assert made_again(again=True) == {*BOOKS, "index"}
    (out / "ann" / "01.html").unlink()  # those that come after it depend on it
    assert made_again() == {"01", "20", "99", "index"}
    (out / "ann" / "findings.json").unlink()
    assert made_again() == {"index"}
    assert (out / "ann" / "findings.json").read_bytes() == findings
    customers = mine / "customers.csv"
    customers.write_text("".join(customers.read_text().splitlines(True)[:-1]))
    assert made_again() == {*BOOKS, "index"}
    assert (out / "ann" / "findings.json").read_bytes() != findings
    (own / "01.ipynb").unlink()  # a report of fewer notebooks holds nothing of the others
    assert made_again() == {"20", "99", "index"}
    assert json.loads((out / "ann" / "findings.json").read_text())["findings"] == []


def test_what_a_notebook_saved_is_collected_and_known_as_its_own(tmp_path):
    own = save_folder(tmp_path, "11")
    own.mkdir(parents=True)
    (own / "priorities.json").write_text("{}")
    (own / "first.csv").write_text("customer_id\n")
    (own / ".half.json").write_text("{")
    assert collected(tmp_path, "11") == ("lists/first.csv", "findings/priorities.json")
    assert not own.exists() and collected(tmp_path, "11") == ()
    assert (tmp_path / "lists" / "first.csv").read_text() == "customer_id\n"
    assert sorted(path.name for path in (tmp_path / "findings").iterdir()) == ["priorities.json"]


def test_a_key_follows_cells_parameters_and_data_but_not_outputs(tmp_path, clients, books):
    book = tmp_path / "01.ipynb"
    shutil.copy(books / "01.ipynb", book)
    company = tmp_path / "ann" / "company.yml"
    shutil.copytree(clients / "ann", company.parent)

    def key(**parameters):
        task = Task("ann", read_notebook(book), tmp_path / "x.ipynb", parameters)
        return task_keys([task], company).get("01")

    first = key()
    assert first == key() != key(horizon_months=12)
    cells = json.loads(book.read_text())
    for cell in cells["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 7
    book.write_text(json.dumps(cells))
    assert key() == first
    cells["cells"][0]["source"] = "# Another title"
    book.write_text(json.dumps(cells))
    assert key() != first
    database = "customers: {database: 'postgres://h/d', table: t}\ncompany: x\n"
    company.write_text(database + "observed_until: 2026-01-01\n")
    assert key() is None  # what a database holds is not known before it is asked


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_killed_at_any_moment_it_resumes_to_the_same_findings(tmp_path, clients, books):
    whole = tmp_path / "whole"
    [one] = report([clients / "ann"], out=whole, notebooks=books, workers=1)
    wanted = (one.folder / "findings.json").read_bytes()
    warm, out, chance = warm_process(), tmp_path / "out", random.Random(1)
    options = {"out": str(out), "notebooks": str(books), "parameters": {}, "again": False}
    options["limits"] = {"cell_seconds": 60, "memory_gb": None}
    result, folder, kills = tmp_path / "result.json", out / "ann", 0
    longest = 0.1
    while kills < 50:
        arguments = [warm.path, str(result), str(clients / "ann"), options]
        process = warm.fork(CALL, arguments, os.getcwd(), os.environ)
        time.sleep(chance.uniform(0, longest))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait(10) == -signal.SIGKILL
            kills += 1
            longest *= 1.05
        else:  # it got to its end: begin anew, so that every stage is hit
            assert (folder / "findings.json").read_bytes() == wanted
            shutil.rmtree(out)
            longest = 0.1
        for path in folder.rglob("*.json"):
            json.loads(path.read_text())
        for path in folder.rglob("*.html"):
            assert path.read_text().rstrip().endswith("</html>")
        for path in folder.rglob("*.ipynb"):
            assert path.name.startswith(".") or json.loads(path.read_text())["cells"]
    [one] = report([clients / "ann"], out=out, notebooks=books)
    assert not one.failures and (folder / "findings.json").read_bytes() == wanted


@pytest.mark.skipif(sys.platform != "linux", reason="companies run apart on Linux only")
def test_a_company_whose_process_dies_stands_in_red_and_the_rest_finish(
    tmp_path, clients, books, monkeypatch
):
    def killed(self, call, arguments, *where):
        process = fork(self, call, arguments, *where)
        if call == CALL and "bob" in arguments[2]:
            process.kill()
        return process

    fork = Warm.fork
    monkeypatch.setattr(Warm, "fork", killed)
    out = tmp_path / "out"
    finished = report([clients / name for name in COMPANIES], out=out, notebooks=books)
    assert [bool(one.failures) for one in finished] == [False, True, False]
    assert "killed by signal 9" in finished[1].failures[0]
    assert "killed by signal 9" in Page(out / "index.html").text
