"""C8 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.claims.effort_study import Study
from csresearch.findings import Estimate
from csresearch.findings.labels import value_text

TITLES = {
    "reproduced": "Effort keeps the unprepared and changes nothing for the best prepared",
    "inconclusive": "Too little data to say whom effort keeps",
    "not identifiable": "Who got more effort was chosen, so what it does cannot be told",
}
ACTION_WITHOUT = (
    "Record maturity by day 30 in bands that divide your customers, and run this again."
)


def title(verdict: str, high: Estimate) -> str:
    """The finding as a headline."""
    if verdict != "not reproduced":
        return TITLES[verdict]
    if _settled(high) and high.value < 1:
        return "Effort keeps the best prepared customers too"
    if _settled(high):
        return "The best prepared customers leave more often with effort than without"
    return "Effort does not do more for the unprepared than for the best prepared"


def _settled(high: Estimate) -> bool:
    """Whether the high band's interval excludes 1."""
    return high.excludes(1)


def sentence(study: Study, high: Estimate, gap: Estimate) -> str:
    """What the numbers mean, beside what each band asks for."""
    low = study.judged["low group" if len(study.low) > 1 else study.low[0]]
    who = " and ".join(study.low)
    if study.assigned:
        told = (
            f"In the {study.high} band customers in the programme leave at {high.text} times the "
            f"rate of the others, where 0.80 to 1.25 counts as no impact; in the {who} band at "
            f"{low.text} times. The first ratio is {gap.text} times the second."
        )
    else:
        told = (
            f"Customers of the {study.high} band who got more effort than the average left at "
            f"{high.text} times the rate of those who got less, in the {who} band at {low.text} "
            "times. Nobody was assigned to more or less effort, so these ratios neither show nor "
            "rule out an effect."
        )
    return told + _demand(study)


def _demand(study: Study) -> str:
    """How much more the high band asks for."""
    bands = study.bands.set_index("band")
    asked = (bands["asked"] / bands["months"]).replace(float("inf"), 0.0)
    low = bands.loc[bands.index.isin(study.low)]
    base = low["asked"].sum() / low["months"].sum() if low["months"].sum() else 0.0
    if not (study.high in asked and base > 0):
        return ""
    times = value_text(asked[study.high] / base, "ratio")
    return f" The {study.high} band asks for attention {times} times as often as the low one."


def action(verdict: str, high: Estimate) -> str:
    """What to do on Monday."""
    if verdict == "not reproduced" and _settled(high) and high.ci_low >= 1:
        return "Find out what the programme does to the best prepared before giving it to more."
    return {
        "reproduced": (
            "Move the hours that the best prepared get beyond what they need to new customers of "
            "low maturity."
        ),
        "not reproduced": "Do not take effort away from the best prepared: it is not idle there.",
        "inconclusive": "Keep assigning by lot until there are enough departures, then run this.",
        "not identifiable": (
            "Give the next programme by lot, or roll it out by date, write its name into the "
            "efforts, and run this again."
        ),
    }[verdict]
