"""C15 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from csresearch import figures
from csresearch.claims import common
from csresearch.claims.drivers_steps import LEAST_EVENTS, Segments, many_analysts, prediction
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings import Estimate
from csresearch.findings.estimates import Part
from csresearch.findings.labels import p_value_phrase, value_text
from csresearch.survival.rates import event_rate
from csresearch.verdicts import judge_alike

REGION = (1.25, None)  # C1's smallest effect, and beyond
MOST_TAU = 0.2


def first_parts(company: Company, columns: Sequence[Segments], why: str) -> common.Parts:
    """The steps that need no pooling."""
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(columns),
            "limits": lambda: common.limits_part((why,)),
        }
    )


def parts(
    company: Company,
    columns: Sequence[Segments],
    spread: Sequence[Estimate],
    reasons: tuple[str, ...],
) -> common.Parts:
    """Every step of the notebook, by name; the leading column comes first."""
    leading = columns[0]
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(columns),
            "naive": lambda: _naive(leading),
            "fair": lambda: _fair(leading),
            "spread": lambda: _spread(spread, leading),
            "predicted": lambda: _predicted(leading),
            "every_column": lambda: _every_column(columns),
            "second_road": lambda: _second_road(leading),
            "many_analysts": lambda: _many(columns),
            "limits": lambda: common.limits_part(reasons),
        }
    )


def _first_look(columns: Sequence[Segments]) -> Part:
    """Customers, departures and churn rate of every segment, and whether it can be used."""
    rows = []
    for one in columns:
        for row in one.ratios.itertuples():
            months = one.only(row.label).event_table(by=()).exposure / DAYS_PER_MONTH
            rate = event_rate(row.churned, months)
            ends = (rate.value, rate.ci_low, rate.ci_high)
            label = f"{one.column}: {row.label}"
            rows.append((label, row.customers, row.churned, *ends, row.used))
    names = ["label", "customers", "churned", "value", "ci_low", "ci_high", "used"]
    table = pd.DataFrame(rows, columns=names).assign(scale="share")
    text = (
        "Value is the churn rate per customer-month. A segment is used with at least "
        f"{LEAST_EVENTS} departures, some of customers with results and some of those without; "
        "those with fewer than 10 are not listed."
    )
    if any(one.who.columns for one in columns):
        text += (
            " Customers of whom what is held equal within segments is not recorded do not count."
        )
    draw = partial(figures.rates_by_band, table)
    return Part("Segments", table, text, draw, (8.0, 1.2 + 0.4 * max(len(table), 1)))


def _naive(leading: Segments) -> Part:
    """The tempting ratio of each segment beside what it would be if results did nothing."""
    table = leading.naive
    text = (
        "Plain ratios can be alike in every segment, or differ, for no other reason than that "
        "staying longer gives more time to reach a result."
    )
    title = f"Plain comparisons by {leading.column} (naive) and their no-effect benchmark"
    draw = partial(figures.naive_beside_no_effect, table)
    return Part(title, table, text, draw, (8.0, 0.9 + 0.7 * len(table)))


def _fair(leading: Segments) -> Part:
    """The forest: each segment, the average, and what another segment would show."""
    found = leading.pooled
    columns = ["label", "value", "ci_low", "ci_high", "scale"]
    table = leading.ratios.loc[leading.ratios["used"], columns]
    nearly = prediction(found) or (np.nan, np.nan)
    mean = np.exp([found.mean.value, found.mean.ci_low, found.mean.ci_high])
    rows = [("average of the segments", *mean, "ratio")]
    rows.append(("another segment", mean[0], *nearly, "ratio"))
    shown = pd.concat([table, pd.DataFrame(rows, columns=columns)], ignore_index=True)
    held = f"the same tenure{''.join(f', {one}' for one in leading.strata)}"
    text = f"Within each segment at {held}{leading.who.told}."
    if leading.clustered:
        text += " Intervals allow for customers of one parent sharing fate, in other segments too."
    if prediction(found) is None:
        text += " Two segments cannot say where another one would lie."
    draw = partial(figures.forest, shown, region=REGION, name="times longer with results")
    title = f"The lifetime ratio by {leading.column}"
    return Part(title, shown, text, draw, (8.0, 1.2 + 0.42 * len(shown)))


def _spread(spread: Sequence[Estimate], leading: Segments) -> Part:
    """Average, prediction, tau, I²."""
    text = (
        "Cochran's test that all segments have one ratio: "
        f"{p_value_phrase(leading.pooled.q_p_value)}. Tau is the spread of the true ratios on the "
        f"log scale; up to {MOST_TAU} counts as the same."
    )
    return Part("How much the ratio varies", common.estimate_table(spread), text)


def _predicted(leading: Segments) -> Part:
    """What each segment's ratio is taken to be, the others considered."""
    found = leading.pooled.segments
    table = pd.DataFrame(
        {
            "label": found["segment"],
            "value": np.exp(found["predicted"]),
            "ci_low": np.exp(found["ci_low"]),
            "ci_high": np.exp(found["ci_high"]),
            "share_of_weight": found["weight"],
            "scale": "ratio",
        }
    )
    text = "Each segment's ratio, drawn towards the average as far as it is uncertain itself."
    draw = partial(figures.forest, table, region=REGION, name="predicted ratio")
    return Part("Predicted for each segment", table, text, draw, (8.0, 1.0 + 0.45 * len(table)))


