"""C13 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from csresearch import figures
from csresearch.claims import common, money
from csresearch.claims import priorities_words as words
from csresearch.claims.happy import cut_text
from csresearch.claims.moods import HAPPY, UNHAPPY
from csresearch.claims.priorities_lists import ActionList, action_lists
from csresearch.claims.priorities_naive import naive_gaps
from csresearch.claims.priorities_steps import (
    ALL_HAPPY,
    AS_IS,
    MAIN,
    MATURITY,
    MOOD,
    RESULT,
    RESULTS,
    WITHOUT,
    Priorities,
    references_of,
)
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Part
from csresearch.survival.intervals import ratio_interval
from csresearch.survival.kept import fit_kept
from csresearch.survival.rates import split_exposure
from csresearch.survival.scenarios import Scenarios, expected_kept

LAGS_DAYS = (28.0, 90.0)
SECOND_EDGES_DAYS = tuple(m * DAYS_PER_MONTH for m in (3, 6, 11.5, 12.5, 18, 23.5, 24.5, 36))
NOTHING = "none, surely"
NAMES = {RESULT: "result", MOOD: "latest answer"}


def parts(study: Priorities, kept: Scenarios, reasons: tuple[str, ...]) -> common.Parts:
    """Every step of the notebook, by name."""
    lists = _Once(lambda: action_lists(study))
    return common.Parts(
        {
            "data": lambda: common.data_part(study.company),
            "first_look": lambda: _first_look(study),
            "naive": lambda: _naive(study),
            "factors": lambda: _factors(study),
            "fair": lambda: _fair(study, kept),
            "ranking": lambda: _ranking(study),
            "money": lambda: _money(study),
            "second_road": lambda: _second_road(study, kept),
            "many_analysts": lambda: _many(study, kept),
            "without_results": lambda: _list(study, lists(), "customers_without_results"),
            "new_low": lambda: _list(study, lists(), "new_customers_low_group"),
            "limits": lambda: common.limits_part(reasons),
        }
    )


class _Once:
    """A value made when it is first asked for."""

    def __init__(self, make):
        self._make, self._made = make, None

    def __call__(self):
        self._made = self._make() if self._made is None else self._made
        return self._made


def _first_look(study: Priorities) -> Part:
    """Today's customers by maturity, result and mood."""
    today = study.today.assign(
        without=study.today["customers"].where(study.today[RESULT] == WITHOUT, 0),
        unhappy=study.today["customers"].where(study.today[MOOD] == UNHAPPY, 0),
    )
    failing = (today[RESULT] == WITHOUT) & (today[MOOD] == HAPPY)
    today["happy and failing"] = today["customers"].where(failing, 0)
    columns = ["customers", "without", "unhappy", "happy and failing"]
    if MATURITY in study.strata:
        table = today.groupby(MATURITY)[columns].sum()
        order = [band for band in study.company.bands.labels if band in table.index]
        table = table.loc[[*order, *(b for b in table.index if b not in order)]].reset_index()
    else:
        table = today[columns].sum().to_frame().T.astype(int)
    text = "Customers here today; without: no result yet; failing: no result yet."
    told = f" {cut_text(study.cuts)}" if study.cuts else " No answers are known."
    return Part("Who is here today", table.rename(columns={"without": "without results"}),
                text + told)  # fmt: skip


def _naive(study: Priorities) -> Part:
    """Shares left so far, and what they seem to promise."""
    table = naive_gaps(study)
    text = (
        "Share left so far of who was last without (no result, unhappy) and with (result, happy); "
        "value is what closing the gap seems to keep, in points of customers."
    )
    return Part("What plain shares promise (naive)", table, text)


def _factors(study: Priorities) -> Part:
    """What multiplies the churn rate, all else held equal."""
    rows = []
    for (name, level), place in study.model.factors.items():
        one = ratio_interval(
            float(study.model.coef[place]), float(study.model.covariance[place, place]) ** 0.5
        )
        rows.append((f"{NAMES.get(name, name)}: {level}", one.value, one.ci_low, one.ci_high))
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high"])
    table = table.assign(scale="ratio")
    base = "; ".join(f"{NAMES.get(n, n)}: {level}" for n, level in _references(study).items())
    text = f"Churn rate at the same tenure, all else equal, against {base}."
    draw = partial(figures.forest, table, name="times the churn rate")
    return Part("What goes with leaving", table, text, draw, (8.0, 0.9 + 0.4 * len(table)))


def _references(study: Priorities) -> dict[str, str]:
    """The level of each column that has no factor."""
    return references_of(study.split, study.strata)


