"""What is written of one company's report once its notebooks have ended: pages, findings.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from csresearch import __version__, claims, data_report
from csresearch.company import Company
from csresearch.findings import Finding, findings_document, write_json
from csresearch.page.company import company_page
from csresearch.reports.render import render_notebook
from csresearch.reports.report_files import write_page
from csresearch.reports.runs import NotebookRun


def write_notebook_page(company: str, folder: Path, output: Path, run: NotebookRun) -> str:
    """Write an executed notebook as a page of a company's report, and name the page."""
    page, failure = f"{run.notebook}.html", run.text if run.failed else ""
    about = {"company": company, "index": "index.html", "failure": failure}
    write_page(folder / page, render_notebook(output, **about))
    return page


def write_findings_and_index(company: Company, folder: Path, runs: Sequence[NotebookRun]) -> None:
    """Write findings.json and index.html from what the notebooks left behind."""
    findings = _findings(folder)
    write_json(_document(company, findings), folder / "findings.json")
    write_page(folder / "index.html", _index(company, findings, runs))


def _findings(folder: Path) -> list[Finding]:
    """The findings that the notebooks saved, in the registry's order."""
    order = {claim.id: place for place, claim in enumerate(claims.all())}
    findings = [Finding.load(path) for path in (folder / "findings").glob("*.json")]
    return sorted(findings, key=lambda finding: (order.get(finding.claim, 99), finding.claim))


def _document(company: Company, findings: Sequence[Finding]) -> dict[str, Any]:
    """What findings.json holds."""
    return findings_document(
        findings,
        company=company.name,
        company_fields=company.config.company_fields,
        observed_until=company.observed_until.isoformat(),
        kit_version=__version__,
        data_fingerprint=company.fingerprint,
        smallest_cell=company.config.smallest_cell,
    )


def _index(company: Company, findings: Sequence[Finding], runs: Sequence[NotebookRun]) -> str:
    """The company's page, with links to the notebooks and what went wrong in red."""
    return company_page(
        findings,
        company=company.name,
        observed_until=company.observed_until.isoformat(),
        fields=company.config.company_fields,
        runs=tuple(runs),
        data_summary=company.data_summary.text,
        set_aside=company.set_aside,
        suspicious=data_report.suspicious(company).text,
    )
