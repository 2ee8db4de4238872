"""What the README shows is what the kit does: verdicts, picture, examples, exit codes."""

import importlib.util
import re

import matplotlib.pyplot as plt
import pytest
import yaml
from company_files import write_company
from needs import ROOT, needs
from PIL import Image

import csresearch
from csresearch import cli
from csresearch.commands import arguments
from csresearch.company.schema import CompanyConfig
from csresearch.findings import VERDICTS
from csresearch.findings.labels import value_text

README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_BYTES = 100_000


def tool(name):
    """A script of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def block(language):
    """The README's one code block of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return found


VERDICT_TABLE = tool("readme_verdicts")
REAL = {"open-university": needs("open-university")}


@pytest.mark.parametrize(
    "company",
    [pytest.param(name, marks=REAL.get(name, ())) for name in VERDICT_TABLE.COMPANIES],
)
def test_verdicts_in_the_readme_are_those_of_the_kit(company):
    written = VERDICT_TABLE.columns_in(README)[company]
    assert written == VERDICT_TABLE.column(company), "run python tools/readme_verdicts.py"


def test_the_table_of_verdicts_is_whole():
    columns = VERDICT_TABLE.columns_in(README)
    assert VERDICT_TABLE.table(columns) in README
    assert list(columns) == list(VERDICT_TABLE.COMPANIES)


def test_the_picture_says_what_the_finding_says():
    picture = tool("mirage_picture")
    company = csresearch.load_company(ROOT / "data" / "mirage" / "company.yml")
    finding = csresearch.claims.get("results-retention").estimate(company)
    figure = picture.draw(company, finding)
    words = picture.words(figure)
    plt.close(figure)
    (alt,) = re.findall(r'<img src="data/mirage/mirage.png"[^>]*alt="([^"]*)"', README)
    for role in ("naive", "primary"):
        number = value_text(finding.first(role).value, "ratio")
        assert f"{number} times" in words and f"{number} times" in alt
    no_effect = value_text(finding.first("no_effect").value, "ratio")
    assert f"what no effect would show {no_effect}×" in words
    assert f"what no effect would show, {no_effect}," in alt
    assert finding.verdict == "not reproduced"
    with Image.open(picture.PICTURE) as stored:
        assert stored.text["Description"] == words, "run python tools/mirage_picture.py"


def test_the_picture_is_small_and_wide_enough():
    path = ROOT / "data" / "mirage" / "mirage.png"
    with Image.open(path) as picture:
        assert picture.width >= 800
    assert path.stat().st_size < MOST_BYTES


def test_the_company_yml_of_the_readme_loads(tmp_path):
    settings = yaml.safe_load(block("yaml"))
    assert CompanyConfig.model_validate(settings)
    customers = (
        "Account ID,Start,End,Readiness,plan\n1,2024-01-01,,low,a\n2,2024-01-01,2024-06-01,high,b\n"
    )
    path = write_company(
        tmp_path,
        customers,
        "customer_id,reached_on\n1,2024-03-01\n",
        "customer_id,surveyed_on,score\n1,2024-02-01,9\n",
    )
    path.write_text(block("yaml"), encoding="utf-8")
    company = csresearch.load_company(path)
    assert company.row_counts["used"].tolist() == [2, 1, 1]
    assert not company.missing("results.reached_on", "surveys.score", "customers.maturity")
    assert company.segments == ("plan",)


def test_the_python_example_of_the_readme_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    names = {}
    exec(block("python"), names)
    printed = capsys.readouterr().out
    plt.close("all")
    assert names["finding"].text in printed
    assert "Verdict: reproduced" in printed
    assert "waterfall" in names["finding"].parts


def test_exit_codes_of_the_readme_are_those_of_the_program():
    codes = dict(re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE))
    told = dict(re.findall(r"^  (\d+) +(.+)$", cli._EXAMPLES, re.MULTILINE))
    assert codes == told
    assert set(map(int, codes)) == {
        arguments.OK,
        arguments.FAILED,
        arguments.UNUSABLE,
        arguments.INTERRUPTED,
    }


def test_claims_and_verdicts_of_the_readme_are_those_there_are():
    rows = re.findall(r"^\| (C\d+) \| (.+?) \| `", README, re.MULTILINE)
    assert rows == [
        (claim.number, claim.statement.rstrip(".")) for claim in csresearch.claims.all()
    ]
    section = README.split("## How verdicts are made")[1].split("\n## ")[0].replace(" · ", ", ")
    assert [v for v in VERDICTS if v.split(", ")[-1] not in section] == []


def test_the_layout_names_every_folder_of_the_package():
    folders = {p.parent.name for p in (ROOT / "csresearch").glob("*/__init__.py")}
    layout = README.split("## Layout")[1]
    assert [name for name in sorted(folders) if f"`csresearch/{name}/`" not in layout] == []
