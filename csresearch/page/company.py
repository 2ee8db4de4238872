"""One company's page: the headline, the verdicts, a card a claim, and the data behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import pandas as pd

from csresearch.findings import Finding
from csresearch.findings.labels import count_text
from csresearch.page.cards import all_cards, headline, lead_html, verdict_table
from csresearch.page.style import CSS
from csresearch.plain_text import without_marks

NOTEBOOKS = {
    "results-retention": "01_results_and_retention",
    "satisfaction-retention": "02_satisfaction_and_retention",
    "maturity-churn": "03_maturity_and_churn",
    "results-satisfaction": "04_results_versus_satisfaction",
    "which-wins": "04_results_versus_satisfaction",
    "key-results": "05_key_results_and_fit",
    "bad-fit": "05_key_results_and_fit",
    "key-behaviors": "06_key_behaviors",
    "effort-by-maturity": "07_effort_by_maturity",
    "challenge": "07_effort_by_maturity",
    "kickoff-judgement": "08_kickoff_judgement",
    "churn-types": "09_churn_types",
    "customer-bonding": "10_customer_bonding",
    "standard-process": "06_key_behaviors",
    "priorities": "11_priorities",
    "same-drivers": "12_same_drivers",
}
DATA_NOTEBOOK = "00_data_check"
_MOST_PROBLEMS = 40


def company_page(
    findings: Sequence[Finding],
    *,
    company: str,
    observed_until: str,
    fields: Mapping[str, Any] | None = None,
    runs: Sequence[Any] | None = None,
    data_summary: Any = None,
    set_aside: pd.DataFrame | Sequence[Mapping[str, Any]] | None = None,
    suspicious: str = "",
) -> str:
    """Return a page that needs nothing but itself: no script, no request, prints well.

    Parameters
    ----------
    findings : sequence of Finding
        The most important first: the headline is the first that decides something.
    company, observed_until : str
        The company's name, and the last day its data cover.
    fields : mapping, optional
        What the company says about itself.
    runs : sequence, optional
        How each notebook ended: ``notebook, title, failed, state, cell, error, message, page``.
    data_summary : str or object with ``text``, optional
        What was loaded.
    set_aside : DataFrame or sequence of mappings, optional
        Rows that were not used, a problem a row.
    suspicious : str, optional
        How many suspicious patterns the data show, in a sentence.
    """
    runs = list(runs or ())
    pages = {run.notebook: run.page for run in runs if run.page}
    claim_pages = {claim: pages[book] for claim, book in NOTEBOOKS.items() if book in pages}
    head = headline(findings)
    body = [
        f'<p class="grey">csresearch · {escape(company)}{_until(observed_until)}</p>',
        f"<h1>{escape(head)}</h1>",
        lead_html(findings),
        _failures(runs),
        verdict_table(findings),
        all_cards(findings, claim_pages),
        _data(fields or {}, data_summary, set_aside, _suspicious(suspicious, pages)),
        _analyses(runs),
    ]
    return without_marks(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(company)}: {escape(head)}</title><style>body{{margin:0;background:#fff}}"
        f"{CSS}</style></head><body>"
        f'<main class="csr" style="padding-top:30px">{"".join(body)}</main></body></html>\n'
    )


def _until(observed_until: str) -> str:
    return f" · data to {escape(observed_until)}" if observed_until else ""


def _failures(runs: Sequence[Any]) -> str:
    """What went wrong, in red: which notebook, which cell, what it said."""
    return "".join(_failure(run) for run in runs if run.failed)


def _failure(run: Any) -> str:
    where = f" in code cell {run.cell}" if run.cell else ""
    said = ": ".join(part for part in (run.error, run.message) if part)
    more = f'<p><a href="{_address(run.page)}">As far as it ran</a></p>' if run.page else ""
    return (
        f'<div class="failed" role="alert"><h2>{escape(run.title or run.notebook)}: no result</h2>'
        f"<p>The notebook {escape(run.notebook)} {escape(run.state)}{where}.</p>"
        f"<pre>{escape(said)}</pre>{more}</div>"
    )


def _suspicious(told: str, pages: Mapping[str, str]) -> str:
    """How many suspicious patterns there are, with the way to them."""
    page = pages.get(DATA_NOTEBOOK)
    link = f' <a href="{_address(page)}">The data, step by step</a>' if page else ""
    return f"<p>{escape(told)}{link}</p>" if told else ""


def _data(fields: Mapping[str, Any], summary: Any, set_aside: Any, suspicious: str) -> str:
    """What was loaded, and what could not be used."""
    text = str(getattr(summary, "text", summary) or "")
    table = pd.DataFrame(set_aside if set_aside is not None else [])
    about = " · ".join(f"{name}: {value}" for name, value in fields.items())
    if not (text or len(table) or about):
        return ""
    words = f'<p class="grey">{escape(about)}</p>' if about else ""
    return (
        f"<section><h2>The data</h2>{f'<p>{escape(text)}</p>' if text else ''}"
        f"{words}{suspicious}{_set_aside(table, set_aside)}</section>"
    )


def _set_aside(table: pd.DataFrame, given: Any) -> str:
    if given is None:
        return ""
    if table.empty:
        return "<p>No row had to be set aside.</p>"
    items = "".join(_problem(one) for one in table.head(_MOST_PROBLEMS).to_dict("records"))
    n = int(table["rows"].sum()) if "rows" in table else len(table)
    more = len(table) - _MOST_PROBLEMS
    rest = f'<p class="grey">and {more:,} more kinds of problem</p>' if more > 0 else ""
    verb = "row was" if n == 1 else "rows were"
    return (
        f"<p>{n:,} {verb} set aside, each written out with its reason in the folder "
        f"set_aside:</p><ul>{items}</ul>{rest}"
    )


def _problem(one: Mapping[str, Any]) -> str:
    """One kind of problem: where, what, how often, an example, and what to do."""
    told = {name: str(value) for name, value in one.items() if pd.notna(value)}
    where = ", ".join(told[name] for name in ("file", "column") if name in told)
    example = f", for example {told['example']}" if told.get("example") else ""
    count = count_text(one.get("rows")) if "rows" in told else "some"
    rows = f"{count} {'row' if count == '1' else 'rows'}{example}"
    return (
        f"<li><b>{escape(where or told.get('table', ''))}</b>: {escape(told.get('reason', ''))} "
        f'({escape(rows)}). <span class="grey">{escape(told.get("what_to_do", ""))}</span></li>'
    )


def _analyses(runs: Sequence[Any]) -> str:
    links = [
        f'<li><a href="{_address(run.page)}">{escape(run.title or run.notebook)}</a></li>'
        for run in runs
        if run.page
    ]
    return f"<section><h2>Every analysis</h2><ul>{''.join(links)}</ul></section>" if links else ""


def _address(page: str) -> str:
    """An address beside this page; never a script."""
    return escape(quote(page))
