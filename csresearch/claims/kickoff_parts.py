"""C9 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd

from csresearch import figures
from csresearch.claims import common
from csresearch.claims.kickoff_counts import UNDECIDED, WILL, WILL_NOT, Judgements
from csresearch.claims.kickoff_effort import WINDOW_DAYS, followed_judgement
from csresearch.claims.kickoff_skill import Forecasts
from csresearch.claims.kickoff_steps import Scored, many_analysts
from csresearch.company import Company
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import value_text
from csresearch.survival.curves import survival_curves

HORIZONS_MONTHS = (3, 6, 12, 24)
ORDER = (WILL_NOT, UNDECIDED, WILL)


def first_parts(
    company: Company, judgements: Judgements, found: Mapping[str, Estimate], why: str
) -> common.Parts:
    """The steps that need no fair estimate."""
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(judgements),
            "naive": lambda: _naive(found),
            "limits": lambda: common.limits_part((why,)),
        }
    )


def parts(
    company: Company, on: Scored, found: Mapping[str, Estimate], reasons: tuple[str, ...]
) -> common.Parts:
    """Every step of the notebook, by name; ``found`` holds the estimates of the finding."""
    judgements, forecasts = on.judgements, Forecasts(on)
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(judgements),
            "naive": lambda: _naive(found),
            "fair": lambda: _fair(on, found),
            "curves": lambda: _curves(on),
            "calibration": lambda: _calibration(forecasts),
            "skill": lambda: _skill(forecasts),
            "effort": lambda: _effort(company, found),
            "second_road": lambda: _second_road(found),
            "many_analysts": lambda: _many(judgements),
            "limits": lambda: common.limits_part(reasons),
        }
    )


def _first_look(judgements: Judgements) -> Part:
    """How many were judged how, and when that was written down."""
    rows = judgements.written.assign(
        when=judgements.written["late"].map({True: "after day 30", False: "by day 30"})
    )
    rows.loc[rows["undated"], "when"] = "no date"
    rows["left"] = rows["n"].where(rows["churned"], 0)
    table = rows.groupby(["side", "when"], as_index=False)[["n", "left"]].sum()
    table = table.rename(columns={"side": "judged", "n": "customers", "left": "left_so_far"})
    used = judgements.n_customers
    text = (
        f"{used:,} of {int(rows['n'].sum()):,} judgements can be used: given by day 30, of "
        "customers who were still there. A chance above a half is “will make it”, below a half "
        "“will not”, a half exactly is undecided."
    )
    return Part("Judgements, and when they were written", table, text)


def _naive(found: Mapping[str, Estimate]) -> Part:
    """The tempting number beside what knowing nothing would give."""
    naive, none = found["naive"], found["no_effect"]
    text = (
        f"Judging as many this way and that without knowing anything would have been right for "
        f"{value_text(none.value, 'share')}."
    )
    table = common.estimate_table([naive, none])
    return Part("Share of judgements that were right so far (naive)", table, text)


def _fair(on: Scored, found: Mapping[str, Estimate]) -> Part:
    """Both hit rates beside their base rates."""
    fail, fail_base = found["fail"], found["fail_base"]
    stay, stay_base = found["stay"], found["stay_base"]
    table = common.estimate_table(
        [fail, found["fail_above"], stay, found["stay_above"], found["accuracy"]]
    )
    shown = common.estimate_table([fail, stay]).assign(
        label=["judged “will not make it”: left", "judged “will make it”: still here"],
        share_base=[fail_base.value, stay_base.value],
    )
    undecided = value_text(on.rates.undecided, "share")
    start = "the day of the judgement" if on.start_day <= 0 else f"day {on.start_day:.0f}"
    text = (
        f"By month {on.months:.1f} of tenure, at risk from {start} on; {undecided} of the "
        f"customers judged were undecided. Of all judged, {fail_base.text} left."
    )
    draw = partial(figures.hits_beside_base, shown)
    return Part("Hit rates beside base rates", table, text, draw, (8.0, 2.8))


def _curves(on: Scored) -> Part:
    """Still here, by judgement."""
    curves = survival_curves(on.table(["judged"]), "judged")
    named = {f"judged: {side}": curves[side] for side in ORDER if side in curves}
    draw = partial(figures.survival_curves, named)
    table = common.curve_table(named, HORIZONS_MONTHS)
    return Part("Still here, by judgement", table, "", draw, (8.0, 4.8))


def _calibration(forecasts: Forecasts) -> Part:
    """The chance told against the share that stayed."""
    table = forecasts.calibration
    text = "Chances told that too few customers share are taken together with their neighbours."
    draw = partial(figures.calibration, table)
    return Part("Chances told and what happened", table, text, draw, (5.2, 5.0))


def _skill(forecasts: Forecasts) -> Part:
    """Brier skill."""
    table = forecasts.skills
    alone = "" if len(table) > 2 else " There are no two maturity bands to compare with."
    text = (
        "One is a perfect forecast, zero no better than what it is compared with. Fitted to the "
        f"same customers, chance alone gives the last column.{alone}"
    )
    return Part("Brier skill", table, text, partial(_skill_picture, table))


def _skill_picture(table: pd.DataFrame, ax):
    """Skills with their intervals, zero marked."""
    return figures.forest(table, ax, scale="share", null=0.0, name="Brier skill")


def _effort(company: Company, found: Mapping[str, Estimate]) -> Part:
    """Whether effort followed the judgement."""
    title = "Did effort follow the judgement?"
    ratio = found.get("effort")
    if ratio is None or ratio.value is None:
        return Part(title, text="No efforts are recorded that could tell whether it did.")
    what = "Hours" if company.has("efforts.hours") else "Efforts"
    text = f"{what} by the team in the {WINDOW_DAYS:.0f} days after the judgement. "
    if followed_judgement(ratio):
        text += "Effort followed the judgement: it may have made itself come true, or untrue."
    else:
        text += "No sign that effort followed the judgement."
    return Part(title, common.estimate_table([ratio]), text)


def _second_road(found: Mapping[str, Estimate]) -> Part:
    """Pairs of customers, and churn rates."""
    names = ("pairs", "pairs_within", "ratio", "within")
    table = common.estimate_table([found[name] for name in names])
    text = "C: of two customers judged differently, how often the one judged better stayed longer."
    return Part("The same question, pair by pair", table, text)


def _many(judgements: Judgements) -> Part:
    """Defensible choices, and how many reach the claimed region."""
    table = many_analysts(judgements)
    reached = int(((table["value"] >= 0.70) & (table["ci_low"] > 0.55)).sum())
    text = f"{reached} of {len(table)} analyses reach the claimed 70 %, surely more than 55 %."
    look = {"scale": "probability", "null": 0.5, "region": (0.70, 1.0)}
    draw = partial(figures.specification_dots, table, **look)
    return Part("Many analysts", table, text, draw, (8.0, 0.9 + 0.32 * max(len(table), 1)))
