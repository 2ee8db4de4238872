"""A company's report: every notebook runs, failures stand in it, and findings are collected."""

import json
import re
import shutil
from pathlib import Path

import pytest
from company_files import FEW_TABLES

from csresearch.errors import CompanyError
from csresearch.places import PlaceNotFound, find_company, notebooks_folder
from csresearch.reports.notebook_files import ParameterError
from csresearch.reports.plan import planned_notebooks
from csresearch.reports.report import report
from csresearch.simulate import write_company

NOTEBOOKS = Path(__file__).parent / "notebooks"


def notebooks(folder, **named):
    """A folder of fixture notebooks under new names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, fixture in named.items():
        shutil.copy(NOTEBOOKS / f"{fixture}.ipynb", folder / f"{name.lstrip('n')}.ipynb")
    return folder


@pytest.fixture(scope="module")
def company_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smallco")
    return write_company(FEW_TABLES, folder, n_customers=60)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, company_file):
    """A report of three notebooks, the middle one failing, over what an earlier one left."""
    folder = tmp_path_factory.mktemp("report")
    left = folder / "out" / "smallco" / "findings" / "stale.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")
    books = notebooks(
        folder / "books", n01="saves_finding", n02="raises", n20="reads_findings", n99="where"
    )
    shutil.copy(NOTEBOOKS / "no_parameters.ipynb", books / "21_across.ipynb")
    [one] = report(
        *([company_file],), out=folder / "out", notebooks=books, parameters={"horizon_months": "12"}
    )
    return one


def test_a_failed_notebook_is_told_and_the_others_run(finished):
    states = {run.notebook: run.state for run in finished.runs}
    assert states == {"01": "done", "02": "failed", "20": "done", "99": "done"}
    assert len(finished.failures) == 1
    assert finished.failures[0].startswith("02: failed in code cell 3: ValueError: no route")


def test_notebooks_without_a_company_are_not_part_of_a_report(finished):
    assert not (finished.folder / "21_across.html").exists()


def test_the_last_notebooks_find_what_the_others_saved_and_nothing_older(finished):
    page = (finished.folder / "20.html").read_text()
    assert "['maturity-churn.json']" in page or "[&#39;maturity-churn.json&#39;]" in page


def test_findings_are_collected_for_this_company(finished):
    document = json.loads((finished.folder / "findings.json").read_text())
    assert document["schema"] == "csresearch/findings/1"
    assert (document["company"], document["observed_until"]) == ("smallco", "2026-06-30")
    assert [finding["claim"] for finding in document["findings"]] == ["maturity-churn"]
    assert len(document["data_fingerprint"]) >= 16


def test_the_index_names_every_notebook_and_the_failure_in_escaped_words(finished):
    index = finished.index.read_text()
    for name in ("01", "02", "20", "99"):
        assert f'href="{name}.html"' in index
        assert 'href="index.html"' in (finished.folder / f"{name}.html").read_text()
    assert "no route to &lt;b&gt;postgres://ann:***@db/sales" in index
    assert "<b>postgres" not in index and "\x1b" not in index
    assert "<script" not in index
    assert not re.search(r'(?:src|href)="(?:https?:)?//', index)


def test_parameters_go_to_the_notebooks_that_have_them(finished):
    kept = json.loads((finished.folder / "notebooks" / "01.ipynb").read_text())
    assert kept["metadata"]["papermill"]["parameters"]["horizon_months"] == 12
    other = json.loads((finished.folder / "notebooks" / "99.ipynb").read_text())
    assert set(other["metadata"]["papermill"]["parameters"]) == {"company", "save_to"}


def test_status_says_how_each_notebook_ended(finished):
    status = json.loads((finished.folder / "status.json").read_text())
    assert (status["schema"], status["state"]) == ("csresearch/status/1", "failed")
    failed = status["notebooks"][1]
    assert (failed["state"], failed["cell"], failed["error"]) == ("failed", 3, "ValueError")
    assert all(run["seconds"] > 0 for run in status["notebooks"])


def test_no_half_written_file_is_left(finished):
    assert not [path for path in finished.folder.rglob("*") if "partial" in path.name]


def test_nothing_is_run_or_written_for_a_parameter_no_notebook_has(company_file, tmp_path):
    books = notebooks(tmp_path / "books", n01="saves_finding")
    with pytest.raises(ParameterError, match="Did you mean 'horizon_months'"):
        report(
            *([company_file],), out=tmp_path / "o", notebooks=books, parameters={"horizon_month": 1}
        )
    assert not (tmp_path / "o").exists()


def test_two_companies_of_one_name_are_refused(company_file, tmp_path):
    twin = shutil.copytree(company_file.parent, tmp_path / "twin")
    books = notebooks(tmp_path / "books", n01="where")
    with pytest.raises(CompanyError, match="would both be reported in"):
        report([company_file, twin], out=tmp_path / "o", notebooks=books)
    assert not (tmp_path / "o").exists()


def test_a_place_that_cannot_be_written_is_told(company_file, tmp_path):
    (tmp_path / "file").write_text("")
    books = notebooks(tmp_path / "books", n01="where")
    with pytest.raises(CompanyError, match=r"Can't write into .*--out"):
        report([company_file], out=tmp_path / "file", notebooks=books)


def test_the_kits_own_notebooks_take_a_company_and_a_folder_for_findings():
    try:
        planned = planned_notebooks()
    except PlaceNotFound:
        pytest.skip("the notebooks are not there")
    names = [book.name for book in planned]
    assert names[0] == "00_data_check" and "20_company_report" in names
    for book in planned:
        assert book.parameters["company"].annotation == "str"
        if book.name != "00_data_check":
            assert book.parameters["save_to"].default == ""


def test_a_relative_company_is_found_from_any_folder(tmp_path, monkeypatch, company_file):
    monkeypatch.chdir(company_file.parent.parent)
    assert find_company(company_file.parent.name) == company_file.resolve()
    assert find_company(f"{company_file.parent.name}/company.yml") == company_file.resolve()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlaceNotFound, match=r"There is no company file 'no/company\.yml'"):
        find_company("no/company.yml")


def test_a_notebooks_folder_that_is_none_is_told(tmp_path):
    with pytest.raises(PlaceNotFound, match="There is no notebooks folder"):
        notebooks_folder(tmp_path / "none")
    with pytest.raises(PlaceNotFound, match="holds no notebook"):
        notebooks_folder(tmp_path)
