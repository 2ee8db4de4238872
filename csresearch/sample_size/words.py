"""How what it takes is written: rounded counts, months in words, sentences a claim."""

from __future__ import annotations

from csresearch.findings.labels import count_text, value_text
from csresearch.sample_size.needs import STARTS, STEADY
from csresearch.sample_size.plan import ENOUGH, ClaimPlan, Plan
from csresearch.verdicts.enough import round_up

NEVER_MONTHS = "over 600"
CLOCKS = {
    STARTS: "only new customers bring more of it",
    STEADY: "it comes in as it has so far",
}


def pace_text(plan: Plan) -> str:
    """Whose data, how many customers, and at what monthly rates they come and leave."""
    pace, cell = plan.pace, plan.company.config.smallest_cell
    left = count_text(pace.departures, smallest_cell=cell)
    first = (
        f"{plan.company.name}, observed until {plan.company.observed_until.isoformat()}: "
        f"{pace.customers:,} customers, {left} left, {pace.here:,} still here."
    )
    if plan.company.snapshot_without_window:
        return f"{first} Over which time they left is not known."
    rate = value_text(pace.leaving, "share", exact=True)
    return f"{first} At present {rate} of customers leave a month, and {_starts(plan)}."


def _starts(plan: Plan) -> str:
    """New customers a month."""
    starts = plan.pace.starts
    if starts == 0:
        return "nobody starts" if plan.company.dated else "how many start is not known"
    return f"{starts:,.0f} start" if starts >= 9.5 else f"{starts:.1f} start"


def customers_text(planned: ClaimPlan, power: float) -> str:
    """How many customers a power takes: "6,100", "enough now", "–"."""
    needed = planned.needed(power)
    if needed.customers is None:
        return "–"
    return ENOUGH if needed.times <= 1 else f"{round_up(needed.customers):,}"


def months_text(months: float | None, times: float | None) -> str:
    """How many months more: "0", "14", "over 50 years", "–"."""
    if times is None:
        return "–"
    if months is None:
        return NEVER_MONTHS
    return f"{round_up(months):,}" if months > 0 else "0"


def power_text(power: float | None) -> str:
    """A chance in whole per cent, never 0 or 100 where it is neither."""
    if power is None:
        return "–"
    if 0.995 <= power:
        return "over 99 %"
    return f"{100 * power:.0f} %" if power >= 0.005 else "under 1 %"


def why_not(planned: ClaimPlan) -> str:
    """Why there is no number."""
    truth = planned.needs.truth
    at_truth = f"no amount of data gives this verdict at {truth.words}" if truth else ""
    return planned.needs.why_not or at_truth


def sentence(planned: ClaimPlan, power: float, *, smallest_cell: int) -> str:
    """What one claim takes, in a sentence or two."""
    needs, needed = planned.needs, planned.needed(power)
    if needed.times is None:
        why = why_not(planned)
        return f"{why[0].upper()}{why[1:]}."
    assumed = f"If the claim is true ({needs.truth.words})"
    have = ", ".join(
        f"{count_text(n, smallest_cell=smallest_cell)} {words}" for words, n in needs.counted
    )
    have = f" ({have})" if have else ""
    if needed.times <= 1:
        return f"{assumed}, there are enough customers now{have}."
    bring = " and ".join(
        f"{round_up(n * needed.times):,} {words}"
        for words, n in needs.counted
        if n >= smallest_cell
    )
    bring = f", of whom {bring}" if bring else ""
    least = "at least " if needs.truth.question is None else "about "
    return (
        f"{assumed}, it takes {least}{round_up(needed.customers):,} customers{bring}; there are "
        f"{planned.pace.customers:,}{have}."
    )


def months_sentence(planned: ClaimPlan, power: float) -> str:
    """How long that takes at the present pace, with and without new customers."""
    needed = planned.needed(power)
    if needed.times is None or needed.times <= 1:
        return ""
    both = [
        months_text(months, needed.times)
        for months in (needed.months, needed.months_without_newcomers)
    ]
    with_new, without = (f"{one} months" for one in both)
    clock = planned.needs.clock
    if clock == STEADY:
        return f"At the present pace that takes {with_new} more."
    if clock == STARTS:
        return f"At the present pace of new customers that takes {with_new} more."
    told = f"At the present pace that takes {with_new} more"
    return f"{told}." if with_new == without else f"{told}; without new customers {without}."


def false_sentence(planned: ClaimPlan, power: float) -> str:
    """What it takes to say that it is false."""
    false = planned.needs.false
    if false is None:
        return ""
    times = false.needed(power)
    if times is None:
        return ""
    told = f"If it is false ({false.words}), “{false.verdict}” takes"
    if times <= 1:
        return f"{told} no more than there is."
    return f"{told} about {round_up(planned.pace.customers * times):,} customers."
