"""The page over all companies, read from their reports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from csresearch.findings import Finding
from csresearch.page.portal import Reported, portal_page
from csresearch.reports.company_report import CompanyReport
from csresearch.reports.report_files import json_of
from csresearch.reports.runs import NotebookRun


def portal_of(out: Path, finished: Iterable[CompanyReport], notes: list[str]) -> str:
    """The page over every report in a folder, and over those of this call that left none."""
    there = {path.parent.name: _read(path.parent) for path in out.glob("*/status.json")}
    for one in finished:
        if one.folder.name not in there or one.failure:
            there[one.folder.name] = Reported(
                one.company, one.folder.name, one.failures, page=one.index.is_file()
            )
    ordered = sorted(there.values(), key=lambda one: (one.company.casefold(), one.folder))
    return portal_page(ordered, notes)


def _read(folder: Path) -> Reported:
    """A report as its status and findings tell it."""
    status, found = json_of(folder / "status.json"), json_of(folder / "findings.json")
    runs = [NotebookRun(**run) for run in status.get("notebooks", ())]
    failures = [run.text for run in runs if run.failed]
    failures += [status["failure"]] if status.get("failure") else []
    findings = [Finding.from_dict(one) for one in found.get("findings", ())]
    return Reported(
        status.get("company", folder.name),
        folder.name,
        tuple(failures),
        {f.claim: (f.verdict, f.primary.text if f.primary else "") for f in findings},
        found.get("observed_until", ""),
        status.get("updated", ""),
        (folder / "index.html").is_file(),
    )
