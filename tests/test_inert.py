"""One company whose every name and text is an attack, from its files to the report: only text."""

import json
import random as randoms
from html.parser import HTMLParser

import fuzz
import pytest
import yaml
from mutations import HOSTILE, company_tables, write
from sheets import xlsx

from csresearch import claims
from csresearch.cli import main
from csresearch.company import load_company
from csresearch.findings import Finding
from csresearch.reports.plan import planned_notebooks

IMG = '"><img src=x onerror=alert(1)>'
NAME = f"{IMG}../../<script>alert(1)</script>\x1b[2J\u202e=cmd|' /C calc'!A0"
BANDS = ["<script>alert(1)</script>", "$x_$ ${HOME} {{7*7}} %s%n", f"=cmd|' /C calc'!A0{IMG}"]
PLANS = ["'; DROP TABLE customers; --", f"\u202e{IMG}", "$\\frac{", "../../etc/passwd", "@SUM(A1)"]
PLAN = f'plan"; DROP TABLE customers; --{IMG}'
INSTRUMENT, RESULT = f"<svg onload=alert(1)>{IMG}", f"+1+1</td>{IMG}"
IDS = list({cell.strip(): cell for cell in HOSTILE if cell.strip()}.values())[:40]
FILE, SHEET = "<img src=x onerror=alert(1)>'; DROP.csv", "<img src=x onerror=alert(1)>"


def named(tables, hostile):
    """The tables with hostile names for everything that has one, or with harmless ones."""
    ids = IDS if hostile else [f"H{i}" for i in range(len(IDS))]
    new = {f"C{i:03d}": ids[i] for i in range(len(ids))}
    bands = dict(zip(["low", "middle", "high"], BANDS if hostile else "abc", strict=True))
    plans = {plan: i for i, plan in enumerate(["basic", "pro", "équipe"])}
    fit_for_sheets = {
        old for old, i in zip(new, IDS, strict=True) if i.isprintable() and i[0] != "="
    }
    for name, table in tables.items():
        for row in table.rows:
            if name != "behaviors" or row[0] in fit_for_sheets:
                row[0] = new.get(row[0], row[0])
    people = tables["customers"]
    people.header[-1] = PLAN if hostile else "plan"
    for i, row in enumerate(people.rows):
        row[3] = bands[row[3]]
        row[4] = PLANS[plans[row[4]]] if hostile else f"p{plans[row[4]]}"
        if i % 30 == 7:  # set aside, with everything hostile in it
            row[1] = IMG if hostile else "someday"
    for name, text in (("surveys", INSTRUMENT), ("results", RESULT)):
        at = tables[name].header.index("instrument" if name == "surveys" else "result")
        for row in tables[name].rows:
            row[at] = text if hostile else "one"
    return tables


def written(folder, hostile):
    """The company's files: CSV, a sheet, and the others as they come."""
    folder.mkdir()
    tables = named(company_tables(randoms.Random(5), 120), hostile)
    made = {name: write(folder, name, table, "csv") for name, table in tables.items()}
    settings = {name: one.settings for name, one in made.items()}
    if hostile:
        (folder / "results.csv").rename(folder / FILE)
        settings["results"] = {"file": FILE}
        sheet = [tables["behaviors"].header, *tables["behaviors"].rows]
        (folder / "behaviors.xlsx").write_bytes(xlsx(**{SHEET: sheet}))
        (folder / "behaviors.csv").unlink()
        settings["behaviors"] = {"file": "behaviors.xlsx", "sheet": SHEET}
    settings["customers"] |= {"columns": {"plan_of": PLAN if hostile else "plan"}}
    config = {
        "company": NAME if hostile else "Acme",
        "observed_until": "2024-12-31",
        "company_fields": {IMG: IMG} if hostile else {"a": "b"},
        "segments": ["plan_of"],
        "maturity": {"order": BANDS if hostile else ["a", "b", "c"]},
        **settings,
    }
    path = folder / "company.yml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def company_file(tmp_path_factory):
    return written(tmp_path_factory.mktemp("hostile") / "data", hostile=True)


