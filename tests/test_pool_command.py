"""``csresearch pool`` as users run it: page, numbers, refusals, exit codes, hostile names."""

import json
import re

import pytest
from needs import ROOT
from pooled_files import companies, document, results, write

from csresearch.cli import main

BUNDLED = ROOT / "data" / "many-companies"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><b>$x^2$ {a} %s =cmd()',
    "gnp\u202egpj.exe",
    "Ann\nBob\x1b[31m",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Pooled: companies with hostile names and fields, one refused file, one older one."""
    folder = tmp_path_factory.mktemp("pool {with} braces")
    fields = {"sector": "<svg onload=alert(2)>", "<i>x</i>": 1}
    contents = [document(name, results(2 + n / 9), fields=fields) for n, name in enumerate(HOSTILE)]
    tampered = document("Mallory<script>", results(3.0, verdict="opposite"))
    write(folder / "in", *contents, *companies(4), tampered)
    (folder / "in" / "100").mkdir()
    old = document("company 00", results(1.0), day="2020-01-01")
    (folder / "in" / "100" / "findings.json").write_text(json.dumps(old), encoding="utf-8")
    out = folder / "out"
    code = main(["pool", str(folder / "in"), "--out", str(out)])
    return code, out


def test_a_refused_file_is_told_and_the_rest_is_pooled(hostile, capsys):
    code, out = hostile
    assert code == 1
    written = json.loads((out / "pooled.json").read_text(encoding="utf-8"))
    assert len(written["companies"]) == len(HOSTILE) + 4
    told = {one["file"]: (one["why"], one["reason"]) for one in written["set_aside"]}
    why, reason = told["009/findings.json"]
    assert why == "refused" and "it is called opposite, but from 3.0" in reason
    assert told["100/findings.json"][1].startswith("older than 005/findings.json")


def test_the_page_is_one_file_without_markup_of_any_company(hostile):
    page = (hostile[1] / "across_companies.html").read_text(encoding="utf-8")
    for markup in ("<script>alert", "<img src=x", "<svg onload", "<b>$x", "<i>x"):
        assert markup not in page
    assert "&lt;script&gt;alert(1)" in page and "\u202e" not in page and "\x1b" not in page
    assert not re.search(r"<script|<link|src=[\"']?(?!data:)http", page)
    assert str(hostile[1]) not in page
    assert "Two answers to every claim" in page


def test_the_notebook_and_the_table_stand_beside_the_page(hostile):
    out = hostile[1]
    notebook = json.loads((out / "notebooks/21_across_companies.ipynb").read_text())
    assert not [o for c in notebook["cells"] for o in c.get("outputs", ()) if "ename" in o]
    lines = (out / "pooled.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[:4] == ["claim", "companies", "scale", "average"]
    assert len(lines) == 17


def test_nothing_usable_and_words_that_mean_nothing(tmp_path, capsys):
    path = tmp_path / "findings.json"
    path.write_text("{}", encoding="utf-8")
    assert main(["pool", str(path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "no findings file could be used" in told and "does not say its schema" in told
    # the page is there all the same, and says why
    assert "does not say its schema" in (tmp_path / "out/across_companies.html").read_text()
    for words, reason in (
        (["nowhere.json"], "There is no findings file 'nowhere.json'"),
        ([str(path), "-p", "lowest_grad=A"], "Did you mean 'lowest_grade'?"),
        ([str(path), "-p", "findings=x"], "'findings' is set by the command itself"),
    ):
        assert main(["pool", *words, "--out", str(tmp_path / "not")]) == 2
        assert reason in capsys.readouterr().err
    assert not (tmp_path / "not").exists()


def test_the_bundled_findings_are_whole_and_small():
    files = sorted(BUNDLED.glob("*.json"))
    assert len(files) == 13 and sum(path.stat().st_size for path in files) <= 300_000
    from csresearch.across.files import read_sources

    sources, aside = read_sources(files)
    assert len(sources) == 12
    assert [(one.file, one.why) for one in aside] == [
        ("many-companies/alder-software-2025.json", "another file of the company")
    ]
