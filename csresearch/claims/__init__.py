"""The registry of claims: what is claimed, what it needs, how it is estimated and judged."""

from __future__ import annotations

import difflib

from csresearch.claims import maturity_churn, results_retention, satisfaction_retention
from csresearch.claims.base import Claim

_CLAIMS = (results_retention.CLAIM, satisfaction_retention.CLAIM, maturity_churn.CLAIM)


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
