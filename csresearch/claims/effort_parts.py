"""C8 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from functools import partial

import pandas as pd

from csresearch import figures
from csresearch.claims import common
from csresearch.claims.beside_effort import effort_money, effort_renewals
from csresearch.claims.effort_programme import CHOSEN, arms_table
from csresearch.claims.effort_steps import MARGIN, bands_only
from csresearch.claims.effort_study import HORIZON_MONTHS, Study
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate, Part
from csresearch.survival.curves import survival_curves

NOT_ASSIGNED = "Nothing to show: "
ARMS = {"with": "programme", "without": "none"}


def parts(study: Study, high: Estimate, reasons: tuple[str, ...]) -> common.Parts:
    """Every step of the notebook, by name."""
    return common.Parts(
        {
            "data": lambda: common.data_part(study.company),
            "first_look": lambda: _first_look(study),
            "signals": lambda: _signals(study),
            "naive": lambda: _naive(study),
            "fair": lambda: _fair(study),
            "observed": lambda: _observed(study),
            "curves": lambda: _curves(study),
            "first_results": lambda: _first_results(study),
            "renewals": lambda: effort_renewals(study),
            "money": lambda: effort_money(study),
            "many_analysts": lambda: _many(study, high),
            "limits": lambda: common.limits_part(reasons),
        }
    )


def _first_look(study: Study) -> Part:
    """Each band's share of customers, of hours, of what customers asked for, and of churn."""
    bands = study.bands
    table = pd.DataFrame({"band": bands["band"]})
    columns = (("customers", "customers"), ("churned", "churn"), ("hours", "hours"),
               ("asked", "requests"))  # fmt: skip
    for column, name in columns:
        total = bands[column].sum()
        table[f"share_of_{name}"] = bands[column] / total if total else None
    table["hours_per_month"] = bands["hours"] / bands["months"]
    table["requests_per_month"] = bands["asked"] / bands["months"]
    text = "Hours and requests are per customer and month; requests are what customers asked for."
    if not study.company.has("efforts.initiated_by"):
        text += " These data do not say who asked, so nothing counts as a request."
    return Part("Who gets effort and who asks for it", table, text,
                partial(figures.effort_shares, table), (8.0, 4.6))  # fmt: skip


def _signals(study: Study) -> Part:
    """Does effort follow signs of trouble?"""
    table = study.signals
    shown = table.assign(ci_low=None, ci_high=None)
    text = (
        "Hours a customer-month with the sign, and of customers without it in the same band at "
        "the same tenure. Above 1 effort follows the sign."
    )
    draw = partial(figures.forest, shown, name="hours with the sign ÷ without")
    return Part("Does effort follow signs of trouble?", table, text, draw, (8.0, 2.6))


def _naive(study: Study) -> Part:
    """The tempting ratio beside what it would be if effort did nothing."""
    table = common.estimate_table([study.naive, study.no_effect])
    text = "Who stays longer collects more hours, whatever the hours do."
    return Part("Much effort against little, in all (naive)", table, text)


def _fair(study: Study) -> Part:
    """The ratio within each band and their ratio, by intention to treat."""
    title = "In the programme against not, within each band"
    why = study.assignment.why
    if not study.assigned:
        return Part(title, text=f"{NOT_ASSIGNED}{why}.")
    gap = study.interaction_of(study.by_programme, assigned=True)
    table = _by_band(study, study.by_programme, gap)
    counts = arms_table(study.assignment)
    sizes = ", ".join(f"{n:,} {arm}" for arm, n in counts.groupby("arm")["customers"].sum().items())
    text = f"{study.assignment.design.capitalize()}: {why}. Customers: {sizes}."
    draw = partial(figures.forest, table, name="churn rate, programme ÷ none")
    return Part(title, table, text, draw, (8.0, 1.2 + 0.55 * len(table)))


def _by_band(study: Study, ratios: dict[str, Estimate], gap: Estimate) -> pd.DataFrame:
    """Each band's ratio and the last one ÷ the low one, a row each."""
    labels = [*ratios, f"{study.high} ÷ {' and '.join(study.low)}"]
    return common.estimate_table([*ratios.values(), gap]).assign(label=labels)


def _observed(study: Study) -> Part:
    """The lagged and adjusted ratio within each band, which no assignment backs."""
    gap = study.interaction_of(study.observed, assigned=False)
    table = _by_band(study, study.observed, gap)
    within = [c.replace("_day", "") for c in study.strata_of(study.observed_table)]
    same = f", same {' and '.join(within)}" if within else ""
    text = (
        f"More hours of the team than the average in {study.window_days:.0f} days, at least "
        f"{study.lag_days:.0f} days old and before notice, at the same tenure{same}. Not "
        "identifiable: who gets more effort may be leaving more, or less, for other reasons."
    )
    draw = partial(figures.forest, table, name="churn rate, more ÷ less effort")
    return Part("More against less effort, within each band", table, text, draw,
                (8.0, 1.2 + 0.55 * len(table)))  # fmt: skip


def _curves(study: Study) -> Part:
    """Still here, in the programme and not, in the highest and the lowest band."""
    title = "Still here, in the programme and not"
    if study.assignment.design == CHOSEN:
        return Part(title, text=f"{NOT_ASSIGNED}{study.assignment.why}.")
    bands = (study.company.bands.labels[0], study.high)
    table = bands_only(study.assignment.table(), bands).total(["maturity", "state"])
    if table.counts.empty:
        return Part(title, text="Nothing to show: nobody of these bands took part.")
    arm = table.counts["maturity"].astype(str) + ", " + table.counts["state"].map(ARMS)
    curves = survival_curves(EventTable.from_counts(table.counts.assign(arm=arm), ["arm"]), "arm")
    months = (6, 12, 24)
    shown = common.curve_table(curves, months)
    return Part(title, shown, "", partial(figures.survival_curves, curves), (8.0, 4.8))


def _first_results(study: Study) -> Part:
    """Do the best prepared reach results with little effort?"""
    title = f"A first result by month {HORIZON_MONTHS:.0f}, with little effort and with more"
    if not len(study.chances):
        return Part(title, text="Nothing to show: results are not dated in these data.")
    table = study.chances[["label", "value", "ci_low", "ci_high", "scale"]]
    gap = study.easy_results
    text = (
        f"{gap.name[0].upper()}{gap.name[1:]}: {gap.text}. Leaving before a result counts as none."
    )
    draw = partial(figures.forest, table, scale="share", null=None,
                   name=f"first result by month {HORIZON_MONTHS:.0f}")  # fmt: skip
    return Part(title, table, text, draw, (8.0, 3.4))


def _many(study: Study, high: Estimate) -> Part:
    """Defensible choices, and how many find practically no impact."""
    table = study.many
    inside = table["ci_low"].gt(MARGIN[0]) & table["ci_high"].lt(MARGIN[1])
    text = (
        f"{int(inside.sum())} of {len(table)} analyses of the {study.high} band have a 95 % "
        "interval wholly within 0.80 to 1.25."
    )
    draw = partial(figures.specification_dots, table, region=MARGIN, chosen=high.value)
    return Part("Many analysts", table, text, draw, (8.0, 0.9 + 0.32 * max(len(table), 1)))
