"""C1 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import pandas as pd

from csresearch import figures
from csresearch.claims import beside, common
from csresearch.claims import results_sensitivity as sensitivity
from csresearch.claims.renewal_states import read_renewals
from csresearch.claims.results_multiverse import LAGS_DAYS, ResultsMultiverse
from csresearch.claims.results_steps import (
    LEADING,
    SPANS_MONTHS,
    state_table,
)
from csresearch.claims.results_study import Study
from csresearch.claims.results_words import listed
from csresearch.claims.spells import CountedLives, read_counted_lives
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import interval_text, p_value_phrase, value_text
from csresearch.resampling import GROUP
from csresearch.survival.curves import SurvivalCurve, longest_horizon, median_survival
from csresearch.survival.restricted_means import compare_restricted_means


def parts(
    company: Company,
    study: Study,
    judged: tuple[Estimate, str],
    reasons: tuple[str, ...],
) -> common.Parts:
    """Every step of the notebook, by name; ``judged`` is the estimate and its verdict."""
    primary, verdict = judged
    counted = cache(lambda: read_counted_lives(company, study.strata))
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(study),
            "naive": lambda: _naive(study),
            "waterfall": lambda: _waterfall(study),
            "fair": lambda: _fair(study, primary),
            "curves": lambda: _curves(study.curves),
            "restricted_means": lambda: _restricted_means(study.curves, study.horizon_months),
            "proportionality": lambda: _proportionality(study),
            "landmarks": lambda: _landmarks(study),
            "lags": lambda: _lags(study),
            "renewals": lambda: beside.results_renewals(company, study.strata, study.who),
            "money": lambda: beside.results_money(company, study, primary),
            "many_analysts": lambda: _many(company, study, counted, judged),
            "wrong_data": lambda: sensitivity.wrong_data(study, primary, verdict),
            "placebo": lambda: sensitivity.placebo(study, counted, primary),
            "unmeasured": lambda: sensitivity.unmeasured(study, primary),
            "limits": lambda: common.limits_part(reasons, study.e_values),
        }
    )


def _first_look(study: Study) -> Part:
    """First results and churn by tenure and state."""
    table = state_table(study.table)
    first = int(table["first_results"].sum())
    text = (
        f"{first:,} first results were reached under observation. "
        "Rates are churned customers per 100 customer-months."
    )
    return Part("Who is where, by tenure", table, text, partial(figures.rates_by_state, table))


def _naive(study: Study) -> Part:
    """The tempting numbers beside what they would be if results did nothing."""
    rows = []
    for name, naive in study.naive_ratios.items():
        none = study.no_effect.get(name)
        rows.append((name, naive.value, none.value, none.ci_low, none.ci_high, "ratio"))
    columns = ["label", "plain", "no_effect", "no_effect_low", "no_effect_high", "scale"]
    table = pd.DataFrame(rows, columns=columns)
    plain, none = study.naive_ratios[LEADING], study.no_effect[LEADING]
    text = (
        f"A plain comparison says {value_text(plain.value, 'ratio')} times; if results did "
        f"nothing it would say {interval_text(none.value, (none.ci_low, none.ci_high), 'ratio')}."
    )
    draw = partial(figures.naive_beside_no_effect, table)
    return Part("Plain comparisons (naive) and their no-effect benchmark", table, text, draw)


def _waterfall(study: Study) -> Part:
    """From the tempting to the fair number, one correction at a time."""
    table = study.waterfall.summary()
    first, last = study.waterfall.steps[0], study.waterfall.steps[-1]
    text = (
        f"From {value_text(first.value, 'ratio')} times to {value_text(last.value, 'ratio')}; "
        "factor is what each correction multiplies the ratio by."
    )
    return Part("The bias waterfall", table, text, partial(figures.waterfall, table))


def _fair(study: Study, primary: Estimate) -> Part:
    """The primary number."""
    table = common.estimate_table([primary])
    held = f"{listed(['tenure', *study.strata])}{study.who.told}"
    clustered = f" {_together(study)}" if study.clustered else ""
    test = study.mantel_byar
    text = (
        f"Held equal: {held}.{clustered} {study.compared.n_events:,} customers churned. Mantel and "
        f"Byar's test of no difference: {p_value_phrase(test.p_value)}."
    )
    return Part("The fair lifetime ratio", table, text)


def _together(study: Study) -> str:
    """How customers of one parent enter the interval."""
    if study.compared.frame[GROUP].nunique() > 1:
        return "Customers of one parent are taken together."
    return "All customers have one parent, so the interval takes them for independent ones."


def _curves(curves: dict[str, SurvivalCurve]) -> Part:
    """Simon–Makuch curves."""
    table = common.curve_table(curves, SPANS_MONTHS)
    if len(curves) < 2 or next(iter(curves.values())).starts_on is None:
        return Part("Still here, by state", text="Too few at risk in one state to draw curves.")
    half = ", ".join(
        f"{state} {value_text(_months(median_survival(curve).value, 'months'), 'months')}"
        if median_survival(curve).value is not None
        else f"{state} not reached"
        for state, curve in curves.items()
    )
    text = f"Curves run {next(iter(curves.values())).condition}. Half have left by: {half}."
    named = {f"{state} results": curve for state, curve in curves.items()}
    draw = partial(figures.survival_curves, named)
    return Part("Still here, by state", table, text, draw, (8.0, 4.6))


def _restricted_means(curves: dict[str, SurvivalCurve], horizon_months: float) -> Part:
    """Months kept up to the horizon, and the difference."""
    title = "Months kept up to the horizon"
    reach = longest_horizon(curves.values())
    if len(curves) < 2 or reach is None:
        return Part(title, text="Too few at risk in one state for restricted means.")
    tau = min(horizon_months * DAYS_PER_MONTH, reach)
    if not curves["with"].starts_on < tau:
        return Part(title, text="Only after the horizon are there enough at risk in both states.")
    means = compare_restricted_means(curves["with"], curves["without"], tau)
    rows = [
        ("with results", means.first, "months"),
        ("without results", means.second, "months"),
        ("difference", means.difference, "months"),
        ("ratio", means.ratio, "ratio"),
    ]
    table = pd.DataFrame(
        [
            (label, *(_months(x, scale) for x in (i.value, i.ci_low, i.ci_high)), scale)
            for label, i, scale in rows
        ],
        columns=["label", "value", "ci_low", "ci_high", "scale"],
    )
    text = (
        f"Up to month {tau / DAYS_PER_MONTH:.1f}, {curves['with'].condition}; "
        "not adjusted for maturity or segment."
    )
    return Part(title, table, text)


def _months(days: float | None, scale: str) -> float | None:
    """Days as months; ratios as they are."""
    return days if days is None or scale == "ratio" else days / DAYS_PER_MONTH


def _proportionality(study: Study) -> Part:
    """The ratio by tenure and the test that it is one ratio."""
    title = "The lifetime ratio by tenure"
    table, p_value = study.by_tenure, study.drift_p_value
    if table.empty:
        return Part(title, text="No churn to compare.")
    steady = p_value is not None and not study.drifts
    text = f"Test of one ratio for all tenures: {p_value_phrase(p_value)}. " + (
        "No sign that the ratio changes with tenure."
        if steady
        else "The ratio changes with tenure: read the rows, not only the average."
    )
    return Part(title, table, text, partial(figures.ratio_by_tenure, table))


def _landmarks(study: Study) -> Part:
    """Second road: landmarks."""
    table = study.landmarks
    text = (
        "Only customers still here at the landmark, sorted by results reached by then; those who "
        "get one later stay in their group, which pulls the ratio towards one."
    )
    return Part("Landmark analysis", table, text, partial(figures.forest, table))


def _lags(study: Study) -> Part:
    """How the ratio moves when results must be older."""
    text = "A ratio that keeps falling as the lag grows is a sign of reverse causation."
    return Part("By lag", study.lags, text, partial(figures.lag_curve, study.lags))


def _many(
    company: Company,
    study: Study,
    read: Callable[[], CountedLives],
    judged: tuple[Estimate, str],
) -> Part:
    """Every defensible analysis, how many agree, and what moves the answer."""
    (primary, verdict), counted = judged, read()
    lags = (study.lag_days, *LAGS_DAYS)
    renewals = read_renewals(company, counted, lags)
    more = {"counted": counted, "lag_days": study.lag_days, "renewals": renewals}
    every = ResultsMultiverse(primary, study.clustered, **more)
    return common.multiverse_part(every.run(verdict), null=1.0, region=primary.claimed_region)
