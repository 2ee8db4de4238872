"""C6 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.claims.fit_study import KeyResults
from csresearch.claims.key_words import listed
from csresearch.findings import Estimate
from csresearch.findings.labels import interval_text

TITLES = {
    "reproduced": "Customers who came for something else fail, as claimed",
    "same direction, smaller": "Customers who came for something else leave more often; most stay",
    "same direction, larger": "Customers who came for something else leave far more often",
    "same direction, size unclear": "Customers who came for something else leave more often",
    "opposite": "Customers who came for something else stay longer here",
    "not reproduced": "What customers came for makes little difference to how long they stay",
    "inconclusive": "Too little data to say what expecting something else does",
    "not identifiable": "Whether expectations fit cannot be told here",
}


def sentence(ratio: Estimate, failed: Estimate, key: KeyResults, strata: tuple[str, ...]) -> str:
    """What the numbers mean: who is compared, how often each leaves, how many failed."""
    held = " and ".join(("tenure", *strata)) if len(strata) < 2 else ""
    held = held or f"tenure, {', '.join(strata[:-1])} and {strata[-1]}"
    where = "as declared" if key.declared else "chosen on the other half of customers"
    told = (
        f"Key results: {listed(list(key.kinds))} ({where}). Customers who expected something else "
        f"left {interval_text(ratio.value, (ratio.ci_low, ratio.ci_high), 'ratio')} times as often "
        f"at the same {held}."
    )
    if failed.value is None:
        return f"{told} None of them was followed to month 24."
    share = interval_text(failed.value, (failed.ci_low, failed.ci_high), "share")
    return f"{told} By month 24, {share} of them had left; the claim is three quarters or more."


def action(verdict: str) -> str:
    """What to do on Monday."""
    return {
        "reproduced": "Ask what each customer expects before signing; turn away or turn round the "
        "expectations that are none of the key results.",
        "same direction, smaller": "Ask at kickoff what is expected, and bring those who want "
        "something else round to a key result; do not turn them away.",
        "same direction, larger": "Ask what each customer expects before signing.",
        "same direction, size unclear": "Ask at kickoff what is expected, and bring those who want "
        "something else round to a key result.",
        "opposite": "Look at what those customers get: it may be a key result without the name.",
        "not reproduced": "Do not pick customers by what they expect; look for other differences.",
        "inconclusive": "Record what each new customer expects, in words that match your results.",
    }[verdict]


ACTION_WITHOUT = (
    "Name the key results in company.yml (key_results), in the words customers' expectations use."
)