def _every_column(columns: Sequence[Segments]) -> Part:
    """The same for every column that divides customers."""
    rows = []
    for one in columns:
        if one.n_used < 2:
            continue
        found, mean = one.pooled, one.pooled.mean
        nearly = prediction(found) or (np.nan, np.nan)
        judged = judge_alike(one.spread, smallest=REGION[0], most_tau=MOST_TAU).verdict
        rows.append((one.column, found.k, np.exp(mean.value), *nearly, found.tau, found.i2, judged))
    columns_ = ["label", "segments", "value", "ci_low", "ci_high", "tau", "share_i2", "verdict"]
    table = pd.DataFrame(rows, columns=columns_).assign(scale="ratio")
    text = (
        "The average ratio with the interval for another segment, which two segments do not give. "
        "The first row is the one that is judged: it has the most segments."
    )
    draw = partial(figures.forest, table, region=REGION, name="times longer with results")
    return Part("Every way to divide customers", table, text, draw, (8.0, 1.1 + 0.45 * len(table)))


def _second_road(leading: Segments) -> Part:
    """Poisson regressions by statsmodels, segment by segment, and the interaction test."""
    from csresearch import second_road  # lifelines and statsmodels take a second to load

    rows = []
    for one in leading.ratios[leading.ratios["used"]].itertuples():
        counts = leading.only(one.label).event_table(by=leading.strata).counts
        other = second_road.poisson_ratio(counts, leading.strata).value
        rows.append((one.label, one.value, one.ci_low, one.ci_high, other, "ratio"))
    columns = ["label", "value", "ci_low", "ci_high", "poisson_regression", "scale"]
    table = pd.DataFrame(rows, columns=columns)
    known = table.dropna(subset="poisson_regression")
    apart = (known["poisson_regression"].astype(float) / known["value"] - 1).abs().max()
    told = "No segment could be fitted there." if known.empty else (
        f"At most {value_text(apart, 'share', exact=True)} apart."
    )  # fmt: skip
    text = (
        f"{told} Likelihood-ratio test of one ratio for all segments: "
        f"{p_value_phrase(leading.interaction_p_value)}; Cochran's test above: "
        f"{p_value_phrase(leading.pooled.q_p_value)}."
    )
    if leading.clustered:
        text += " Regressions and the first test take customers of one parent for separate ones."
    return Part("Two roads, segment by segment", table, text)


def _many(columns: Sequence[Segments]) -> Part:
    """Defensible choices, and how many agree."""
    table = many_analysts(columns)
    alike = int((table["tau"] <= MOST_TAU).sum())
    beyond = int((table["ci_low"] > 1).sum())
    text = (
        f"{alike} of {len(table)} analyses find a spread that counts as the same; in {beyond} the "
        "interval for another segment lies beyond 1. Two segments give no such interval."
    )
    draw = partial(figures.specification_dots, table, null=1.0, region=REGION)
    return Part("Many analysts", table, text, draw, (8.0, 0.9 + 0.3 * len(table)))
