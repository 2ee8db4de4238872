"""All claims on one company: which can be answered, what was found, in one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from csresearch.claims.base import Claim
from csresearch.claims.grades import foreseen_grade
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.findings.estimates import Part

ITSELF = "a result is itself the activity whose absence is called leaving"


class Answerable(NamedTuple):
    """Whether a claim can be tested, the best evidence it can have, and why no better."""

    claim: str
    statement: str
    answerable: bool
    evidence: str
    why: str


def answerable(claims: Iterable[Claim], company: Company) -> Part:
    """Which claims can this company's data answer, on what evidence, and what is missing?"""
    rows = [answerable_claim(claim, company) for claim in claims]
    columns = ["claim", "statement", "best grade", "missing, or what lowers it"]
    shown = [(one.claim, one.statement, one.evidence, one.why) for one in rows]
    text = f"{sum(one.answerable for one in rows)} of {len(rows)} claims can be tested."
    return Part("What can be answered", pd.DataFrame(shown, columns=columns), text, prose=True)


def answerable_claim(claim: Claim, company: Company) -> Answerable:
    """Can this company's data answer a claim, on what evidence, and what is missing?"""
    lacks = claim.lacks(company)
    if lacks:
        why = f"missing: {', '.join(lacks)}"
        return Answerable(claim.number, claim.statement, False, "none", why)
    if claim.tests_itself(company):
        return Answerable(claim.number, claim.statement, False, "none", ITSELF)
    letter, reasons = foreseen_grade(claim, company)
    why = "; ".join(reasons) or "nothing known so far"
    return Answerable(claim.number, claim.statement, True, letter, why)


def findings(
    claims: Iterable[Claim], company: Company, saved_in: str | Path = ""
) -> tuple[Finding, ...]:
    """What was found on every claim: as saved in a folder, else estimated now.

    Parameters
    ----------
    claims : iterable of Claim
    company : Company
    saved_in : path
        Folder that `Finding.save` wrote to; empty: none.
    """
    found = []
    for claim in claims:
        path = Path(saved_in) / f"{claim.id}.json" if saved_in else None
        saved = path is not None and path.is_file()
        found.append(Finding.load(path) if saved else claim.estimate(company))
    return tuple(found)


def table(found: Sequence[Finding]) -> Part:
    """One row per finding: claim, verdict, the number with its interval, grade."""
    rows = [
        (
            one.claim,
            one.verdict,
            one.primary.text if one.primary is not None else "–",
            one.evidence_grade or "–",
        )
        for one in found
    ]
    columns = ["claim", "verdict", "this company", "evidence"]
    return Part("Verdicts", pd.DataFrame(rows, columns=columns))
