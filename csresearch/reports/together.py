"""What all companies' reports in one folder have in common: the portal page and the log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from csresearch.findings import Finding
from csresearch.page.portal import Reported, portal_page
from csresearch.reports.company_report import CompanyReport
from csresearch.reports.failures import NotebookRun
from csresearch.reports.report_files import write_page

LOG = "log.jsonl"


def write_portal(out: Path, finished: Iterable[CompanyReport]) -> Path | None:
    """Write ``index.html`` over every report in a folder; None where there is but one.

    Parameters
    ----------
    out : Path
        Where reports go.
    finished : iterable of CompanyReport
        Of this call; those that left no report of their own are told too.
    """
    there = {path.parent.name: _read(path.parent) for path in sorted(out.glob("*/status.json"))}
    for one in finished:
        if one.folder.name not in there or one.failure:
            there[one.folder.name] = Reported(
                one.company, one.folder.name, one.failures, page=one.index.is_file()
            )
    if len(there) < 2:
        return None
    ordered = sorted(there.values(), key=lambda one: (one.company.casefold(), one.folder))
    write_page(out / "index.html", portal_page(ordered))
    return out / "index.html"


def log(out: Path, company: str, run: NotebookRun) -> None:
    """Add one line to ``log.jsonl``: when, whose, which notebook, how it ended."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "company": company}
    line |= {"notebook": run.notebook, "state": run.state, "seconds": run.seconds}
    line |= {"error": run.error, "message": run.message} if run.failed else {}
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _read(folder: Path) -> Reported:
    """A report as its status and findings tell it."""
    status, found = _json(folder / "status.json"), _json(folder / "findings.json")
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


def _json(path: Path) -> dict[str, Any]:
    """What a file holds; nothing where it is not there or is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
