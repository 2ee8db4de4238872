"""C11 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.claims.bonding_study import Study
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings import Estimate
from csresearch.findings.labels import interval_text, p_value_phrase, value_text
from csresearch.survival.intervals import Interval

TITLES = {
    "reproduced": "Some time after a first result customers bond, as claimed",
    "same direction, smaller": "Customers bond somewhat after a first result, less than claimed",
    "same direction, size unclear": "Customers bond after a first result; how much is not settled",
    "opposite": "The longer after a first result, the more customers leave",
    "not reproduced": "No sign that customers bond as time passes after a first result",
    "inconclusive": "Too little data to say whether customers bond after a first result",
    "not identifiable": "Customers may bond, or the weak may have left first: these data fit both",
}
ACTIONS = {
    "reproduced": (
        "Give customers between their first result and the turn the attention they need to get "
        "past it; plan renewals of those past it with less."
    ),
    "same direction, smaller": (
        "Do not count on time alone after a first result: keep working for the next one."
    ),
    "same direction, size unclear": (
        "Do not lower attention after a first result yet; run this again when more have had "
        "theirs for two years."
    ),
    "opposite": "Find out what customers miss after their first result: they leave more, not less.",
    "not reproduced": (
        "Do not take customers with an old result for safe: they leave as before. Keep dating "
        "every result and look whether the next one keeps them."
    ),
    "inconclusive": "Keep dating results as they are measured; run this again next quarter.",
    "not identifiable": (
        "Do not lower attention to customers because their first result is long ago; look whether "
        "those who stayed differed from the start."
    ),
}


NO_TURN = " A rate that only falls as the weak leave looks changed too, so this may be no turn."


def sentence(study: Study, primary: Estimate) -> str:
    """What the numbers mean: the tempting one, what no bonding would show, the fair one."""
    told = []
    naive, none = study.naive, study.benchmark
    if naive.value is not None:
        told.append(
            "One to two years after a first result customers leave at "
            f"{value_text(naive.value, 'ratio')} times the rate of its first half year"
            + _would_be(none)
        )
    if primary.ci_low is None:
        told.append("A fair comparison with customers without results is not possible.")
    else:
        told.append(
            "Against customers without results at the same tenure that is a factor of "
            f"{primary.text}; 1 would be no bonding, 0.67 or less is claimed."
        )
    return " ".join(told)


def _would_be(none: Estimate) -> str:
    """What the plain number would be without any bonding."""
    if none.value is None:
        return "."
    would_be = value_text(none.value, "ratio")
    return f"; at the rates of customers without results it would be {would_be}."


def change_text(study: Study) -> str:
    """The day the rate changed, who is past it, or that no change is to be seen."""
    change, level = study.change, study.plateau
    if change is None:
        return "Too few customers with a first result left to look for a change."
    if level is None:
        return f"No change of the rate is to be seen ({p_value_phrase(change.p_value)})."
    way = "falls" if change.ratio.value < 1 else "rises"
    return (
        f"The rate {way} to {interval_text(*_three(change.ratio), 'ratio')} times what it was, "
        f"most likely at {interval_text(*_three(_months(change.day)), 'months')} after the first "
        f"result ({p_value_phrase(change.p_value)}). "
        f"{interval_text(*_three(level.current_past), 'share')} of those still customers are past "
        "it; limits allow for not knowing the day."
        + ("" if study.turn is not None and study.turn.clear else NO_TURN)
    )


def sorting_text(study: Study) -> str:
    """Whether a turn explains the rates better than the weak leaving first."""
    if study.turn is None:
        return "Too few customers with a first result left to tell a turn from sorting."
    by = f"by {abs(study.turn.advantage):.1f} points of AIC; more than 4 would be clear"
    if study.turn.clear:
        return f"A turn of the rate explains these months clearly better than sorting ({by})."
    if study.turn.advantage > 0:
        return f"A turn of the rate explains these months hardly better than sorting ({by})."
    return f"Sorting explains these months at least as well as a turn of the rate ({by})."


def _months(days: Interval) -> Interval:
    """Days as months."""
    turned = (
        None if x is None else x / DAYS_PER_MONTH for x in (days.value, days.ci_low, days.ci_high)
    )
    return Interval(*turned)


def _three(one: Interval) -> tuple[float | None, tuple[float | None, float | None]]:
    """Value and limits as `interval_text` takes them."""
    return one.value, (one.ci_low, one.ci_high)
