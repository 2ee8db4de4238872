"""The plan as plain text for a terminal."""

from __future__ import annotations

import textwrap

from csresearch.findings.labels import value_text
from csresearch.plain_text import in_lines
from csresearch.sample_size.plan import MISSING, NEVER, ONLY_SHOWN, TOO_EARLY, ClaimPlan, Plan
from csresearch.sample_size.words import (
    customers_text,
    months_text,
    pace_text,
    power_text,
    why_not,
)

_WIDTH = 96
_HEADINGS = {
    TOO_EARLY: "Too early to say",
    NEVER: "More data alone do not answer",
    MISSING: "Not in these data",
    ONLY_SHOWN: "Described, not tested",
}


def plan_text(plan: Plan) -> str:
    """What each claim takes, as lines of text.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        The company's rates; a table of claims that numbers answer, with the chance now, the
        customers and the months for each power; then what is missing and what numbers don't cure.
    """
    answered = [one for one in plan.claims if _state(one, plan) not in _HEADINGS]
    parts = ["\n".join(_wrapped(pace_text(plan), indent=0))]
    if answered:
        parts.append(_table(answered, plan))
        parts.append("\n".join(note for one in answered for note in _notes(one)))
    for state, heading in _HEADINGS.items():
        some = [one for one in plan.claims if _state(one, plan) == state]
        parts.append("\n".join([heading, *(_reason(one) for one in some)]) if some else "")
    return in_lines("\n\n".join(part for part in parts if part))


def _state(one: ClaimPlan, plan: Plan) -> str:
    """Where a claim stands at the highest power asked for."""
    return one.state(plan.powers[-1])


def _table(answered: list[ClaimPlan], plan: Plan) -> str:
    """One row a claim."""
    powers = [value_text(power, "probability") for power in plan.powers]
    head = [
        f"If a claim is true, what gives its verdict with a chance of {' or '.join(powers)}",
        "",
    ]
    ahead = f"in {plan.months:g} mo."
    columns = ["claim", "now", ahead, *(f"customers {p}" for p in powers),
               *(f"months {p}" for p in powers)]  # fmt: skip
    rows = [columns, *(_row(one, plan) for one in answered)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    lines = [
        "  ".join([row[0].ljust(widths[0]),
                   *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]  # fmt: skip
    return "\n".join([*head, *lines])


def _row(one: ClaimPlan, plan: Plan) -> list[str]:
    """Claim, chance now and ahead, customers and months for each power."""
    needed = [one.needed(power) for power in plan.powers]
    return [
        f"{one.claim.number} {one.claim.title}",
        power_text(one.needs.power(1.0)),
        power_text(one.power_after(plan.months)),
        *(customers_text(one, power) for power in plan.powers),
        *(months_text(needs.months, needs.times) for needs in needed),
    ]


def _notes(one: ClaimPlan) -> list[str]:
    """What is taken for true, and what else to know."""
    told = "; ".join([one.needs.truth.words, *one.needs.notes])
    return _wrapped(f"{one.claim.number}: {told}")


def _reason(one: ClaimPlan) -> str:
    """Why there is no number."""
    return "\n".join(_wrapped(f"{one.claim.number} {one.claim.title}: {why_not(one)}"))


def _wrapped(text: str, *, indent: int = 2) -> list[str]:
    """Lines, indented, in which no number is parted from its unit."""
    held = text.replace(" %", "\u00a0%")
    first, later = " " * indent, " " * (indent and indent + 3)
    lines = textwrap.wrap(held, _WIDTH, initial_indent=first, subsequent_indent=later)
    return [line.replace("\u00a0", " ") for line in lines]
