"""Rendered pages need nothing but themselves, fold code away, and tell failures in red."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from csresearch.reports.notebook_files import read_notebook
from csresearch.reports.render import render_notebook
from csresearch.reports.runner import Task, run_notebook

NOTEBOOKS = Path(__file__).parent / "notebooks"


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """One executed notebook with every kind of output."""
    output = tmp_path_factory.mktemp("shows") / "shows.ipynb"
    parameters = {"company": "/somewhere/steadfast/company.yml", "horizon_months": 12}
    run = run_notebook(Task("made", read_notebook(NOTEBOOKS / "shows.ipynb"), output, parameters))
    assert run.state == "done", run.text
    return output


@pytest.fixture(scope="module")
def page(executed):
    return render_notebook(executed, company="Café & Co", index="index.html")


def test_nothing_is_loaded_from_elsewhere_and_no_script_runs(page):
    assert "<script" not in page.lower()
    assert "alert(" not in re.sub(r"(?s)<details class=.code.*?</details>", "", page)
    loaded = re.findall(r"<(?:img|link|iframe|object|embed|source)\b[^>]*", page)
    assert loaded and all('src="data:image/' in tag for tag in loaded)
    assert "@import" not in page and not re.search(r"url\(\s*['\"]?http", page)
    assert "default-src 'none'" in page


def test_title_company_and_link_back(page):
    title = "Results keep customers, about three times as long · Café &amp; Co"
    assert f"<title>{title}</title>" in page
    assert '<nav><a href="index.html">← Café &amp; Co</a></nav>' in page
    assert '<html lang="en">' in page


def test_code_is_folded_away_and_outputs_are_not(page):
    code = re.findall(r"(?s)<details class=.code.*?</details>", page)
    assert len(code) == 5
    assert all("show code" in one and "open" not in one.split(">")[0] for one in code)
    shown = re.sub(r"(?s)<details class=.code.*?</details>", "", page)
    assert "plt" not in shown and "In [" not in shown and "Out[" not in shown
    assert "Fair ratio <b>3.2</b>" in shown
    assert "<em>a sentence</em>" in shown
    assert "printed &amp; &lt;escaped&gt;" in shown


def test_figures_are_drawn_at_double_resolution(page):
    image = re.search(r"<img [^>]*data:image/png[^>]*>", page).group()
    width = int(re.search(r'width="(\d+)"', image).group(1))
    assert 500 < width < 800  # shown at half its pixels


def test_parameters_stand_in_one_table_with_the_values_of_this_run(page):
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", page)
    assert rows == [
        ("company", "steadfast/company.yml", "the company file"),
        ("horizon_months", "12", "how far to look, months"),
        ("segments", "\u2013", "at most two"),
    ]
    assert "/somewhere" not in page
    assert "# Parameters" not in page


def test_a_failure_stands_on_top_escaped(tmp_path):
    output = tmp_path / "raises.ipynb"
    run = run_notebook(Task("made", read_notebook(NOTEBOOKS / "raises.ipynb"), output, {}))
    page = render_notebook(output, failure=run.text)
    banner = re.search(r'(?s)<div class="failure".*?</div>', page).group()
    assert "failed in code cell 3: ValueError: no route to &lt;b&gt;postgres" in banner
    assert "postgres://ann:***@db" in banner
    assert "<b>postgres" not in page
    assert "\x1b" not in page
    assert page.index('class="failure"') < page.index("<h1")
    assert "<nav>" not in page  # no index was named


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium")
def test_the_page_opens_offline_in_a_browser(executed, page, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    offline = ["--proxy-server=http://127.0.0.1:9", "--host-resolver-rules=MAP * ~NOTFOUND"]
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    command = ["chromium", "--headless", *quiet, *offline, "--dump-dom", file.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "Results keep customers" in shown and shown.count("<table") == 3
