"""C3 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.concentration import AttributableFraction, ShareOfChurn
from csresearch.findings import Estimate
from csresearch.findings.labels import interval_text, value_text

TITLES = {
    "reproduced": "Most churn comes from the least prepared customers, as claimed",
    "same direction, smaller": "The least prepared leave more often; most churn is not theirs",
    "same direction, size unclear": "The least prepared leave more often; how much is not settled",
    "opposite": "The least prepared leave less often than the others here",
    "not reproduced": "The least prepared leave about as often as the others",
    "inconclusive": "Too little data to say where churn comes from",
    "not identifiable": "Most churn is theirs because most customers are",
}


def title(verdict: str, difference: Estimate) -> str:
    """The finding as a headline; a small but real difference is named as such."""
    if verdict == "not reproduced" and difference.ci_low is not None and difference.ci_low > 0:
        return "The least prepared leave a little more often; most churn is not theirs"
    return TITLES[verdict]


def sentence(found: ShareOfChurn, low: tuple[str, ...]) -> str:
    """What the numbers mean: share of customers, share of churn, and their difference."""
    share, customers, gap = found.share, found.share_of_customers, found.difference
    who = " and ".join(low)
    return (
        f"The low group ({who}) is {value_text(customers.value, 'share')} of customers and "
        f"{interval_text(share.value, (share.ci_low, share.ci_high), 'share')} of the churn by "
        f"month {found.horizon_days / DAYS_PER_MONTH:.0f}. The difference is "
        f"{interval_text(gap.value, (gap.ci_low, gap.ci_high), 'points')}; the claimed vast "
        "majority would need 75 %."
    )


def action(verdict: str, fraction: AttributableFraction) -> str:
    """What to do on Monday."""
    part = value_text(fraction.fraction.value, "share")
    most = f"Preparing the low group as well as the others would prevent at most {part} of churn"
    return {
        "reproduced": f"{most}: start with the new ones among them.",
        "same direction, smaller": f"{most}; do not expect more from it.",
        "same direction, size unclear": f"{most}; the interval is wide, so try it on some first.",
        "opposite": "Look at what the better prepared are missing; do not aim at the low group.",
        "not reproduced": "Do not aim retention work at low maturity; look for other differences.",
        "inconclusive": "Record maturity by day 30 for every new customer, and run this again.",
        "not identifiable": "Divide the low group further, by what sets its customers apart.",
    }[verdict]


ACTION_WITHOUT = "Record maturity by day 30 for every new customer, in bands that divide them."
