"""C4 in sentences a customer-success leader understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csresearch.findings.labels import interval_text, value_text

if TYPE_CHECKING:
    from csresearch.claims.conflict_study import Study

_TITLES = {
    "reproduced": "Customers with results are not more satisfied, as claimed",
    "not reproduced": "Customers with results are the more satisfied ones",
    "inconclusive": "Too few answers to say whether results please customers",
    "not identifiable": "Only survivors were asked: whether results please cannot be told",
}
_ACTIONS = {
    "reproduced": (
        "Do not take a good score for success: list the happy customers without results, and "
        "start there."
    ),
    "not reproduced": (
        "Here a result shows in the score: reach for results first, satisfaction follows them."
    ),
    "inconclusive": "Ask every customer once in months two and three, and run this again.",
    "not identifiable": (
        "Ask every customer once within the first three months, before anybody has left."
    ),
}


def title(verdict: str) -> str:
    """The finding as a headline."""
    return _TITLES[verdict]


def action(verdict: str) -> str:
    """What to do on Monday."""
    return _ACTIONS[verdict]


def sentence(study: Study, verdict: str) -> str:
    """What the numbers mean: the chance in a pair, the drift, and the time in conflict."""
    told = [_pairs(study)]
    drift, p_value = study.drift
    if p_value is not None and p_value < 0.05:
        far = value_text(drift.value, "correlation")
        told.append(f"In later surveys D differs by {far}, so only the earliest is judged.")
    share, ratio = study.conflict
    if share.value is not None and ratio.value is not None:
        told.append(
            f"{value_text(share.value, 'share')} of the time of customers who answered is in "
            "conflict, happy without results or unhappy with them: "
            f"{value_text(ratio.value, 'ratio')} times what it would be if the two had nothing "
            "to do with each other."
        )
    if verdict == "inconclusive":
        n = min(study.earliest.n_with, study.earliest.n_without)
        told.append(f"The smaller side has {n:,} answers; four times as many halve the interval.")
    return " ".join(told)


def _pairs(study: Study) -> str:
    """Somers' D as a share of pairs."""
    d, asked = study.earliest.somers_d, f"asked in month {study.lead}"
    if d.value is None:
        return (
            f"No customer with a result scores differently from one without, {asked}: where all "
            "scores are alike there is nothing to compare."
        )
    return (
        f"Of two customers {asked}, one with a result and one without, who score differently, the "
        f"one with the result scores higher in {value_text((1 + d.value) / 2, 'share')} of pairs "
        f"(Somers' D {interval_text(d.value, (d.ci_low, d.ci_high), 'correlation')}; half is no "
        "link)."
    )
