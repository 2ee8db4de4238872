"""C12 in sentences a customer-success leader understands."""

from __future__ import annotations

from collections.abc import Sequence

from csresearch.claims.process_steps import Ways
from csresearch.findings.estimates import Estimate
from csresearch.findings.labels import value_text

RECORD = "Record at kickoff, with its day, whether a customer follows the standard process."
ACTIONS = {
    "reproduced": "Hold new customers to the standard process; list those on their own way.",
    "same direction, smaller": (
        "Offer the standard process first; expect some gain, not the claimed one."
    ),
    "same direction, size unclear": (
        "Offer the standard process first, and do not promise a number yet."
    ),
    "opposite": "Look at what customers on their own way do before prescribing anything.",
    "not reproduced": "Do not spend on enforcing the process; it makes no difference that counts.",
    "inconclusive": RECORD,
    "not identifiable": RECORD,
}


def title(verdict: str, primary: Estimate) -> str:
    """The finding as a headline."""
    about = value_text(primary.value, "ratio")
    return {
        "reproduced": f"Customers on their own way get first results at {about} times the rate",
        "same direction, smaller": f"An own way slows first results to {about} times the rate",
        "same direction, size unclear": "An own way slows first results; how much is not settled",
        "opposite": "Customers on their own way get results sooner here",
        "not reproduced": "The process customers follow makes no difference that counts",
        "inconclusive": "Too little data to say whether the standard process gets results",
        "not identifiable": "The process cannot be told apart from who the customers are",
    }[verdict]


def sentence(ways: Ways, primary: Estimate) -> str:
    """What the numbers mean: the plain ones, what no effect would show, the fair ones."""
    plain, alike = ways.plain
    told = []
    if plain.value is not None and alike.value is not None:
        told.append(
            f"Customers on their own way have {value_text(plain.value, 'ratio')} times the share "
            f"with a result of those on the standard process; if only {listed(ways.strata)} "
            f"decided, it would be {value_text(alike.value, 'ratio')}."
            if ways.strata
            else f"Customers on their own way have {value_text(plain.value, 'ratio')} times the "
            "share with a result of those on the standard process."
        )
    if primary.value is None and not primary.unbounded:
        told.append("A fair comparison is not possible.")
    else:
        same = listed(("tenure", *ways.strata))
        told.append(f"At the same {same} their rate of first results is {primary.text} times.")
    if ways.churn.value is not None:
        told.append(f"They leave at {ways.churn.text} times the rate.")
    return " ".join(told)


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    Examples
    --------
    >>> listed(("tenure", "maturity", "plan"))
    'tenure, maturity and plan'
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
