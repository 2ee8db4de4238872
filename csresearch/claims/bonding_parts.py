"""C11 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from functools import partial

import pandas as pd

from csresearch import figures, second_road
from csresearch.claims import bonding_words as words
from csresearch.claims import common
from csresearch.claims.bonding_study import EARLY, LATE, Study, fall_of, level_of, words_of
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate, Part
from csresearch.sensitivity import e_value
from csresearch.survival.piecewise import piecewise_rate_ratio
from csresearch.survival.since_event import BEFORE, SINCE

WINDOWS = (
    (EARLY, LATE),
    ((0.0, 3.0), (12.0, 24.0)),
    ((0.0, 6.0), (9.0, 18.0)),
    ((0.0, 6.0), (12.0, None)),
    ((0.0, 12.0), (12.0, 24.0)),
    ((3.0, 9.0), (12.0, 24.0)),
)


def parts(
    company: Company, study: Study, primary: Estimate, reasons: tuple[str, ...]
) -> common.Parts:
    """Every step of the notebook, by name."""
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(study),
            "naive": lambda: _naive(study),
            "fair": lambda: _fair(study, primary),
            "by_time": lambda: _by_time(study),
            "change": lambda: _change(study),
            "sorting": lambda: _sorting(study),
            "second_road": lambda: _second_road(study, primary),
            "many_analysts": lambda: _many(study, primary),
            "limits": lambda: common.limits_part(reasons, _e_values(primary)),
        }
    )


def _e_values(primary: Estimate) -> list[Estimate]:
    """How strong an unmeasured cause would have to be."""
    return [e_value(primary)] if primary.value else []


def _first_look(study: Study) -> Part:
    """Churn rates by time since the first result."""
    rates = study.rates[study.rates["exposure"] > 0]
    table = pd.DataFrame(
        {
            "label": [words_of(level) for level in rates[SINCE]],
            "customer_months": (rates["exposure"] / DAYS_PER_MONTH).round().astype(int),
            "churned": rates["observed"].astype(int),
            "value": rates["rate"] * DAYS_PER_MONTH,
            "ci_low": rates["ci_low"] * DAYS_PER_MONTH,
            "ci_high": rates["ci_high"] * DAYS_PER_MONTH,
            "scale": "share",
        }
    )
    months = table["label"].str.extract(r"(\d+)", expand=False).astype(float).fillna(-1.0)
    table = table.iloc[months.argsort(kind="stable")].reset_index(drop=True)
    text = (
        "Value is the churn rate per customer-month by time since the first result, with its "
        "exact 95 % interval."
    )
    return Part("Time since the first result", table, text, partial(figures.rates_by_band, table))


def _naive(study: Study) -> Part:
    """The tempting number beside what it would be without bonding."""
    table = common.estimate_table([study.naive, study.benchmark, study.sorting])
    text = (
        "The second row is what the first would be if customers with a result left just like "
        "those without at the same tenure; the third what it would be if customers only differed "
        "and nobody ever changed."
    )
    return Part("The rate falls after the first result (naive)", table, text)


def _fair(study: Study, primary: Estimate) -> Part:
    """The primary number."""
    held = f"{', '.join(['tenure', *study.strata])}{study.who.told}"
    text = f"Held equal: {held}. {study.fair_table.n_events:,} customers churned."
    return Part("The fair fall of the rate", common.estimate_table([primary]), text)


def _by_time(study: Study) -> Part:
    """The ratio by time since the first result."""
    table = study.by_time
    text = (
        "Each row is the churn rate so long after the first result ÷ that of customers without "
        "results at the same tenure. Bonding makes the rows fall; a first result that helps at "
        "once makes all of them low."
    )
    draw = partial(figures.forest, table, name="churn rate ÷ without results, same tenure")
    return Part("With results against without, by time since the first", table, text, draw)


def _change(study: Study) -> Part:
    """Change point and plateau."""
    title, change, level = "When the rate changes", study.change, study.plateau
    if change is None:
        return Part(title, text=words.change_text(study))
    months = DAYS_PER_MONTH
    rows = [
        ("months from the first result to the change", change.day, 1 / months, "months"),
        ("churn per month before it", change.before, months, "share"),
        ("churn per month after it", change.after, months, "share"),
        ("rate after ÷ before", change.ratio, 1.0, "ratio"),
    ]
    if level is not None:
        rows += [
            ("rate after it, change per further year (1: level)", level.trend, 1.0, "ratio"),
            ("with a first result who stay until it", level.reaching, 1.0, "share"),
            ("still customers who are past it", level.current_past, 1.0, "share"),
        ]
    scaled = [
        (label, *(None if x is None else x * by for x in (i.value, i.ci_low, i.ci_high)), scale)
        for label, i, by, scale in rows
    ]
    table = pd.DataFrame(scaled, columns=["label", "value", "ci_low", "ci_high", "scale"])
    return Part(title, table, words.change_text(study))


def _sorting(study: Study) -> Part:
    """Observed rates beside what sorting alone would make of them, and beside one turn."""
    title = "Bonding, or the weak leaving first"
    if study.turn is None:
        return Part(title, text=words.sorting_text(study))
    monthly = study.monthly
    n_months = int(monthly["month"].max())
    sorting = study.turn.sorting.hazards(n_months)[monthly["month"].to_numpy() - 1]
    turned = monthly["month"].to_numpy() > study.turn.turn
    table = monthly.assign(
        sorting=sorting, turn=[study.turn.after if after else study.turn.before for after in turned]
    )
    shown = _quarters(table)
    draw = partial(figures.hazard_and_explanations, shown)
    return Part(title, shown, words.sorting_text(study), draw)


def _quarters(table: pd.DataFrame) -> pd.DataFrame:
    """Three months a row: single months hold too few who left to be looked at."""
    quarter = (table["month"] - 1) // 3
    weighted = table.assign(
        sorting=table["sorting"] * table["at_risk"], turn=table["turn"] * table["at_risk"]
    )
    sums = weighted.groupby(quarter)[["at_risk", "observed", "sorting", "turn"]].sum()
    lived = sums["at_risk"]
    rows = {
        "months": [f"{3 * q:.0f}–{3 * q + 3:.0f}" for q in sums.index],
        "customer_months": lived.round().astype(int).to_numpy(),
        "churned": sums["observed"].astype(int).to_numpy(),
        "share_leaving": (sums["observed"] / lived).to_numpy(),
        "share_if_sorting": (sums["sorting"] / lived).to_numpy(),
        "share_if_turn": (sums["turn"] / lived).to_numpy(),
    }
    return pd.DataFrame(rows)


def _second_road(study: Study, primary: Estimate) -> Part:
    """A Poisson regression and expected events, both on the same windows."""
    if primary.value is None:
        return second_road.agreement(None)
    return second_road.agreement(primary, _poisson(study), study.standardised)


def _poisson(study: Study) -> Estimate:
    """The same contrast in a Poisson regression: late is early times one factor."""
    table = study.fair_table.total([*study.strata, SINCE])
    levels = sorted(set(table.counts[SINCE]))
    early, late = level_of(EARLY), level_of(LATE)
    others = [name for name in levels if name not in (early, late, BEFORE)]
    design = pd.DataFrame({name: [float(x == name) for x in levels] for name in others}, levels)
    design["both"] = [float(x in (early, late)) for x in levels]
    design["fall"] = [float(x == late) for x in levels]
    cuts = [months * DAYS_PER_MONTH for months in second_road.CUTS_MONTHS]
    fit = piecewise_rate_ratio(table, SINCE, design, cuts_days=cuts, strata=study.strata)
    one = fit.ratio("fall")
    return Estimate("Poisson regression on customer-days", one.value, one.ci_low, one.ci_high)


def _many(study: Study, primary: Estimate) -> Part:
    """Other windows and other things held equal, and how many agree."""
    held = list(dict.fromkeys([study.strata, study.strata[:1], ()]))
    rows = []
    for early, late in WINDOWS:
        counts = study.since(early, late)
        for strata in held:
            found = fall_of(counts, level_of(early), level_of(late), strata)
            label = f"{_window(late)} ÷ {_window(early)}, {', '.join(strata) or 'tenure only'}"
            rows.append((label, found.value, found.ci_low, found.ci_high, "ratio"))
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])
    table = table[table["value"].notna()].reset_index(drop=True)
    beyond = int((table["ci_high"] < 1).sum())
    inside = int((table["value"] <= primary.claimed_region[1]).sum())
    text = (
        "Months after the first result, late ÷ early, and what else than tenure is held equal. "
        f"{beyond} of {len(table)} analyses find a fall surely steeper than without results; "
        f"{inside} fall into the claimed {primary.claimed_region[1]:g} or less."
    )
    draw = partial(figures.specification_dots, table, region=primary.claimed_region)
    return Part("Many analysts", table, text, draw, (8.0, 0.9 + 0.32 * max(len(table), 1)))


def _window(window: tuple[float, float | None]) -> str:
    """A window in words."""
    low, high = window
    return f"{low:g}–{high:g}" if high else f"{low:g}+"
