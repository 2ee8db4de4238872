"""Every world `csresearch simulate` can write: for which claims, what is true there, how many."""

from __future__ import annotations

from csresearch.simulate.world import Band, World
from csresearch.simulate.worlds import WORLDS

HEAD = """# Worlds

Companies whose truth is known because the kit wrote it down; `csresearch simulate WORLD DIR` writes
one, with a README that says what is true of it. This page is generated (`python -m
csresearch.simulate.catalogue`).

The estimands, the same in every world: **churn rate without ÷ with a result** is the lifetime ratio
C1 estimates, at the same tenure and in the same band; **churn-rate factor per SD of lasting
satisfaction** is the ratio C2 would find without noise in the scores; bands give their share of
customers at the start, and their monthly rates of churn (before a result) and of first results.
Rows below these say what a world adds. Verdicts are what the kit must come to on a company of the
world's size; tests draw many seeds and count.
"""


def catalogue() -> str:
    """Every world with its story, its parameters and the verdicts it must get, as Markdown."""
    return "\n".join([HEAD, *(_section(world) for world in WORLDS.values())])


def _section(world: World) -> str:
    """One world."""
    rows = [
        ("customers", f"{world.n_customers:,}"),
        ("churn rate without ÷ with a result, same tenure", f"{world.lifetime_ratio:g}"),
        ("churn-rate factor per SD of lasting satisfaction", f"{world.satisfaction_ratio:g}"),
        *((f"band {band.name}", _band(band)) for band in world.bands),
        *_shape(world),
        *(row for addition in world.additions for row in addition.truth(world)),
        *((f"must get on `{claim}`", verdict) for claim, verdict in world.verdicts),
    ]
    lines = [f"| {name} | {value} |" for name, value in rows]
    return "\n".join([f"## {world.name}", "", world.story, "", "| | |", "|---|---|", *lines, ""])


def _band(band: Band) -> str:
    """A band's share and rates."""
    low = ", low" if band.low else ""
    return (
        f"{band.share:.0%} of customers{low}; monthly churn {band.churn:.2%}, first results "
        f"{band.first_result:.1%}"
    )


def _shape(world: World) -> list[tuple[str, str]]:
    """What differs from a plain world: tenure, what nobody sees, parents, notice."""
    steps = ", ".join(
        f"× {factor:g} from month {month:g}" for month, factor in world.churn_by_tenure
    )
    asked, late = world.surveys, world.observed_from is not None
    known = [
        ("churn rate by tenure", steps, len(world.churn_by_tenure) > 1),
        ("variance of an unseen factor on churn", world.frailty_variance, True),
        ("accounts of one parent", world.accounts_per_parent, world.accounts_per_parent > 1),
        ("data begin on", world.observed_from, late),
        ("maturity not recorded", f"{world.maturity_missing:.0%}", world.maturity_missing > 0),
        ("days between notice and leaving", world.notice_days, True),
        ("days before leaving on which customers answer differently", asked.leaving_days, True),
        ("share of them who still answer", asked.leaving_response, asked.leaving_days > 0),
        ("points lower they score then", asked.leaving_drop, True),
    ]
    return [(name, f"{value}") for name, value, shown in known if shown and value]


if __name__ == "__main__":
    print(catalogue(), end="")
