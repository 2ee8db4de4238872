"""C9 in sentences a customer-success leader understands."""

from __future__ import annotations

from collections.abc import Mapping

from csresearch.findings import Estimate
from csresearch.findings.labels import interval_text, value_text

TITLES = {
    "reproduced": "Judgements at kickoff are surprisingly often right, in both directions",
    "same direction, smaller": "Judgements at kickoff know something, but less than claimed",
    "same direction, larger": "Judgements at kickoff are right even more often than claimed",
    "same direction, size unclear": "Judgements at kickoff know something; how much is not settled",
    "opposite": "Judgements at kickoff are wrong more often than chance would be",
    "not reproduced": "Judgements at kickoff know next to nothing about who stays",
    "inconclusive": "Too little data to say whether judgements at kickoff are right",
    "not identifiable": "Whether judgements at kickoff are right cannot be told here",
}
ACTIONS = {
    "reproduced": "Act on it: give each new customer judged not to make it a plan within 30 days.",
    "same direction, smaller": "Use the judgement as one sign among others, never alone.",
    "same direction, larger": "Act on it: give each customer judged not to make it a plan.",
    "same direction, size unclear": "Go on judging every new customer by day 30, and look again.",
    "opposite": "Stop planning by this judgement; ask what those who judge look at.",
    "not reproduced": "Do not plan by this judgement; look for signs that tell more.",
    "inconclusive": "Have every new customer judged by day 30, with the date, and run this again.",
    "not identifiable": (
        "Write the judgement down by day 30, with its date, and never change it afterwards."
    ),
}
ONLY_MATURITY = "Judgements at kickoff are right, but say no more than maturity does"


def title(verdict: str, within: Estimate) -> str:
    """The finding as a headline; a judgement that only repeats maturity is named as such."""
    return ONLY_MATURITY if verdict == "reproduced" and adds_nothing(within) else TITLES[verdict]


def adds_nothing(within: Estimate) -> bool:
    """Whether customers of one maturity leave alike however they were judged, for all we know."""
    return within.ci_low is not None and within.ci_low <= 1


def sentence(found: Mapping[str, Estimate], months: float) -> str:
    """What the numbers mean: both hit rates beside their base rates."""
    left, stayed = (value_text(found[name].value, "share") for name in ("fail_base", "stay_base"))
    return (
        f"By month {months:.0f}, {_told(found['fail'])} of the customers judged not to make it had "
        f"left, against {left} of all judged; {_told(found['stay'])} of those judged to make it "
        f"were still here, against {stayed}. The balanced accuracy is {_told(found['accuracy'])}, "
        f"where 50 % is knowing nothing.{_beyond(found['within'])}"
    )


def _beyond(within: Estimate) -> str:
    """What the judgement tells beside maturity."""
    if within.ci_low is None:
        return ""
    times = interval_text(within.value, (within.ci_low, within.ci_high), "ratio")
    if adds_nothing(within):
        return (
            " Among customers of the same maturity it tells nothing sure: those judged not to "
            f"make it leave {times} times as often."
        )
    return (
        f" Among customers of the same maturity, those judged not to make it leave {times} times "
        "as often."
    )


def _told(estimate: Estimate) -> str:
    """A chance with its interval."""
    return interval_text(estimate.value, (estimate.ci_low, estimate.ci_high), "share")
