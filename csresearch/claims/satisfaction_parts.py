"""C2 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import pandas as pd

from csresearch import figures
from csresearch.claims import beside, common
from csresearch.claims import satisfaction_sensitivity as sensitivity
from csresearch.claims.answer_spells import read_counted_answers
from csresearch.claims.satisfaction_multiverse import SatisfactionMultiverse
from csresearch.claims.satisfaction_steps import RATIO_MARGIN, score_table
from csresearch.claims.satisfaction_study import Study
from csresearch.company import Company
from csresearch.equivalence import equivalence
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import p_value_phrase, value_text
from csresearch.survival.curves import survival_curves

MONTHS = (3, 6, 12, 24)


def parts(
    company: Company,
    study: Study,
    judged: tuple[tuple[Estimate, Estimate], str],
    reasons: tuple[str, ...],
) -> common.Parts:
    """Every step of the notebook, by name; ``judged`` are both measures and their verdict."""
    pair, verdict = judged
    known = [study.reliability] if study.reliability is not None else []
    compared = pair[0].value is not None and pair[1].value is not None
    recount = cache(lambda: sensitivity.Recount(study, pair)) if compared else None
    return common.Parts(
        {
            "data": lambda: _data(company, study),
            "first_look": lambda: _first_look(study),
            "naive": lambda: _naive(study),
            "fair": lambda: _fair(study, pair),
            "curves": lambda: _curves(study),
            "by_tenure": lambda: _by_tenure(study),
            "non_response": lambda: _non_response(study),
            "uno": lambda: _uno(study),
            "renewals": lambda: beside.satisfaction_renewals(company),
            "money": lambda: beside.satisfaction_money(company, study.answers, pair[1]),
            "many_analysts": lambda: _many(company, study, pair[1], verdict),
            "wrong_data": lambda: sensitivity.wrong_data(recount, verdict),
            "placebo": lambda: sensitivity.placebo(recount),
            "silence": lambda: sensitivity.silence(recount, verdict),
            "limits": lambda: common.limits_part(reasons, known),
        }
    )


def _data(company: Company, study: Study) -> Part:
    """What was loaded, and who answered."""
    text = (
        f"{company.data_summary.text} {study.answers.n_customers:,} customers answered while at "
        f"risk, {study.answers.n_events:,} of them left later; "
        f"{value_text(study.share_silent, 'share')} never answered."
    )
    return Part("What was loaded", company.row_counts, text)


def _first_look(study: Study) -> Part:
    """How the scores are spread."""
    table = score_table(study.answers)
    text = "Share left: of the customers who gave this score first, left so far."
    return Part("First answers", table, text, partial(figures.score_histogram, table))


def _naive(study: Study) -> Part:
    """The tempting correlations."""
    text = "Score against tenure so far, from start to exit or today."
    return Part("Plain correlations (naive)", common.estimate_table(study.naive.values()), text)


def _fair(study: Study, pair: tuple[Estimate, Estimate]) -> Part:
    """Both measures with their 90 % and 95 % intervals against the bounds."""
    rows = []
    for estimate, check in zip(pair, study.link.checks, strict=True):
        rows.append(
            {
                "label": estimate.name,
                "value": estimate.value,
                "ci_low": check.interval90[0],
                "ci_high": check.interval90[1],
                "scale": estimate.scale,
                "low_bound": check.margin[0],
                "high_bound": check.margin[1],
                "within": check.inside,
                "p_value": _tost_p(estimate, check.margin),
            }
        )
    table = pd.DataFrame(rows)
    text = (
        "From and to are the 90 % intervals, those of two one-sided tests at 5 %; a small p value "
        "says that the measure is surely within its bounds."
    )
    draw = partial(figures.practical_zero, table)
    return Part("Is the link practically zero?", table, text, draw, (8.0, 2.6))


def _tost_p(estimate: Estimate, margin: tuple[float, float]) -> float | None:
    """p-value of the two one-sided tests: small when the measure is surely within its bounds."""
    if estimate.value is None or estimate.std_error is None:
        return None
    return equivalence(estimate, margin).p_value


def _curves(study: Study) -> Part:
    """Still here after the survey, by third of the scores."""
    title = "Still here after the survey, by third of the scores"
    if study.answers.n_customers == 0:
        return Part(title, text="No one answered.")
    table = study.answers.thirds().event_table("group", ())
    curves = survival_curves(table, "group")
    if next(iter(curves.values())).starts_on is None:
        return Part(title, text="Too few answered in one third to draw curves.")
    named = {f"{name} scores": curves[name] for name in ("low", "middle", "high") if name in curves}
    draw = partial(figures.survival_curves, named)
    return Part(title, common.curve_table(named, MONTHS), "", draw, (8.0, 4.6))


def _by_tenure(study: Study) -> Part:
    """D by tenure at the survey."""
    table, p_value = study.drift
    text = f"Test that all rows share one value: {p_value_phrase(p_value)}."
    draw = partial(figures.forest, table, scale="correlation", null=0.0, region=(-0.10, 0.10))
    return Part("Somers' D by tenure at the survey", table, text, draw)


def _non_response(study: Study) -> Part:
    """Those who have not answered against those who have."""
    table = common.estimate_table([study.silent_ratio])
    text = f"{value_text(study.share_silent, 'share')} of customers never answered while at risk."
    return Part("Those who do not answer", table, text)


def _uno(study: Study) -> Part:
    """Uno's concordance."""
    text = "Half is no link: the happier of two customers is as likely to leave first."
    return Part("Uno's concordance", common.estimate_table([study.uno]), text)


def _many(company: Company, study: Study, ratio: Estimate, verdict: str) -> Part:
    """Every defensible analysis, how many agree, and what moves the answer."""
    if not study.answers.n_customers:
        return Part("Many analysts", text="No one answered.")
    counted = read_counted_answers(company, study.strata)
    clustered = bool(study.answers.clusters)
    every = SatisfactionMultiverse(ratio, clustered, counted=counted).run(verdict)
    part = common.multiverse_part(every, null=1.0, region=RATIO_MARGIN)
    more = "Each analysis is judged by its churn-rate ratio per SD of the score."
    return replace(part, text=f"{part.text} {more}")
