"""C16 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.claims.challenge_study import Study
from csresearch.findings import Estimate

TITLES = {
    "reproduced": "Most customers respond well when challenged",
    "same direction, smaller": "More than half respond well when challenged, fewer than claimed",
    "same direction, size unclear": "Customers respond well to a challenge; how many is unclear",
    "opposite": "Most customers score lower after a challenge",
    "not reproduced": "Customers do not respond well when challenged",
    "inconclusive": "Too few challenges to say how customers respond",
    "not identifiable": "Scores after a challenge are what they are without one",
}
_TRY = "Challenge some of the next customers by lot, whatever their score, and compare."
ACTIONS = {
    "reproduced": "Challenge customers who do not do what their result needs; most take it well.",
    "same direction, smaller": "Challenge where much is at stake, and follow up with the offended.",
    "same direction, size unclear": "Go on challenging, and ask every customer again afterwards.",
    "opposite": "Stop challenging until you know what customers resent about it.",
    "not reproduced": "Find out what customers resent about a challenge before the next one.",
    "inconclusive": "Ask every customer again after a challenge, and run this with more of them.",
    "not identifiable": _TRY,
}


def sentence(study: Study, share: Estimate) -> str:
    """What the numbers mean: the share, the matched unchallenged, results and churn after."""
    if share.value is None:
        return "No challenged customer answered a survey both before and after the challenge."
    told = f"After a challenge {share.text} of customers score no lower the next time."
    if study.matched.value is not None:
        told += (
            " Of customers without a challenge, of the same band, tenure and scores before, it is "
            f"{study.matched.text}; the difference is {study.gap.text}."
        )
    if study.churn_ratio.value is not None:
        told += f" After a challenge customers leave at {study.churn_ratio.text} times the rate"
        told += " at the same tenure."
    return told
