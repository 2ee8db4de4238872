"""What a company's data can answer, in plain text for a terminal."""

from __future__ import annotations

import textwrap

import pandas as pd

from csresearch import claims
from csresearch.company import Company


def what_it_can_answer(company: Company) -> str:
    """What was read, what was wrong with it, and which claims can be tested on it?

    Parameters
    ----------
    company : Company
        As `load_company` gives it.

    Returns
    -------
    str
        Lines of text: tables and rows, each problem with an example and what to do, and each
        claim with the columns it lacks.
    """
    parts = [
        f"{company.name}, observed until {company.observed_until.isoformat()}",
        _heading("Read", company.row_counts.pipe(_tables)),
        company.data_summary.text,
        _heading(
            "Problems", [line for p in company.problems.to_dict("records") for line in _told(p)]
        ),
        _heading("Claims", [line for claim in claims.all() for line in _claim(claim, company)]),
    ]
    return "\n\n".join(part for part in parts if part)


def _heading(title: str, lines: list[str]) -> str:
    """Put a title above lines; nothing when there are none."""
    return "\n".join([title, *(f"  {line}" for line in lines)]) if lines else ""


def _tables(counts: pd.DataFrame) -> list[str]:
    """One line a table: rows in its file, used, merged where there are such, and set aside."""
    merged = counts["merged"] if "merged" in counts else [0] * len(counts)
    return [
        f"{row.table} from {row.file}: {row.rows_in:,} rows, {row.used:,} used, "
        + (f"{n:,} merged into them, " if n else "")
        + f"{row.set_aside:,} set aside"
        for row, n in zip(counts.itertuples(), merged, strict=True)
    ]


def _told(problem: dict) -> list[str]:
    """Say where a problem is, how often, with an example, and what to do."""
    where = f"{problem['file']}, {problem['column']}"
    example = f", for example {problem['example']}" if _there(problem["example"]) else ""
    rows = f"{problem['rows']:,} row{'s' if problem['rows'] != 1 else ''}"
    told = f"{where}: {problem['reason']} ({rows}{example}; {problem['effect']})"
    return [
        told,
        *textwrap.wrap(problem["what_to_do"], 92, initial_indent="  ", subsequent_indent="  "),
    ]


def _claim(claim: claims.Claim, company: Company) -> list[str]:
    """Say whether a claim can be tested and what is missing."""
    missing = claim.missing(company)
    can = f"missing: {', '.join(missing)}" if missing else "can be tested"
    return [f"{claim.id}: {claim.title}", f"  {can}"]


def _there(value: object) -> bool:
    """Whether an example was given."""
    return isinstance(value, str) and bool(value)
