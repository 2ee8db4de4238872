"""C14 in sentences a customer-success leader understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csresearch.claims.results_words import listed
from csresearch.findings.labels import interval_text, value_text

if TYPE_CHECKING:
    from csresearch.claims.wins_study import Study

_TITLES = {
    "reproduced": "When the two conflict, results decide who stays, as claimed",
    "same direction, size unclear": "Results weigh more than satisfaction; how much is not settled",
    "same direction, smaller": "Results weigh a little more than satisfaction",
    "opposite": "When the two conflict, satisfaction decides who stays",
    "not reproduced": "When the two conflict, results do not decide who stays",
    "inconclusive": "Too little data to say whether results or satisfaction decides",
}
_ACTIONS = {
    "reproduced": (
        "Call the happy customers without results first: their scores hide that they are leaving."
    ),
    "same direction, size unclear": (
        "Call the happy customers without results before the unhappy with results; keep counting."
    ),
    "same direction, smaller": (
        "Put the happy customers without results on the same list as the unhappy with results."
    ),
    "opposite": (
        "Call the unhappy customers first, those with results among them: results do not hold them."
    ),
    "not reproduced": (
        "Do not rank customers by results alone; watch the happy without results and the unhappy "
        "with them alike."
    ),
    "inconclusive": "Keep dating results and asking every customer; run this again next quarter.",
}


def title(verdict: str) -> str:
    """The finding as a headline."""
    return _TITLES[verdict]


def action(verdict: str) -> str:
    """What to do on Monday."""
    return _ACTIONS[verdict]


def sentence(study: Study) -> str:
    """What the numbers mean: the plain one, what no effect would show, the fair ones."""
    told, naive, none = [], study.naive, study.no_effect
    if naive.value is not None and none.value is not None:
        told.append(
            f"Sorted by their last score and by ever having had a result, happy customers without "
            f"results left {value_text(naive.value, 'ratio')} times as fast as unhappy ones with; "
            f"if neither mattered that would be {value_text(none.value, 'ratio')}, because who "
            "stays longer has more time to get a result."
        )
    found = study.wins
    if found.conflict.value is None or found.conflict.ci_low is None:
        told.append("A fair comparison is not possible: one of the two groups saw no one leave.")
        return " ".join(told)
    same = listed(["tenure", *study.strata])
    told.append(
        f"Counted day by day and at the same {same}, they leave {_text(found.conflict)} times as "
        f"fast. Being without results multiplies the churn rate by {_text(found.results)} at the "
        f"same satisfaction, being unhappy by {_text(found.satisfaction)} at the same results."
    )
    return " ".join(told)


def _text(estimate) -> str:
    """A ratio with its interval."""
    return interval_text(estimate.value, (estimate.ci_low, estimate.ci_high), "ratio")
