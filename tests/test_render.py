"""Rendered pages need nothing but themselves, fold code away, and tell failures in red."""

import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pandas as pd
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
    width = int(re.search(r'width="?(\d+)', image).group(1))
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


def written(folder, *outputs):
    """A page of a notebook that holds these outputs under a heading."""
    cells = [nbformat.v4.new_markdown_cell("## First look")]
    cells += [
        nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", data)])
        for data in outputs
    ]
    path = folder / "made.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return render_notebook(path)


def test_columns_of_words_are_read_from_the_left(tmp_path):
    frame = pd.DataFrame(
        {"band": ["low", "high"], "n": ["1,200", "\u2013"], "kind": ["date", "\u2013"],
         "ratio": ["5.7 (4.6 to 7.0)", "not reached"], "day": ["2024-01-03", "2024-02-01"]}
    )  # fmt: skip
    page = written(tmp_path, {"text/html": frame.to_html(index=False)})
    short = " ".join(f"short-{column}" for column in range(1, 6))
    assert f'class="dataframe words-1 words-3 {short}"' in page


def test_dates_and_shares_are_not_broken_for_a_longer_column(tmp_path):
    told = "its interval reaches past both ends and decides nothing"
    frame = pd.DataFrame({"day": ["2024-01-03"], "share": ["80 %"], "why": [told]})
    page = written(tmp_path, {"text/html": frame.to_html(index=False)})
    assert 'class="dataframe words-3 short-1 short-2"' in page
    assert "80\u00a0%" in page and "80 %" not in page


def test_pictures_say_what_they_show(tmp_path, caplog):
    page = written(tmp_path, {"image/png": "iVBORw0KGgo="})
    told = "Picture: First look. Its numbers stand in the table beside it."
    assert f'alt="{told}"' in page
    assert "Alternative text is missing" not in caplog.text


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