@pytest.fixture(scope="module")
def report(company_file):
    """The folder of the whole report."""
    out = company_file.parent.parent / "out"
    assert main(["report", str(company_file), "--out", str(out), "--jobs", "2"]) == 0
    (folder,) = (path for path in out.iterdir() if path.is_dir())
    return folder


class Markup(HTMLParser):
    """Tags and attributes of a page that can do anything."""

    def __init__(self, html):
        super().__init__()
        self.active = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        if tag in ("script", "iframe", "object", "embed", "form", "base", "link"):
            self.active.append((tag, found))
        if any(name.startswith("on") for name in found):
            self.active.append((tag, found))
        for name in ("src", "href", "xlink:href", "action", "data"):
            plain = found.get(name, "").strip().casefold()
            if plain.startswith(("javascript:", "vbscript:", "data:text", "http", "//")):
                self.active.append((tag, found))
        if tag == "img" and not found.get("src", "").startswith("data:image/"):
            self.active.append((tag, found))


def test_pages_show_hostile_texts_as_text(report):
    pages = sorted(report.rglob("*.html"))
    assert len(pages) == 1 + len(planned_notebooks())
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert Markup(html).active == [], page.name
        assert "alert(1)" in html  # it is there, as text
        assert "\u202e" not in html and "\x1b" not in html, page.name


def test_outputs_in_notebooks_are_inert(report):
    for path in report.rglob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                for kind in ("text/html", "image/svg+xml", "text/markdown"):
                    assert Markup("".join(data.get(kind, ""))).active == [], (path.name, data)
                assert not {"application/javascript", "text/latex"} & set(data)
                assert "\x1b" not in "".join(output.get("text", ""))


def test_rows_set_aside_hold_no_formula(report):
    files = sorted((report / "set_aside").iterdir())
    assert "customers.csv" in [file.name for file in files]
    assert all(fuzz.records(file) > 0 for file in files)


def test_nothing_is_written_outside_the_report(report, company_file):
    top = company_file.parent.parent
    assert sorted(p.name for p in top.iterdir()) == ["data", "out"]
    assert {p.name for p in company_file.parent.iterdir()} == {
        "company.yml", "customers.csv", FILE, "surveys.csv", "behaviors.xlsx", "efforts.csv",
    }  # fmt: skip
    for path in (report, *report.rglob("*")):
        assert all(c.isascii() and (c.isalnum() or c in "._-") for c in path.name), path


def test_check_says_it_in_printable_lines(company_file, capsys):
    assert main(["check", str(company_file)]) == 0
    told = capsys.readouterr().out
    assert all(line.isprintable() for line in told.split("\n"))
    assert "alert(1)" in told


def test_hostile_names_change_no_number(company_file, report, tmp_path):
    hostile = load_company(company_file)
    harmless = load_company(written(tmp_path / "harmless", hostile=False))
    columns = ["table", "rows_in", "used", "set_aside"]
    counts = [c.row_counts[columns].to_dict("records") for c in (hostile, harmless)]
    assert counts[0] == counts[1]
    reported = json.loads((report / "findings.json").read_text(encoding="utf-8"))["findings"]
    by_claim = {one["claim"]: Finding.from_dict(one) for one in reported}
    for found in claims.findings(harmless):
        one, other = by_claim[found.claim], Finding.from_dict(found.to_dict(smallest_cell=5))
        assert one.verdict == other.verdict
        assert (one.n_customers, one.n_events) == (other.n_customers, other.n_events)
        values = [found.primary and found.primary.value for found in (one, other)]
        assert values[0] == (values[1] and pytest.approx(values[1], rel=1e-9))
    assert len(by_claim) == len(claims.all())
