"""C12 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from functools import partial

from csresearch import figures, second_road
from csresearch.claims import common
from csresearch.claims.process_steps import (
    OWN,
    STANDARD,
    Ways,
    many_analysts,
    tenure_table,
    ways_table,
)
from csresearch.claims.process_words import listed
from csresearch.claims.waiting import waiting_rows
from csresearch.company import Company
from csresearch.findings.estimates import Estimate, Part
from csresearch.survival.curves import survival_curves

LANDMARKS_DAYS = (30.0, 90.0)
HORIZON_MONTHS = 24.0


def parts(
    company: Company, ways: Ways, primary: Estimate, reasons: tuple[str, ...]
) -> common.Parts:
    """Every step of the notebook, by name."""
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(ways),
            "naive": lambda: _naive(ways),
            "fair": lambda: _fair(ways, primary),
            "curves": lambda: _curves(ways),
            "by_tenure": lambda: _by_tenure(ways, primary),
            "second_road": lambda: _second_road(ways, primary),
            "many_analysts": lambda: _many(ways, primary),
            "limits": lambda: common.limits_part(reasons, ways.e_values),
        }
    )


def _first_look(ways: Ways) -> Part:
    """Customers and rates by process."""
    text = "Rates are per 100 customer-months: waiting for a first result, and as a customer."
    return Part("Who follows which process", ways_table(ways), text)


def _naive(ways: Ways) -> Part:
    """The tempting ratio beside what it would be if only the strata decided."""
    table = common.estimate_table(ways.plain)
    held = f"their {listed(ways.strata)}" if ways.strata else "nothing that is recorded"
    text = f"The second row is what the plain ratio would be if only {held} decided about results."
    return Part("Shares with a result, own way ÷ standard (naive)", table, text)


def _fair(ways: Ways, primary: Estimate) -> Part:
    """The primary number, and churn."""
    text = (
        f"Held equal: {listed(('tenure', *ways.strata))}{ways.who.told}. {ways.n_results:,} first "
        "results were reached under observation; who leaves without one is censored."
    )
    table = common.estimate_table([primary, ways.churn])
    return Part("Rates, own way ÷ standard", table, text)


def _curves(ways: Ways) -> Part:
    """Still waiting, by process; nothing held equal."""
    title = "Still waiting for a first result, by process"
    curves = survival_curves(ways.results.total(["process"]), "process")
    names = {STANDARD: "standard", OWN: "own way"}
    named = {names[level]: curves[level] for level in names if level in curves}
    if any(curve.starts_on is None for curve in named.values()):
        return Part(title, text="Too few follow one of the processes to draw curves.")
    draw = partial(
        figures.survival_curves, named, horizon_months=HORIZON_MONTHS, name="still waiting"
    )
    text = "Nothing but tenure is held equal here."
    return Part(title, common.curve_table(named, (3, 6, 12)), text, draw, (8.0, 4.6))


def _by_tenure(ways: Ways, primary: Estimate) -> Part:
    """The ratio by tenure: a process recorded afterwards shows early."""
    table = tenure_table(ways)
    text = (
        "If who failed early was called a customer on an own way afterwards, the ratio is far "
        "lower in the first months than later."
    )
    name = "rate of first results, own way ÷ standard"
    draw = partial(figures.ratio_by_tenure, table, overall=primary.value, name=name)
    return Part("The ratio by tenure", table, text, draw)


def _second_road(ways: Ways, primary: Estimate) -> Part:
    """The same ratio from rows, by lifelines."""
    rows = waiting_rows(ways.lives, ["process", *ways.strata])
    rows = rows.dropna(subset=list(ways.who.columns))
    rows[list(ways.strata)] = rows[list(ways.strata)].astype(object).fillna("(not recorded)")
    rows["own"] = (rows["process"] == OWN).astype(float)
    cox = second_road.cox_ratio(rows, "own", ways.strata, entry=True)
    return second_road.agreement(primary, cox)


def _many(ways: Ways, primary: Estimate) -> Part:
    """Defensible choices, and how many find the own way slower."""
    table = many_analysts(ways, LANDMARKS_DAYS)
    known = table[table["ci_high"].notna()]
    below = int((known["ci_high"] < 1).sum())
    text = f"In {below} of {len(known)} analyses the own way is surely slower."
    draw = partial(figures.forest, table, region=(None, 0.67), name="own way ÷ standard")
    return Part("Many analysts", table, text, draw, (8.0, 1.0 + 0.34 * max(len(table), 1)))
