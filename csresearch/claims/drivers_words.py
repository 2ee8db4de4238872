"""C15 in sentences a customer-success leader understands."""

from __future__ import annotations

import numpy as np

from csresearch.claims.drivers_steps import Segments, prediction
from csresearch.findings.labels import interval_text, value_text

TITLES = {
    "reproduced": "Results keep customers in every segment, and about equally",
    "same direction, size unclear": "Results keep customers in every segment, but not equally",
    "opposite": "Customers with results leave sooner, whatever their segment",
    "not reproduced": "Results do not keep customers in every segment alike",
    "inconclusive": "Too little data to say whether results do the same in every segment",
    "not identifiable": "Whether results do the same in every segment cannot be told here",
}
NOTHING_ANYWHERE = "Results do next to nothing for retention in any segment"
ACTIONS = {
    "reproduced": "Work towards first results in every segment in the same way.",
    "same direction, size unclear": (
        "Work towards first results everywhere, first where the ratio is largest."
    ),
    "opposite": "Look at who gets results and why they leave before asking for more of them.",
    "not reproduced": "Ask what keeps customers in the segments where results do not.",
    "inconclusive": "Record when each customer gets a first result, and run this again.",
    "not identifiable": "Declare the columns that divide customers in ways that matter.",
}


def title(verdict: str, leading: Segments) -> str:
    """The finding as a headline; results that do nothing anywhere are named as such."""
    nowhere = leading.spread.mean < 1.25 and leading.pooled.tau == 0
    return NOTHING_ANYWHERE if verdict == "not reproduced" and nowhere else TITLES[verdict]


def sentence(leading: Segments) -> str:
    """What the numbers mean: average, range, and what another segment would show."""
    found = leading.pooled
    used = leading.ratios[leading.ratios["used"]].sort_values("value")
    mean = (found.mean.value, found.mean.ci_low, found.mean.ci_high)
    average, *ends = (float(np.exp(x)) for x in mean)
    low, high = used.iloc[0], used.iloc[-1]
    told = (
        f"Over {len(used)} segments by {leading.column}, customers with results stay "
        f"{interval_text(average, tuple(ends), 'ratio')} times as long as those without, from "
        f"{value_text(low['value'], 'ratio')} ({low['label']}) to "
        f"{value_text(high['value'], 'ratio')} ({high['label']}). "
    )
    nearly = prediction(found)
    if nearly is None:
        return told + "Two segments cannot say what another one would show."
    ends = " to ".join(value_text(end, "ratio") for end in nearly)
    return told + f"Another segment like these would show {ends}."
