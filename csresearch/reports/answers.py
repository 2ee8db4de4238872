"""What a company's data can answer, in plain text for a terminal."""

from __future__ import annotations

import textwrap

import pandas as pd

from csresearch import claims, data_report
from csresearch.company import Company
from csresearch.data_report.collect import Gain, gains, meaning
from csresearch.data_report.suspicions import in_words
from csresearch.plain_text import in_lines


def what_it_can_answer(company: Company) -> str:
    """What was read, what was wrong with it, and which claims can be tested on it?

    Parameters
    ----------
    company : Company
        As `load_company` gives it.

    Returns
    -------
    str
        Lines of text: tables and rows, each problem with an example and what to do, suspicious
        patterns, each claim with the columns it lacks or the evidence it can have at best, and
        what to collect next.
    """
    found = data_report.suspicions(company)
    parts = [
        f"{company.name}, observed until {company.observed_until.isoformat()}",
        _heading("Read", company.row_counts.pipe(_tables)),
        company.data_summary.text,
        _heading(
            "Problems", [line for p in company.problems.to_dict("records") for line in _told(p)]
        ),
        _heading("Suspicious patterns", [line for one in found for line in _suspicion(one)])
        or in_words(0),
        _heading("Claims", [line for claim in claims.all() for line in _claim(claim, company)]),
        _heading("What to collect next", [line for one in gains(company) for line in _gain(one)]),
    ]
    return in_lines("\n\n".join(part for part in parts if part))


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
    return [told, *_wrapped(problem["what_to_do"])]


def _suspicion(found: data_report.Suspicion) -> list[str]:
    """Say what looks suspicious, and what to do."""
    return [f"{found.where}: {found.seen}", *_wrapped(found.advice)]


def _gain(gain: Gain) -> list[str]:
    """Say what to collect, and which claims gain by it."""
    return [f"{' and '.join(gain.names)}: {gain.words}", *_wrapped(meaning(gain.names[0]))]


def _wrapped(text: str) -> list[str]:
    """Break what to do into indented lines."""
    return textwrap.wrap(text, 92, initial_indent="  ", subsequent_indent="  ")


def _claim(claim: claims.Claim, company: Company) -> list[str]:
    """Say whether a claim can be tested, on what evidence at best, and what is missing."""
    standing = claims.answerable_claim(claim, company)
    told = f"can be tested, evidence {standing.evidence} at best: {standing.why}"
    return [
        f"{claim.number} {claim.id}: {claim.title}",
        *_wrapped(told if standing.answerable else standing.why),
    ]


def _there(value: object) -> bool:
    """Whether an example was given."""
    return isinstance(value, str) and bool(value)
