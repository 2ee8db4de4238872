"""The registry of claims: what is claimed, what it needs, how it is estimated and judged."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from csresearch.claims import (
    bad_fit,
    challenge,
    churn_types,
    customer_bonding,
    effort_by_maturity,
    key_behaviors,
    key_results,
    kickoff_judgement,
    maturity_churn,
    priorities,
    results_retention,
    results_satisfaction,
    same_drivers,
    satisfaction_retention,
    standard_process,
    summary,
    which_wins,
)
from csresearch.claims.answers import answer_rows
from csresearch.claims.base import Claim
from csresearch.claims.conflict_rows import conflict_rows
from csresearch.claims.effort_study import effort_counts
from csresearch.claims.histories import default_strata
from csresearch.claims.kickoff_counts import judged_rows
from csresearch.claims.priorities_lists import write_action_lists
from csresearch.claims.summary import answerable_claim
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.findings.estimates import Part

__all__ = [
    "Claim",
    "all",
    "answer_rows",
    "answerable",
    "answerable_claim",
    "conflict_rows",
    "default_strata",
    "effort_counts",
    "findings",
    "get",
    "judged_rows",
    "table",
    "write_action_lists",
]

_CLAIMS = (
    results_retention.CLAIM,
    satisfaction_retention.CLAIM,
    maturity_churn.CLAIM,
    results_satisfaction.CLAIM,
    key_results.CLAIM,
    bad_fit.CLAIM,
    key_behaviors.CLAIM,
    effort_by_maturity.CLAIM,
    kickoff_judgement.CLAIM,
    churn_types.CLAIM,
    customer_bonding.CLAIM,
    standard_process.CLAIM,
    priorities.CLAIM,
    which_wins.CLAIM,
    same_drivers.CLAIM,
    challenge.CLAIM,
)


def all() -> tuple[Claim, ...]:
    """Every claim the kit can test, in the order of the newsletters' list."""
    return _CLAIMS


def get(claim_id: str) -> Claim:
    """The claim of an id, as "results-retention".

    Raises
    ------
    KeyError
        If there is no such claim; the message lists those there are.
    """
    for claim in _CLAIMS:
        if claim.id == claim_id:
            return claim
    known = [claim.id for claim in _CLAIMS]
    close = difflib.get_close_matches(claim_id, known, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise KeyError(f"There is no claim {claim_id!r}.{hint} There are: {', '.join(known)}.")


def answerable(company: Company) -> Part:
    """Which claims can this company's data answer, and what is missing?"""
    return summary.answerable(_CLAIMS, company)


def findings(company: Company, saved_in: str | Path = "") -> tuple[Finding, ...]:
    """What was found on every claim: as saved in a folder, else estimated now."""
    return summary.findings(_CLAIMS, company, saved_in)


def table(found: Sequence[Finding]) -> Part:
    """One row per finding: claim, verdict, the number with its interval, grade."""
    return summary.table(found)
