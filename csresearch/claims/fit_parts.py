"""C6 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ibis
import pandas as pd

from csresearch import figures, second_road
from csresearch.claims import common
from csresearch.claims.fit_study import (
    FAILED_MONTHS,
    INSIDE,
    OTHER_KIND,
    OUTSIDE,
    UNIQUE,
    FitStudy,
    expectations,
)
from csresearch.claims.key_words import listed
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import count_text, value_text
from csresearch.survival.rates import event_rates

MOST_LISTED = 15
MONTHS = (6, 12, 18, 24)
SIDES = ((INSIDE, "a key result"), (OTHER_KIND, "another kind"), (UNIQUE, "nobody's result"))


def parts(
    company: Company,
    study: FitStudy,
    reasons: tuple[str, ...],
    *,
    tested: ibis.Table,
    other_half: Callable[[], FitStudy | None],
) -> common.Parts:
    """Every step of the notebook, by name; ``other_half`` tests what the other half chose."""
    makers = {
        "data": lambda: common.data_part(company),
        "first_look": lambda: _first_look(study),
        "expectations": lambda: _expectations(company, study, tested),
        "limits": lambda: common.limits_part(reasons),
    }
    if study.sides == {INSIDE, OUTSIDE}:
        makers |= {
            "naive": lambda: _naive(study),
            "fair": lambda: _fair(study),
            "curves": lambda: _curves(study),
        }
    if study.ratio().value is not None:
        makers["second_road"] = lambda: _second_road(study)
        makers["many_analysts"] = lambda: _many(study, other_half())
    return common.Parts(makers)


def _first_look(study: FitStudy) -> Part:
    """Customers, departures and rates by what was expected."""
    rates = event_rates(study.everyone, ["expects"]).set_index("expects")
    lived = DAYS_PER_MONTH
    counts = study.history.frame.groupby("expects", observed=True)["n"].sum()
    rows = []
    for level in [name for name in (INSIDE, OTHER_KIND, UNIQUE) if name in rates.index] + [
        name for name in rates.index if name not in (INSIDE, OTHER_KIND, UNIQUE)
    ]:
        one = rates.loc[level]
        ends = [one[name] * lived for name in ("rate", "ci_low", "ci_high")]
        rows.append((level, int(counts[level]), int(one["observed"]), *ends))
    columns = ["label", "customers", "churned", "value", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=columns).assign(scale="share")
    words = listed(list(study.key.kinds))
    where = "declared in company.yml" if study.key.declared else "chosen on the other half"
    text = f"Key results: {words} ({where}). Value is the churn rate per customer-month."
    return Part("What customers expect", table, text, partial(figures.rates_by_band, table))


def _expectations(company: Company, study: FitStudy, tested: ibis.Table) -> Part:
    """The expectations by name, the most common first; rare ones without a count."""
    found, least = expectations(tested, study.key, MOST_LISTED), company.config.smallest_cell
    shown = pd.DataFrame(
        {
            "expected_result": found["expected_result"],
            "key_result": found["key"],
            "customers": [count_text(n, smallest_cell=least) for n in found["customers"]],
            "share_left_so_far": [
                left / n if n >= max(least, 1) else None
                for left, n in zip(found["left"], found["customers"], strict=True)
            ],
        }
    )
    counts = study.history.frame.groupby("expects", observed=True)["n"].sum()
    alone = count_text(counts.get(UNIQUE, 0), smallest_cell=least)
    text = f"{alone} customers expect what no kind of recorded result is called: ask what they "
    text += f"mean. At most {MOST_LISTED} expectations are listed."
    return Part("Expectations by name", shown, text)


def _naive(study: FitStudy) -> Part:
    """The tempting ratio beside what it would be if expectation meant nothing."""
    table = common.estimate_table([study.plain, study.no_effect])
    text = (
        "The second number is what the first would be if customers of the same tenure"
        f"{''.join(f', {name}' for name in study.strata)} left alike whatever they expect."
    )
    return Part("Departures per month, outside ÷ inside (naive)", table, text)


def _fair(study: FitStudy) -> Part:
    """The rate ratio at the same tenure, and the share failed on both sides."""
    inside = study.failed(side=INSIDE)
    names = {study.failed().name: f"left by month {FAILED_MONTHS:g}: {OUTSIDE}"}
    names[inside.name] = f"left by month {FAILED_MONTHS:g}: {INSIDE}"
    table = common.estimate_table([study.ratio(), study.failed(), inside])
    table["label"] = table["label"].replace(names)
    text = "The ratio is of customers at the same tenure"
    text += f"{''.join(f', {name}' for name in study.strata)}{study.who.told}; the shares count "
    text += "customers still here as still here."
    draw = partial(figures.forest, _by_side(study), name="churn rate ÷ that inside the key results")
    return Part("Outside against inside the key results", table, text, draw, (8.0, 2.4))


def _by_side(study: FitStudy) -> pd.DataFrame:
    """The ratio of all outside, and of each kind of outside where both are there."""
    rows = [("something else, all", study.ratio())]
    there = set(study.three.counts["expects"])
    if {OTHER_KIND, UNIQUE} <= there:
        rows += [(words, study.ratio(only=side)) for side, words in SIDES[1:]]
    found = [(label, e.value, e.ci_low, e.ci_high) for label, e in rows]
    return pd.DataFrame(found, columns=["label", "value", "ci_low", "ci_high"])


def _curves(study: FitStudy) -> Part:
    """Still here, by what was expected."""
    draw = partial(figures.survival_curves, study.curves)
    table = common.curve_table(study.curves, MONTHS)
    return Part("Still here, by what was expected", table, "", draw, (8.0, 4.8))


def _second_road(study: FitStudy) -> Part:
    """The ratio from a Poisson regression with a rate of its own in spans of tenure."""
    counts = study.fair_table.total([*study.strata, "fit"]).counts.rename(columns={"fit": "state"})
    other, kit = second_road.poisson_ratio(counts, study.strata, above=OUTSIDE), study.ratio()
    rows = [("Cox, from counts", kit), ("Poisson regression on customer-days", other)]
    shown = [(road, e.value, e.ci_low, e.ci_high) for road, e in rows]
    table = pd.DataFrame(shown, columns=["road", "value", "ci_low", "ci_high"])
    apart = abs(other.value / kit.value - 1) if other.value and kit.value else None
    text = f"They are {value_text(apart, 'share', exact=True)} apart."
    return Part("Two roads", table.assign(scale="ratio"), text)


def _many(study: FitStudy, other: FitStudy | None) -> Part:
    """Defensible choices, and how many lie surely beyond the smallest ratio that counts."""
    table = analyses(study, other)
    beyond = int((table["ci_low"] > 1.25).sum())
    text = f"{beyond} of {len(table)} analyses lie surely beyond 1.25, the smallest that counts."
    draw = partial(figures.specification_dots, table, scale="ratio", null=1.0, region=(2.0, None))
    size = (8.0, 1.0 + 0.36 * max(len(table), 1))
    return Part("Many analysts: expectations", table, text, draw, size)


def analyses(study: FitStudy, other: FitStudy | None) -> pd.DataFrame:
    """The ratio over what is held equal, who counts as outside, and which half chooses."""
    subsets = [()] + [(one,) for one in study.strata]
    subsets += [study.strata] if len(study.strata) > 1 else []
    rows: list[tuple[str, Estimate]] = []
    for subset in subsets:
        label = f"same {' and '.join(subset)}" if subset else "only tenure held equal"
        rows.append((label, study.ratio(subset)))
    if {OTHER_KIND, UNIQUE} <= set(study.three.counts["expects"]):
        for only, words in SIDES[1:]:
            rows.append((f"outside is only: {words}", study.ratio(only=only)))
    if other is not None:
        rows.append(("the other half chooses", other.ratio()))
    found = [(label, e.value, e.ci_low, e.ci_high) for label, e in rows if e.value is not None]
    columns = ["label", "value", "ci_low", "ci_high"]
    return pd.DataFrame(found, columns=columns).assign(scale="ratio")
