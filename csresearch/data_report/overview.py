"""What was read: how much, which rows were used and which not, and why."""

from __future__ import annotations

import pandas as pd

from csresearch.company import Company
from csresearch.findings.estimates import Part

FORMAT_WORDS = {
    "iso": "year-month-day", "native": "typed in its source", ".": "decimal point",
    ",": "decimal comma",
}  # fmt: skip
STEPS = ["unreadable", "set_aside", "merged", "used"]


def overview(company: Company) -> Part:
    """How many customers, results and surveys were read, and over which dates."""
    return Part(f"{company.name}: what was loaded", None, company.data_summary.text)


def rows(company: Company) -> Part:
    """What became of the rows of each file, step by step; the steps add up to the rows in."""
    counts = row_steps(company)
    right = bool((counts["rows_in"] == counts[[c for c in STEPS if c in counts]].sum(axis=1)).all())
    text = "The steps add up to the rows in." if right else "The rows do not add up."
    return Part("Rows", counts, text)


def row_steps(company: Company) -> pd.DataFrame:
    """Per table: rows in its file, lines unreadable, set aside, merged into others, used."""
    counts = company.row_counts.copy()
    unreadable = [len(company.checked[name].unreadable) for name in counts["table"]]
    counts["unreadable"] = unreadable
    counts["set_aside"] -= counts["unreadable"]
    shown = ["table", "file", "rows_in", *(c for c in STEPS if c in counts)]
    return counts[shown]


def readings(company: Company) -> Part:
    """How the dates and numbers of each file are written, and how many cells were read so."""
    found = company.readings
    if found.empty:
        return Part("How cells were read", text="Dates and numbers are typed in their source.")
    known = found["format"].map(FORMAT_WORDS).fillna(found["format"])
    table = found[["file", "column", "kind"]].assign(
        written=known, cells=found["cells"].astype(int), read=found["read"].astype(int)
    )
    unread = int((table["cells"] - table["read"]).sum())
    text = "Every filled cell was read." if not unread else f"{unread:,} cells were not read."
    return Part("How cells were read", table, text)


def problems(company: Company) -> Part:
    """Everything the checks found, with an example and what to do."""
    return Part("What the checks found", company.problems, _found(company))


def _found(company: Company) -> str:
    """How many rows were set aside."""
    aside = int(company.row_counts["set_aside"].sum())
    if company.problems.empty:
        return "The checks found nothing."
    rows = "1 row was" if aside == 1 else f"{aside:,} rows were"
    return f"{rows} set aside; the rest is told and kept."
