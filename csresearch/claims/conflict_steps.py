"""The numbers behind C4: who scores higher, and how much time is spent in conflict."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import stdtr

from csresearch.association import ScoreByState, difference
from csresearch.claims.quadrants import CONFLICT, QUADRANTS, STATE
from csresearch.claims.scores_by_result import MIN_EACH, STRATA, ScoredAnswers
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.resampling import GROUP
from csresearch.survival.jackknife import jackknife_interval
from csresearch.verdicts.bound import judge_at_most

POOLED_NAME = "Somers' D, all surveys, same tenure"
NAIVE_NAME = "Somers' D, latest answers of those still here"
DRIFT_NAME = "Somers' D, later surveys − earliest"
SHARE_NAME = "share of customer-months in conflict"
RATIO_NAME = "time in conflict ÷ if the two had nothing to do with each other"
MONTH_GROUPS = 16  # of the jackknife of the time in conflict
SPANS_MONTHS = (3, 6, 12, 24)  # within which independence is taken


def pooled(answers: ScoredAnswers) -> Estimate:
    """D over all tenures, pairs formed at the same tenure: a mixture, shown beside the earliest."""
    return _named(answers.somers_d().somers_d, POOLED_NAME)


def naive(answers: ScoredAnswers) -> Estimate:
    """The tempting number, a dashboard's: the latest answer of every customer still here."""
    latest = answers.where(answers.frame["latest"])
    return _named(latest.somers_d(("instrument",)).somers_d, NAIVE_NAME, role="naive")


def _named(d: Estimate, name: str, role: str = "secondary") -> Estimate:
    """The estimate by another name."""
    return Estimate(
        name,
        d.value,
        d.ci_low,
        d.ci_high,
        std_error=d.std_error,
        scale=d.scale,
        role=role,
        null=0.0,
    )


def by_tenure(answers: ScoredAnswers) -> pd.DataFrame:
    """D by tenure at the survey, the earliest first.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, with_results, without, scale``; tenures with too
        few answers on one side are left out.
    """
    rows = []
    for name in answers.bins:
        one = answers.at(name).somers_d()
        d = one.somers_d
        rows.append((f"month {name}", d.value, d.ci_low, d.ci_high, one.n_with, one.n_without))
    columns = ["label", "value", "ci_low", "ci_high", "with_results", "without"]
    return pd.DataFrame(rows, columns=columns).assign(scale="correlation")


def drift(answers: ScoredAnswers) -> tuple[Estimate, float | None]:
    """How much lower is D in later surveys than in the earliest, and the p-value of no change?"""
    bins = answers.bins
    if len(bins) < 2:
        return Estimate(DRIFT_NAME, None, scale="correlation", null=0.0), None
    lead = answers.at(bins[0]).somers_d(groups=answers.groups)
    after = answers.where(answers.frame["months_at_survey"].isin(bins[1:]))
    found = difference(after.somers_d(groups=answers.groups), lead, name=DRIFT_NAME)
    if not found.std_error:
        return found, None
    p_value = 2 * float(stdtr(len(answers.groups) - 1, -abs(found.value) / found.std_error))
    return found, p_value


def score_shares(answers: ScoredAnswers, bin_name: str) -> pd.DataFrame:
    """The first look: which scores do customers with and without results give at one tenure?

    Returns
    -------
    DataFrame
        Columns ``instrument, score, without, with_results`` (answers) and ``share_without,
        share_with``, of the answers of the instrument; many different scores in ten classes.
    """
    frame = answers.at(bin_name).frame
    if frame["score"].nunique() > 21:
        middle = pd.cut(frame["score"], 10).map(lambda span: round(span.mid, 2)).astype(float)
        frame = frame.assign(score=middle)
    table = frame.pivot_table(
        index=["instrument", "score"], columns="state", values="n", aggfunc="sum", fill_value=0
    ).reindex(columns=[False, True], fill_value=0)
    table.columns = ["without", "with_results"]
    of_instrument = table.groupby(level="instrument").transform("sum")
    shares = (table / of_instrument).set_axis(["share_without", "share_with"], axis=1)
    return pd.concat([table, shares], axis=1).reset_index()


def months(table: EventTable) -> pd.DataFrame:
    """Customer-days by group, tenure and quadrant: ``group, after_day, *QUADRANTS``."""
    counts = table.counts[table.counts[STATE].isin(QUADRANTS)]
    net = counts["entrance"] - counts["observed"] - counts["censored"] - counts["moved"]
    group = counts[GROUP].map(lambda text: int(text, 16) % MONTH_GROUPS)
    edges = [month * DAYS_PER_MONTH for month in SPANS_MONTHS]
    edges = np.array([0.0, *edges, counts["day"].max() if len(counts) else 0.0])
    pieces = []
    for after, up_to in pairwise(edges):
        # days lived between two edges, exactly: each entry adds what is left of them
        left = (up_to - counts["day"]).clip(lower=0) - (after - counts["day"]).clip(lower=0)
        lived = pd.DataFrame({GROUP: group, STATE: counts[STATE], "days": net * left})
        wide = lived.pivot_table(index=GROUP, columns=STATE, values="days", aggfunc="sum")
        pieces.append(wide.reindex(columns=list(QUADRANTS)).fillna(0.0).assign(after_day=after))
    return pd.concat(pieces).reset_index()


