"""C14 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd

from csresearch import figures
from csresearch.claims import common
from csresearch.claims import wins_steps as steps
from csresearch.claims.beside_conflict import conflict_money, conflict_renewals
from csresearch.claims.happy import cut_text
from csresearch.claims.quadrants import SHIFTS
from csresearch.claims.results_words import listed
from csresearch.claims.wins_study import LAG_DAYS, Study
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Part
from csresearch.findings.labels import value_text

SPANS_MONTHS = (3, 6, 12, 24)
REGION = (1.5, None)
MOVED = {-1: "lower cut", 0: "", 1: "higher cut"}


def parts(company: Company, study: Study, reasons: tuple[str, ...]) -> common.Parts:
    """Every step of the notebook, by name."""
    return common.Parts(
        {
            "data": lambda: _data(company, study),
            "first_look": lambda: _first_look(study),
            "naive": lambda: _naive(study),
            "fair": lambda: _fair(study),
            "adjusted": lambda: _adjusted(study),
            "by_tenure": lambda: _by_tenure(study),
            "renewals": lambda: conflict_renewals(study),
            "money": lambda: conflict_money(study),
            "many_analysts": lambda: _many(study),
            "limits": lambda: common.limits_part(reasons, study.e_values),
        }
    )


def _data(company: Company, study: Study) -> Part:
    """What was loaded, and what counts as happy."""
    text = f"{company.data_summary.text} {cut_text(study.cuts)}"
    return Part("What was loaded", company.row_counts, text)


def _first_look(study: Study) -> Part:
    """Time, churn and rate in each state."""
    table = steps.state_rates(study.table, DAYS_PER_MONTH)
    text = (
        "Value is the churn rate per customer-month, all tenures together, with its exact 95 % "
        "interval; a customer moves from row to row as results are reached and answers given."
    )
    draw = partial(figures.rates_by_band, table)
    size = (8.0, 1.0 + 0.5 * len(table))
    return Part("Churn in each state", table, text, draw, size)


def _naive(study: Study) -> Part:
    """The tempting ratio beside what it would be if neither mattered."""
    table = common.estimate_table([study.naive, study.no_effect])
    text = (
        f"The plain ratio is {value_text(study.naive.value, 'ratio')}; if neither mattered it "
        f"would be about {value_text(study.no_effect.value, 'ratio')}."
    )
    return Part("By the last score and ever a result (naive)", table, text)


def _fair(study: Study) -> Part:
    """The primary ratio, with and without the strata, and with a lag."""
    crude = steps.conflict_ratio(study.table, (), name="results and answers count from their day")
    rows = [crude]
    if study.who.n_left_out:
        rows.append(steps.conflict_ratio(study.fair_table, (), name=study.who.step))
    if study.strata:
        same = listed(list(study.strata))
        rows.append(replace(study.wins.conflict, name=f"same {same} (judged)"))
    table = common.estimate_table([study.naive, *rows, study.lagged])
    draw = partial(figures.forest, table, null=1.0, region=REGION)
    text = (
        f"{study.n_events_in_conflict:,} customers left while happy without results or unhappy "
        f"with them{study.who.told}. The last row asks that answers and results be "
        f"{LAG_DAYS:.0f} days old."
    )
    return Part("Happy without results ÷ unhappy with results", table, text, draw, (8.0, 3.0))


def _adjusted(study: Study) -> Part:
    """Each of the two adjusted for the other."""
    table = common.estimate_table([study.wins.results, study.wins.satisfaction])
    states = steps.against_the_best(study.fair_table, study.strata)
    states = states.assign(label=[f"{one} ÷ happy, results" for one in states["label"]])
    both = pd.concat([table, states], ignore_index=True) if len(states) else table
    draw = partial(figures.forest, both, null=1.0)
    text = _which(study)
    size = (8.0, 1.2 + 0.45 * len(both))
    return Part("Each at the same level of the other", both, text, draw, size)


def _which(study: Study) -> str:
    """Which of the two the rates follow more."""
    first, second = study.wins.results, study.wins.satisfaction
    if not first.value or not second.value or first.ci_low is None or second.ci_low is None:
        return "The two cannot be set against each other on this data."
    told = []
    for name, one in (("results", first), ("satisfaction", second)):
        sure = one.excludes(1)
        told.append(f"The churn rate {'follows' if sure else 'does not surely follow'} {name}.")
    return " ".join(told)


def _by_tenure(study: Study) -> Part:
    """The conflict ratio by span of tenure."""
    edges = [0.0, *(month * DAYS_PER_MONTH for month in SPANS_MONTHS), float("inf")]
    after, up_to = pd.Series(edges[:-1]), pd.Series(edges[1:])
    spans = list(zip(common.span_labels(after, up_to), after, up_to, strict=True))
    table = steps.by_tenure(_without_groups(study.fair_table), study.strata, spans)
    title = "The ratio by tenure"
    if table.empty:
        return Part(title, text="No churn to compare.")
    text = "One ratio for all tenures is an average of these rows."
    return Part(title, table, text, partial(figures.ratio_by_tenure, table))


def _many(study: Study) -> Part:
    """Defensible choices, and how many find results weighing more."""
    table = many_analysts(study)
    beyond = int((table["ci_low"] > 1).sum())
    text = (
        f"{beyond} of {len(table)} analyses find the happy without results leaving surely faster; "
        f"{int((table['ci_high'] < 1).sum())} find the unhappy with results leaving surely faster. "
        "Rows name what is held equal beside tenure; the cut of happy is moved by one step; lag: "
        f"answers and results {LAG_DAYS:.0f} days old."
    )
    draw = partial(figures.specification_dots, table, null=1.0, region=REGION)
    return Part("Many analysts", table, text, draw, (8.0, 0.9 + 0.34 * max(len(table), 1)))


def many_analysts(study: Study) -> pd.DataFrame:
    """The conflict ratio over where happy begins, what is held equal, and a lag.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, scale``, sorted; customers of one parent are
        taken for separate ones here.
    """
    names = study.strata
    subsets = [()] + [(one,) for one in names] + ([names] if len(names) > 1 else [])
    rows = []
    for scanned, lag in ((study.scanned, ""), (study.scanned_lagged, "lag")):
        for shift in SHIFTS:
            table = _without_groups(study.states_of(scanned, shift=shift))
            for subset in subsets:
                held = " and ".join(subset) if subset else "nothing but tenure"
                label = ", ".join(filter(None, [held, MOVED[shift], lag]))
                one = steps.conflict_ratio(table, subset)
                rows.append((label, one.value, one.ci_low, one.ci_high))
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high"])
    return table.assign(scale="ratio").sort_values("value", ignore_index=True)


def _without_groups(table: EventTable) -> EventTable:
    """The table by strata and state only."""
    return table.total(tuple(name for name in table.by if name != steps.GROUP))
