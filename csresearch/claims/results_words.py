"""C1 in sentences a customer-success leader understands."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from csresearch.findings.estimates import Estimate
from csresearch.findings.labels import interval_text, value_text


def title(verdict: str, primary: Estimate) -> str:
    """The finding as a headline."""
    about = _times(primary)
    return {
        "reproduced": f"Customers with results stay about {about} times as long, as claimed",
        "same direction, smaller": f"Results keep customers, about {about} times as long. Not six",
        "same direction, larger": f"Results keep customers even longer than claimed: {about} times",
        "same direction, size unclear": "Results keep customers; how much longer is not settled",
        "opposite": "Customers with results leave sooner here",
        "not reproduced": "Results make no difference that counts to how long customers stay",
        "inconclusive": "Too little data to say whether results keep customers",
    }[verdict]


def _times(primary: Estimate) -> str:
    """The ratio in a headline; where nobody with results left, what it is at least."""
    if primary.unbounded:
        return f"at least {value_text(primary.ci_low, 'ratio')}"
    return value_text(primary.value, "ratio")


def sentence(
    primary: Estimate,
    naive: Estimate,
    benchmark: Estimate,
    strata: Sequence[str],
) -> str:
    """What the numbers mean: the tempting one, what no effect would show, the fair one."""
    told = []
    if naive.value is not None:
        told.append(
            f"A plain comparison says {value_text(naive.value, 'ratio')} times; had results done "
            f"nothing it would still have said {value_text(benchmark.value, 'ratio')}, because "
            "customers who stay longer have more time to get a result."
        )
    if primary.unbounded:
        told.append(
            "Compared fairly, nobody left while with results: a ratio of "
            f"{value_text(primary.ci_low, 'ratio')} times or more fits that."
        )
    elif primary.value is None:
        told.append("A fair comparison is not possible: one of the groups saw no one leave.")
    else:
        same = listed(["tenure", *strata])
        told.append(
            "Counting each customer as without results until the day the first one was measured, "
            f"and comparing at the same {same}, leaves "
            f"{interval_text(primary.value, (primary.ci_low, primary.ci_high), 'ratio')} times."
        )
    return " ".join(told)


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    Examples
    --------
    >>> listed(["tenure"]), listed(["tenure", "maturity", "plan"])
    ('tenure', 'tenure, maturity and plan')
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def unsteady(rows: pd.DataFrame) -> str:
    """What to say when the ratio changes with tenure, row by row where somebody left of both."""
    known = rows[rows["value"].between(0, math.inf, inclusive="neither")]
    if len(known) < 2:
        return ""
    first, last = known.iloc[0], known.iloc[-1]
    return (
        f" It is an average: {value_text(first['value'], 'ratio')} in {first['label']}, "
        f"{value_text(last['value'], 'ratio')} in {last['label']}."
    )


def action(verdict: str, primary: Estimate) -> str:
    """What to do on Monday."""
    about = _times(primary)
    worth = "Getting customers to a first measurable result is worth a lot"
    return {
        "reproduced": f"{worth}: list the customers without one and start there.",
        "same direction, smaller": f"{worth}. Plan on {about} times, not six.",
        "same direction, larger": f"{worth}: list the customers without one and start there.",
        "same direction, size unclear": f"{worth}; do not promise a number yet.",
        "opposite": "Look at what happens after a first result before pushing for more of them.",
        "not reproduced": (
            "Do not expect first results alone to keep customers; look for what else tells those "
            "who stay from those who leave."
        ),
        "inconclusive": "Keep dating results as they are measured; run this again next quarter.",
    }[verdict]