def independent(days: pd.DataFrame) -> pd.Series:
    """Days in each quadrant if, at the same tenure, satisfaction and results were unrelated."""
    spans = days.groupby("after_day")[list(QUADRANTS)].sum()
    happy = spans[[one for one in QUADRANTS if one.startswith("happy")]].sum(axis=1)
    with_results = spans[[one for one in QUADRANTS if not one.endswith("no results")]].sum(axis=1)
    total = spans.sum(axis=1)
    expected = {}
    for one in QUADRANTS:
        mood = happy if one.startswith("happy") else total - happy
        result = total - with_results if one.endswith("no results") else with_results
        expected[one] = (mood * result / total.where(total > 0)).sum()
    return pd.Series(expected)


def quadrant_table(days: pd.DataFrame) -> pd.DataFrame:
    """Customer-months in each quadrant beside independence.

    Returns
    -------
    DataFrame
        Columns ``label, customer_months, share_of_months, share_if_independent, ratio``.
    """
    seen = days[list(QUADRANTS)].sum()
    expected = independent(days)
    total = seen.sum()
    table = pd.DataFrame(
        {
            "label": seen.index,
            "customer_months": (seen / DAYS_PER_MONTH).round().astype(int).to_numpy(),
            "share_of_months": (seen / total).to_numpy() if total else np.nan,
            "share_if_independent": (expected / total).to_numpy() if total else np.nan,
        }
    )
    ratio = table["share_of_months"] / table["share_if_independent"]
    return table.assign(ratio=ratio)


def conflict(days: pd.DataFrame) -> tuple[Estimate, Estimate]:
    """Share of time in the two conflict quadrants, and that share ÷ the one under independence."""
    return (
        _over_groups(days, SHARE_NAME, "share", _share),
        _over_groups(days, RATIO_NAME, "ratio", lambda some: _share(some) / _expected_share(some)),
    )


def _share(days: pd.DataFrame) -> float:
    """Share of the days that is spent in conflict."""
    total = days[list(QUADRANTS)].to_numpy().sum()
    return float(days[list(CONFLICT)].to_numpy().sum() / total) if total else np.nan


def _expected_share(days: pd.DataFrame) -> float:
    """The same under independence; not a number where there could be none."""
    expected = independent(days)
    total = expected.sum()
    share = expected[list(CONFLICT)].sum() / total if total else 0.0
    return float(share) if share > 0 else np.nan


def _over_groups(
    days: pd.DataFrame, name: str, scale: str, number: Callable[[pd.DataFrame], float]
) -> Estimate:
    """A number of the days with its jackknife interval over groups of customers."""
    value = number(days) if len(days) else np.nan
    null = 1.0 if scale == "ratio" else None
    if not np.isfinite(value):
        return Estimate(name, None, scale=scale, null=null)
    groups = sorted(set(days[GROUP]))
    if len(groups) < 2:
        return Estimate(name, value, scale=scale, null=null)
    without = [number(days[days[GROUP] != one]) for one in groups]
    found = jackknife_interval(value, without, scale=scale)
    return Estimate(
        name, value, found.ci_low, found.ci_high, std_error=found.std_error, scale=scale, null=null
    )


def second_road(answers: ScoredAnswers, bin_name: str) -> pd.DataFrame:
    """The earliest stratum again by SciPy, which counts equal scores, instrument by instrument.

    Returns
    -------
    DataFrame
        Columns ``label, kit, scipy, p_value``; ``p_value`` takes every answer for a customer.
    """
    from scipy.stats import somersd  # loaded only where it is needed: it takes a while

    rows = []
    for instrument, frame in answers.at(bin_name).frame.groupby("instrument"):
        counts = frame.pivot_table(
            index="state", columns="score", values="n", aggfunc="sum", fill_value=0
        )
        if counts.shape[0] < 2 or counts.shape[1] < 2:
            continue
        found = somersd(counts.to_numpy().astype(int))
        own = ScoredAnswers(frame, 0).somers_d().with_ties
        rows.append(
            (f"{instrument}, equal scores counted", own.value, found.statistic, found.pvalue)
        )
    return pd.DataFrame(rows, columns=["label", "kit", "scipy", "p_value"])


def many_analysts(answers: ScoredAnswers, smallest: float) -> pd.DataFrame:
    """D over defensible choices of which answers to compare with which.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, upper, verdict, scale``.
    """
    frame, lead = answers.frame, answers.bins[0]
    early = frame["months_at_survey"] == lead
    old = ScoredAnswers(frame.assign(state=frame["old"]), answers.n_customers)
    choices = [
        ("earliest surveys", answers.where(early), STRATA),
        ("earliest, same maturity", answers.where(early), (*STRATA, "maturity")),
        ("earliest, result 28 days old", old.where(early), STRATA),
        ("earliest, first answers only", answers.where(early & frame["first"]), STRATA),
        ("all surveys, same tenure", answers, STRATA),
        ("all surveys, same tenure and maturity", answers, (*STRATA, "maturity")),
        ("first answers only, same tenure", answers.where(frame["first"]), STRATA),
        ("all surveys, result 28 days old", old, STRATA),
    ]
    done = [(label, some.somers_d(strata)) for label, some, strata in choices]
    rows = [_analysis(label, found, smallest) for label, found in done if _enough(found)]
    columns = ["label", "value", "ci_low", "ci_high", "upper", "verdict"]
    return pd.DataFrame(rows, columns=columns).assign(scale="correlation")


def _enough(found: ScoreByState) -> bool:
    """Whether both sides have enough answers to be read."""
    return min(found.n_with, found.n_without) >= MIN_EACH


def _analysis(label: str, found: ScoreByState, smallest: float) -> tuple:
    """One analysis as a row."""
    d = found.somers_d
    judged = Estimate(
        d.name, d.value, d.ci_low, d.ci_high, scale=d.scale, null=0.0, smallest_effect=smallest
    )
    verdict = judge_at_most(judged, found.upper).verdict
    return label, d.value, d.ci_low, d.ci_high, found.upper, verdict
