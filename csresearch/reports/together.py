"""What all companies' reports in one folder have in common: the portal page and the log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from csresearch.company.split_record import left_out
from csresearch.reports.company_report import CompanyReport
from csresearch.reports.freshness import kit_key
from csresearch.reports.report_files import write_page
from csresearch.reports.runs import NotebookRun

LOG, PARTS = "log.jsonl", "parts"


def write_portal(out: Path, finished: Iterable[CompanyReport]) -> Path | None:
    """Write ``index.html`` over every report in a folder; None where there is but one.

    Parameters
    ----------
    out : Path
        Where reports go.
    finished : iterable of CompanyReport
        Of this call; those that left no report of their own are told too.

    Notes
    -----
    A page that says it was made of the same reports by the same kit is left as it is.
    """
    finished, page = list(finished), out / "index.html"
    there = {path.parent.name for path in out.glob("*/status.json")}
    if len(there | {one.folder.name for one in finished}) < 2:
        return None
    notes = left_out(out / PARTS)
    made_of = f"<!-- made of {_key(out, sorted(there), finished, notes)} -->\n"
    if not (page.is_file() and page.read_bytes().endswith(made_of.encode())):
        from csresearch.reports.portal import portal_of

        write_page(page, portal_of(out, finished, notes) + made_of)
    return page


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


def _key(out: Path, folders: list[str], finished: list[CompanyReport], notes: list[str]) -> str:
    """A hash of all that the page over these reports is made of."""
    told = [(one.company, one.folder.name, one.failures, one.index.is_file()) for one in finished]
    digest = sha256(json.dumps([kit_key(), folders, told, notes]).encode())
    for folder in folders:
        for name in ("status.json", "findings.json"):
            path = out / folder / name
            digest.update(path.read_bytes() if path.is_file() else b"none")
        digest.update(b"page" if (out / folder / "index.html").is_file() else b"no page")
    return digest.hexdigest()