def scenario_table(study: Priorities, kept: Scenarios, weight: str = "customers") -> pd.DataFrame:
    """One row a scenario: what it changes, what is kept, how much more, and per hundred changed."""
    frame, changed = kept.frame, study.changed(weight)
    some = frame["scenario"].map(changed)
    return pd.DataFrame(
        {
            "scenario": frame["scenario"],
            "changed": some,
            "kept": frame["kept"],
            "ci_low": frame["ci_low"],
            "ci_high": frame["ci_high"],
            "more": frame["difference"],
            "more_from": frame["difference_ci_low"],
            "more_to": frame["difference_ci_high"],
            "more_per_hundred": 100 * frame["difference"] / some.where(some > 0),
        }
    )


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Customers and money in whole numbers."""
    whole = [c for c in table if c not in ("scenario", "more_per_hundred")]
    return (
        table.astype({name: "float64" for name in whole})
        .round(0)
        .astype({name: "Int64" for name in whole})
    )


def _fair(study: Priorities, kept: Scenarios) -> Part:
    """Expected customers kept over 12 months under each scenario."""
    table = scenario_table(study, kept)
    total = kept.total
    drawn = pd.DataFrame(
        {
            "label": table["scenario"],
            "value": table["more"] / total,
            "ci_low": table["more_from"] / total,
            "ci_high": table["more_to"] / total,
        }
    ).iloc[1:]
    text = (
        f"Of {total:,.0f} customers here today, over 12 months. Changed: for how many the scenario "
        f"changes something. {words.ASSUMED}"
    )
    if study.left_out:
        text += f" Left out: {'; '.join(study.left_out)}."
    draw = partial(
        figures.forest, drawn.reset_index(drop=True), scale="points", null=0.0,
        name="more kept, points of all customers",
    )  # fmt: skip
    size = (8.0, 0.9 + 0.45 * max(len(drawn), 1))
    return Part("Customers expected to be kept", _rounded(table), text, draw, size)


def _ranking(study: Priorities) -> Part:
    """How often each order comes in draws from the uncertainty."""
    title, names = "How stable the ranking is", [n for n in MAIN if n in study.scenarios]
    if len(names) < 2:
        return Part(title, text="There are not two things to rank.")
    found = expected_kept(
        study.model, study.today, {n: study.scenarios[n] for n in names}, days=study.days
    )
    table = found.rankings.head(6)
    best = found.frame.loc[found.frame["best"].idxmax()]
    text = words.stability(float(best["best"]), str(best["scenario"]))
    return Part(title, table, text, prose=True)


def _money(study: Priorities) -> Part:
    """The same in revenue."""
    lacks = money.money_lacks(study.company)
    if lacks or not study.today["revenue"].sum() > 0:
        return Part(money.TITLE, text=lacks or "No customer here today has revenue above 0.")
    table = _rounded(scenario_table(study, study.kept("revenue"), "revenue"))
    text = "Recurring revenue of the customers here today, at its level at their start."
    return Part("Revenue expected to be kept", table, text + money.without_revenue(study.company))


def _second_road(study: Priorities, kept: Scenarios) -> Part:
    """Rates of their own for every band and every state, instead of factors that multiply."""
    title = "The same with rates of their own in every band"
    own = [MATURITY] if MATURITY in study.strata else []
    split = split_exposure(study.table.total([*own, RESULT, MOOD]), SECOND_EDGES_DAYS)
    split["state"] = split[RESULT] + ", " + split[MOOD]
    today = study.today.assign(state=study.today[RESULT] + ", " + study.today[MOOD])
    reference = f"{WITHOUT}, {UNHAPPY}" if study.cuts else f"{WITHOUT}, no answer"
    place = len(study.columns) - 2
    states = {
        name: [f"{s[place]}, {s[place + 1]}" for s in found]
        for name, found in study.scenarios.items()
        if name in (AS_IS, RESULTS, ALL_HAPPY)
    }
    try:
        model = fit_kept(split, "state", reference=reference, strata=own)
        other = expected_kept(model, today, states, days=study.days).frame
    except ValueError as error:
        return Part(title, text=f"Too few customers for that: {error}.")
    both = kept.frame.set_index("scenario").loc[other["scenario"]]
    table = pd.DataFrame(
        {
            "scenario": other["scenario"],
            "kept": both["kept"].to_numpy(),
            "kept_second_road": other["kept"],
            "from": other["ci_low"],
            "to": other["ci_high"],
        }
    )
    whole = table.drop(columns="scenario").round(0).astype("Int64")
    text = "Each state of result and answer has a factor of its own, in place of two that multiply."
    return Part(title, whole.assign(scenario=table["scenario"])[list(table)], text)


def _many(study: Priorities, kept: Scenarios) -> Part:
    """Defensible choices, and which scenario leads in each."""
    rows = [_analyst("as above", study, kept)]
    variants = {f"{lag:.0f}-day lag": replace(study, lag_days=lag, like=study) for lag in LAGS_DAYS}
    own = tuple(name for name in study.strata if name == MATURITY)
    variants["segments left out"] = replace(study, strata=own, like=study)
    rows += [_analyst(label, other, other.kept()) for label, other in variants.items()]
    table = pd.DataFrame(rows)
    same = int((table["leads"] == table["leads"].iloc[0]).sum())
    first = table["leads"].iloc[0]
    told = f"{first} keeps the most" if first != NOTHING else "no scenario surely keeps more"
    text = f"In {same} of {len(table)} analyses {told}. Numbers: customers kept more than now."
    return Part("Many analysts", table, text)


def _analyst(label: str, study: Priorities, kept: Scenarios) -> dict[str, object]:
    """One analysis: how many more each scenario keeps, and which leads."""
    frame = kept.frame.set_index("scenario")
    found = {
        name: round(float(frame.loc[name, "difference"])) for name in MAIN if name in frame.index
    }
    return {"label": label, **found, "leads": words.leader(kept.frame) or NOTHING}


def _list(study: Priorities, lists: Sequence[ActionList], name: str) -> Part:
    """One of the action lists, in numbers."""
    for one in lists:
        if one.name == name:
            return one.part(study.company.config.smallest_cell)
    return Part("Action list", text="These data cannot say who would be on it.")
