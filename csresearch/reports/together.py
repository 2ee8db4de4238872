"""What all companies' reports in one folder have in common: the portal page and the log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from csresearch.company.parts import left_out
from csresearch.findings import Finding
from csresearch.page.portal import Reported, portal_page
from csresearch.reports.company_report import CompanyReport
from csresearch.reports.failures import NotebookRun
from csresearch.reports.report_files import write_page

LOG, PARTS = "log.jsonl", "parts"


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
    write_page(out / "index.html", portal_page(ordered, left_out(out / PARTS)))
    return out / "index.html"


class Log:
    """``log.jsonl``: a line for every notebook that ended; no notebook waits for the log.

    Parameters
    ----------
    out : Path
        Where reports go.
    """

    def __init__(self, out: Path) -> None:
        self._path, self.failure = out / LOG, ""

    def add(self, company: str, run: NotebookRun) -> None:
        """Add a line: when, whose, which notebook, how it ended; what fails is kept to be told."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "company": company}
        line |= {"notebook": run.notebook, "state": run.state, "seconds": run.seconds}
        line |= {"error": run.error, "message": run.message} if run.failed else {}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            self.failure = self.failure or f"{LOG} lacks lines: {error.strerror}"


def close_together(out: Path, finished: list[CompanyReport], log: Log) -> list[CompanyReport]:
    """Write the portal; a last entry tells what went wrong with what companies have in common."""
    wrong = [log.failure] if log.failure else []
    try:
        write_portal(out, finished)
    except OSError as error:
        wrong.append(f"the page over all companies could not be written: {error.strerror}")
    together = [CompanyReport("all companies", out, (), "; ".join(wrong))] if wrong else []
    return [*finished, *together]


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
