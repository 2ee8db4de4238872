"""C2 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.findings.estimates import Estimate
from csresearch.findings.labels import interval_text, value_text

TITLES = {
    "reproduced": "Satisfaction tells practically nothing about who stays, as claimed",
    "not reproduced": "Satisfaction does tell who stays",
    "inconclusive": "Too little data to call the link with satisfaction zero, or not",
}


def sentence(naive: Estimate, d: Estimate, ratio: Estimate) -> str:
    """What the numbers mean: the tempting correlation, then both fair measures."""
    told = []
    if naive.value is not None:
        told.append(
            f"The plain correlation of score and tenure is {value_text(naive.value, naive.scale)}, "
            "which is evidence of nothing."
        )
    if ratio.value is None or d.value is None:
        told.append("A fair comparison is not possible: no one who answered has left since.")
        return " ".join(told)
    d_text = interval_text(d.value, (d.ci_low, d.ci_high), "correlation")
    ratio_text = interval_text(ratio.value, (ratio.ci_low, ratio.ci_high), "ratio")
    told.append(
        f"From the first answer on, the happier of two customers stays longer more often than not "
        f"by {d_text} on a scale from −1 to 1, and customers one standard deviation happier leave "
        f"{ratio_text} times as fast."
    )
    return " ".join(told)


def action(verdict: str, ratio: Estimate) -> str:
    """What to do on Monday."""
    if verdict == "not reproduced":
        happier = ratio.value is not None and ratio.value < 1
        return (
            "Keep reading the scores: call the customers who gave low ones, early."
            if happier
            else "Do not read a high score as safety: here the happier customers leave sooner."
        )
    if verdict == "reproduced":
        return "Do not steer retention by satisfaction scores; look at results instead."
    return "Ask every customer once, in month two, and run this again next quarter."
