"""C7 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from functools import partial

import ibis
import pandas as pd

from csresearch import figures, second_road
from csresearch.claims import behaviors_words as words
from csresearch.claims import common
from csresearch.claims.behaviors_naive import naive_table
from csresearch.claims.behaviors_paths import LANDMARK_DAYS, concordance_table, diversity_table
from csresearch.claims.behaviors_steps import (
    MOST_KINDS,
    adoption_table,
    estimated,
    habits,
    necessity_table,
)
from csresearch.claims.behaviors_study import Study
from csresearch.claims.waiting import waiting_rows
from csresearch.company import Company
from csresearch.findings.estimates import Part
from csresearch.findings.labels import value_text
from csresearch.survival.curves import survival_curves

HORIZONS_MONTHS = (6.0, 12.0, 18.0)
LAG_DAYS = 28.0
NONE_JUDGED = "No behaviour has enough customers both with and without it."


def parts(company: Company, study: Study, reasons: tuple[str, ...]) -> common.Parts:
    """Every step of the notebook, by name."""
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(study),
            "naive": lambda: _naive(study),
            "fair": lambda: _fair(study),
            "necessity": lambda: _necessity(study),
            "curves": lambda: _curves(study),
            "paths": lambda: _paths(study),
            "usage": lambda: _usage(study),
            "second_road": lambda: _second_road(study),
            "many_analysts": lambda: _many(study),
            "limits": lambda: common.limits_part(reasons, study.e_values),
        }
    )


def _first_look(study: Study) -> Part:
    """Who adopts what while waiting, and where first results fall."""
    table = adoption_table(study.adoption)
    text = (
        f"{study.n_results:,} first results were reached under observation. Months are "
        "customer-months spent waiting for one, without and with the behaviour."
    )
    if len(table) == MOST_KINDS:
        text += f" At most {MOST_KINDS} behaviours are judged, the most often recorded ones."
    return Part("Adoption and first results", table, text)


def _naive(study: Study) -> Part:
    """Never against ever, beside what no effect would show."""
    table = naive_table(study.plain)
    text = (
        "Who stays longer has more time both to adopt and to reach a result, so the two shares "
        "differ even if the behaviour does nothing; the last two columns say by how much."
    )
    return Part("Never against ever adopted (naive) and the no-effect benchmark", table, text)


def _fair(study: Study) -> Part:
    """Chances while unadopted against adopters', a pair a behaviour."""
    rows = []
    for kind, found in study.adoption.chances.items():
        for label, one in (("not yet", found.unadopted), ("adopted", found.adopters)):
            e = estimated(f"{kind}, {label}", one, "probability")
            rows.append((e.name, e.value, e.ci_low, e.ci_high, e.scale))
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])
    overall = study.overall
    text = (
        f"By month {study.months:.0f}; {overall.text} of all customers get there. Customers who "
        "adopt leave the first row of a pair on that day and join the second. Intervals hold for "
        "all behaviours at once."
    )
    look = {"scale": "probability", "null": overall.value, "region": (0.0, study.bar.chance)}
    name = f"chance of a first result by month {study.months:.0f}; the line: all customers"
    draw = partial(figures.forest, table, **look, name=name)
    title = "Chance of a first result, unadopted and adopters"
    return Part(title, table, text, draw, (8.0, 1.4 + 0.38 * max(len(table), 1)))


def _necessity(study: Study) -> Part:
    """How many first results come after each behaviour, and both chances."""
    text = (
        "A behaviour that hardly any result comes without has its share of results far above its "
        "share of waiting time. Comparable: rate of first results without ÷ with it, at the same "
        f"{_held(study)}{study.adoption.who.told}. Intervals of the ratio of chances hold for all "
        "behaviours at once."
    )
    return Part("The necessity table", necessity_table(study.adoption), text)


def _held(study: Study) -> str:
    """What comparable customers share."""
    words = ["tenure", *study.adoption.strata]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _curves(study: Study) -> Part:
    """Still waiting, by state of the leading behaviour."""
    title = "Still waiting for a first result"
    if study.best is None:
        return Part(title, text=NONE_JUDGED)
    kind = study.best.name
    table = study.adoption.results.where(kind=kind).total(["state"])
    found = survival_curves(table, "state")
    named = {f"{state} {kind}": curve for state, curve in found.items()}
    months = tuple(m for m in (3, 6, 12) if m <= study.months)
    first = next(iter(found.values()))
    if first.starts_on is None:
        return Part(title, text="Too few in one state to draw curves.")
    draw = partial(
        figures.survival_curves, named, horizon_months=study.months, name="still waiting"
    )
    text = f"Curves run {first.condition}; who leaves without a result is censored."
    return Part(title, common.curve_table(named, months), text, draw, (8.0, 4.6))


def _paths(study: Study) -> Part:
    """Hill numbers of failures and successes at equal numbers."""
    title = f"Patterns of behaviour by day {LANDMARK_DAYS}, failures and successes"
    n = study.outcomes.totals
    if not min(n.values()):
        return Part(title, text="There are no failures or no successes to compare.")
    table = diversity_table(study.outcomes)
    text = (
        f"{n['failed']:,} failures and {n['succeeded']:,} successes, compared at "
        f"{min(n.values()):,} each. Second half of the claim: {study.patterns_judged.verdict} "
        f"({study.patterns_judged.rule})."
    )
    name = "times as many patterns among failures"
    draw = partial(figures.forest, table, region=(1.5, None), name=name)
    return Part(title, table, text, draw, (8.0, 3.6))


def _usage(study: Study) -> Part:
    """Behaviours against product usage."""
    table = concordance_table(study.usage)
    draw = partial(figures.forest, table.head(2), scale="probability", null=0.5, name="concordance")
    text = words.usage(study.usage)
    return Part("Behaviours against product usage", table, text, draw, (8.0, 2.0))


def _second_road(study: Study) -> Part:
    """The chance without the leading behaviour from rows, by lifelines."""
    if study.best is None:
        return second_road.agreement(None)
    adoption = study.adoption
    habit = habits(len(adoption.kinds))[adoption.kinds.index(study.best.name)]
    lives = adoption.lives
    day = lives[habit].fill_null(float("inf"))
    until = ibis.least(lives.exit_day, day)
    own = lives.mutate(exit_day=until, churned=lives.churned & (day >= lives.exit_day))
    rows = waiting_rows(own.filter(own.exit_day > own.entry_day))
    other = second_road.chance_by(rows, adoption.horizon_days, confidence_level=adoption.level)
    if study.primary.value == 0:
        return Part("Two roads", text=f"None, on both roads; lifelines: {other.text}.")
    return second_road.agreement(study.primary, other)


def _many(study: Study) -> Part:
    """Defensible choices, and how many keep the chance without at the claimed level."""
    if study.best is None:
        return Part("Many analysts", text=NONE_JUDGED)
    table = study.many_analysts(HORIZONS_MONTHS, LAG_DAYS)
    known = table[table["ci_high"].notna() & table["value"].notna()]
    low = int((known["ci_high"] <= study.bar.chance).sum())
    bound = value_text(study.bar.chance, "share")
    text = (
        f"Chance without '{study.best.name}': surely at most {bound} in {low} of {len(known)} "
        "analyses."
    )
    look = {"scale": "probability", "null": None, "region": (0.0, study.bar.chance)}
    draw = partial(figures.forest, table, **look)
    return Part("Many analysts", table, text, draw, (8.0, 1.0 + 0.34 * max(len(table), 1)))
