"""What a notebook shows of the renewal clock, of everybody or of several groups."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from csresearch import figures
from csresearch.claims import common
from csresearch.claims.renewal_clock import TITLE, RenewalClock
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import value_text


def clock_part(clock: RenewalClock | str, states: tuple[str, str]) -> Part:
    """What a notebook shows of the renewal clock, or why there is none."""
    if isinstance(clock, str):
        return Part(TITLE, text=clock)
    found, estimates = clock.comparison, clock_estimates(clock, states)
    table = common.estimate_table(estimates)
    held = " and ".join(["number of the renewal", *clock.strata])
    text = (
        f"{found.n_renewals:,.0f} contracts came up and {found.n_lost:,.0f} were not renewed, "
        f"{value_text(clock.share_at_renewals, 'share')} of the departures of customers with a "
        f"term. Held equal: {held}. An odds ratio lies further from 1 than a ratio of chances."
    )
    draw = partial(figures.forest, table.iloc[:2], scale="share", null=None)
    return Part(TITLE, table, text, draw, (8.0, 2.2), estimates=estimates)


def clocks_part(clocks: Mapping[str, RenewalClock | str], states: tuple[str, str]) -> Part:
    """The same for several groups of customers, one after the other, by their names."""
    known = {name: one for name, one in clocks.items() if not isinstance(one, str)}
    estimates, told = (), []
    for name, clock in clocks.items():
        if name not in known:
            told.append(f"{name}: {clock}")
            continue
        estimates += clock_estimates(clock, states, of=name)
        found, held = clock.comparison, " and ".join(["number of the renewal", *clock.strata])
        told.append(
            f"{name}: {found.n_renewals:,.0f} contracts came up and {found.n_lost:,.0f} were not "
            f"renewed; held equal: {held}."
        )
    table = common.estimate_table(estimates)
    shares = table[table["scale"] == "share"]
    draw = partial(figures.forest, shares, scale="share", null=None) if known else None
    size = (8.0, 1.0 + 0.45 * len(shares))
    return Part(TITLE, table, " ".join(told), draw, size, estimates=estimates)


def clock_estimates(
    clock: RenewalClock, states: tuple[str, str], *, of: str = ""
) -> tuple[Estimate, ...]:
    """Both chances of renewing, their difference and the odds ratio."""
    found, whose = clock.comparison, f", {of}" if of else ""
    shares = zip(states, (found.chance, found.reference_chance), strict=True)
    chances = [(f"renewing, {state}{whose}", one, "share") for state, one in shares]
    rows = [*chances, (f"difference{whose}", found.difference, "points")]
    return (
        *(Estimate(n, i.value, i.ci_low, i.ci_high, scale=scale) for n, i, scale in rows),
        clock.odds,
    )
