"""Evidence grades: what the data could rule out, from A (best) to D."""

from __future__ import annotations

from collections.abc import Iterable

from csresearch.claims.base import Claim
from csresearch.claims.shape_reasons import leans_on_results, shape_reasons
from csresearch.company import Company
from csresearch.findings import GRADES


def grade(reasons: Iterable[tuple[bool, str]]) -> tuple[str, tuple[str, ...]]:
    """From A, one grade down for every reason that applies.

    Parameters
    ----------
    reasons : iterable of (bool, str)
        Whether it applies, and the reason in plain words.

    Returns
    -------
    (str, tuple of str)
        The grade and the reasons that lowered it.

    Examples
    --------
    >>> grade([(True, "no maturity"), (False, "undated")])
    ('B', ('no maturity',))
    """
    lowered = tuple(reason for applies, reason in reasons if applies)
    return GRADES[min(len(lowered), len(GRADES) - 1)], lowered


def maturity_reasons(company: Company) -> list[tuple[bool, str]]:
    """What lowers a grade when a claim leans on maturity."""
    there = company.has("customers.maturity")
    return [
        (not there, "no maturity recorded, so prepared customers cannot be told apart"),
        (
            there and not company.has("customers.maturity_on"),
            "the day maturity was recorded is not known, so it may be hindsight",
        ),
    ]


def foreseen_grade(claim: Claim, company: Company) -> tuple[str, tuple[str, ...]]:
    """The best grade a claim can get on these data, and what lowers it, before estimating.

    Parameters
    ----------
    claim : Claim
        One that these data can test.
    company : Company

    Returns
    -------
    (str, tuple of str)
        The estimate itself may lower the grade further.
    """
    shape = shape_reasons(company, on_results=leans_on_results(claim.needs))
    letter, reasons = grade([*claim.foreseen(company), *((True, reason) for reason in shape)])
    return letter, tuple(dict.fromkeys(reasons))
