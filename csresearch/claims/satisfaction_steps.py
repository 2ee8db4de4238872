"""The numbers behind C2: what a score says about how long a customer stays after giving it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import chi2

from csresearch.association import concordance, naive_correlations
from csresearch.claims.answers import BIN_NAMES, STRATA, Answers
from csresearch.estimates import Estimate
from csresearch.events import EventTable, risk_sets
from csresearch.survival.cox import cox_partial_likelihood, hazard_ratio
from csresearch.verdicts import ZeroCheck, judge_zero

D_MARGIN = (-0.10, 0.10)
RATIO_MARGIN = (0.90, 1.11)
D_NAME = "Somers' D, score and staying"
RATIO_NAME = "churn-rate ratio per SD of the score"


@dataclass(frozen=True)
class Link:
    """Both measures of the link between score and staying, from one table.

    Parameters
    ----------
    somers_d, ratio : Estimate
    """

    somers_d: Estimate
    ratio: Estimate

    @property
    def checks(self) -> tuple[ZeroCheck, ZeroCheck]:
        """Both measures against the bounds of practical zero."""
        return (
            ZeroCheck.from_estimate(self.somers_d, D_MARGIN),
            ZeroCheck.from_estimate(self.ratio, RATIO_MARGIN),
        )


def link(answers: Answers, strata: Sequence[str] = STRATA) -> Link:
    """Somers' D and the churn-rate ratio per SD, from the survey on, within strata."""
    table = answers.event_table("z", tuple(strata))
    if not answers.n_events:
        empty = Estimate(D_NAME, None, scale="correlation", null=0.0)
        return Link(empty, Estimate(RATIO_NAME, None, null=1.0))
    d = concordance(table, "z", strata=strata).somers_d
    return Link(replace(d, name=D_NAME), ratio_per_sd(table, strata))


def ratio_per_sd(table: EventTable, strata: Sequence[str] = STRATA) -> Estimate:
    """Churn rate of customers one SD happier ÷ of the others (Cox, on counts)."""
    risk = risk_sets(table, "z", strata)
    if len(risk.levels) < 2:
        return Estimate(RATIO_NAME, None, null=1.0)
    ratio = hazard_ratio(cox_partial_likelihood(risk, np.array(risk.levels)[:, None]))
    return Estimate(
        RATIO_NAME, ratio.value, ratio.ci_low, ratio.ci_high, std_error=ratio.std_error, null=1.0
    )


def per_point(ratio: Estimate, answers: Answers) -> Estimate | None:
    """The ratio per point of the scale, for reading; only where there is one scale."""
    if len(answers.per_instrument) != 1 or ratio.value is None:
        return None
    std = float(answers.per_instrument["std"].iloc[0])
    if not std > 0:
        return None
    value, low, high = (
        None if x is None else x ** (1 / std) for x in (ratio.value, ratio.ci_low, ratio.ci_high)
    )
    return Estimate(
        "churn-rate ratio per point of the score",
        value,
        low,
        high,
        std_error=None if ratio.std_error is None else ratio.std_error / std,
        null=1.0,
    )


def naive_table(answers: Answers) -> dict[str, Estimate]:
    """The tempting correlations of score and tenure so far, from start to exit."""
    frame = answers.frame
    tenure = frame.assign(day=frame["tenure"])
    table = Answers(tenure, answers.per_instrument).event_table("z", ())
    return naive_correlations(table, "z")


def by_tenure(answers: Answers) -> tuple[pd.DataFrame, float | None]:
    """D by tenure at the survey, and the p-value of its drift (Cochran's Q over the bins).

    Returns
    -------
    (DataFrame, float or None)
        Columns ``label, value, ci_low, ci_high, n, churned, scale``; None with fewer than two
        bins that have an estimate.
    """
    rows, found = [], []
    for name in BIN_NAMES:
        some = answers.where(answers.frame["months_at_survey"] == name)
        if not some.n_customers:
            continue
        d = link(some, ("instrument",)).somers_d
        rows.append(
            (f"month {name}", d.value, d.ci_low, d.ci_high, some.n_customers, some.n_events)
        )
        found.append(d)
    columns = ["label", "value", "ci_low", "ci_high", "n", "churned"]
    return pd.DataFrame(rows, columns=columns).assign(scale="correlation"), _drift(found)


def _drift(estimates: list[Estimate]) -> float | None:
    """p-value of Cochran's Q: do the bins share one value?"""
    usable = [e for e in estimates if e.value is not None and e.std_error]
    if len(usable) < 2:
        return None
    weight = np.array([1 / e.std_error**2 for e in usable])
    value = np.array([e.value for e in usable])
    q = float(weight @ (value - np.average(value, weights=weight)) ** 2)
    return float(chi2.sf(q, len(usable) - 1))


def many_analysts(answers: Answers) -> pd.DataFrame:
    """Both measures over defensible choices of whom to compare with whom.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high`` (of D), ``ratio, ratio_low, ratio_high,
        verdict, scale``.
    """
    early = answers.where(answers.frame["months_at_survey"] == BIN_NAMES[0])
    choices = [
        ("similar tenure, same scale", answers, STRATA),
        ("same scale only", answers, ("instrument",)),
        ("similar tenure, scale and maturity", answers, (*STRATA, "maturity")),
        ("early surveys only", early, ("instrument",)),
        ("early surveys, same maturity", early, ("instrument", "maturity")),
    ]
    rows = []
    for label, some, strata in choices:
        if not some.n_events:
            continue
        one = link(some, strata)
        d, ratio = one.somers_d, one.ratio
        verdict = judge_zero(one.checks).verdict
        rows.append(
            (label, d.value, d.ci_low, d.ci_high, ratio.value, ratio.ci_low, ratio.ci_high, verdict)
        )
    columns = ["label", "value", "ci_low", "ci_high", "ratio", "ratio_low", "ratio_high", "verdict"]
    return pd.DataFrame(rows, columns=columns).assign(scale="correlation")


def score_table(answers: Answers) -> pd.DataFrame:
    """The first look: how many gave each score, and how many of them have left since.

    Returns
    -------
    DataFrame
        Columns ``instrument, score, n, churned, share_left``; scores of a fine scale in ten
        classes.
    """
    frame = answers.frame.assign(left=answers.frame["n"].where(answers.frame["churned"], 0))
    if frame["score"].nunique() > 21:
        frame["score"] = pd.cut(frame["score"], 10).map(lambda span: round(span.mid, 2))
    grouped = frame.groupby(["instrument", "score"], observed=True)[["n", "left"]].sum()
    table = grouped.reset_index().rename(columns={"left": "churned"})
    return table.assign(share_left=table["churned"] / table["n"])
