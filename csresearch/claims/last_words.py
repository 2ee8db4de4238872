"""The tempting grouping of C14: each customer by the last answer and by ever having a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from csresearch.claims.compared import Compared
from csresearch.claims.happy import Cut, score_level
from csresearch.claims.quadrants import (
    FAILING,
    HAPPY_FAILING,
    NOT_ASKED,
    STATE,
    SUCCEEDING,
    UNHAPPY_SUCCEEDING,
)
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import ticks_of
from csresearch.risk_sets import risk_sets
from csresearch.survival.rates import rate_ratio

PLAIN_NAME = "last score and ever a result, as if known from the start"
NONE_NAME = "what that would be if neither mattered"


def last_words(
    company: Company, cuts: Mapping[str, Cut], who: Compared | None = None
) -> pd.DataFrame:
    """Count customers, or those who are compared, by what they ended up as: one scan.

    Returns
    -------
    DataFrame
        Columns ``label, customers, churned, days``; a customer belongs to the last answer before
        the exit and to "results" if there ever was one, with all days since the start.
    """
    surveys = company.surveys.filter(company.surveys["score"].notnull())
    happy = score_level(surveys, cuts, ("unhappy", "happy"), (0,)) == "happy"
    said = surveys.select("customer_id", "survey_day", code=happy.ifelse(1, 0))
    lives = company.lifetimes(surveys=False)
    lives = who.rows(lives) if who else lives
    lives = lives.select("customer_id", "exit_day", "churned", "result_day")
    both = said.inner_join(lives.select("customer_id", "exit_day"), "customer_id")
    both = both.filter(both.survey_day < both.exit_day)
    key = ticks_of(both.survey_day).cast("int64") * 2 + both.code
    last = both.group_by("customer_id").agg(key=key.max())
    everyone = lives.left_join(last, "customer_id")
    rows = everyone.select(
        "churned",
        "exit_day",
        ever=(everyone.result_day < everyone.exit_day).fill_null(False),
        mood=(everyone.key % 2).fill_null(2),
    )
    left = rows.churned.ifelse(1, 0)
    counted = rows.group_by("ever", "mood").agg(
        customers=rows.count(), churned=left.sum(), days=rows.exit_day.sum()
    )
    frame = counted.order_by("mood", "ever").to_pandas()
    moods = np.array(["unhappy", "happy", NOT_ASKED], object)[frame.pop("mood").astype(int)]
    ever = frame.pop("ever").astype(bool)
    frame.insert(0, "label", moods + np.where(ever, f", {SUCCEEDING}", f", {FAILING}"))
    return frame.astype({"customers": int, "churned": int, "days": float})


def plain_ratio(words: pd.DataFrame) -> Estimate:
    """Churn per day of those who ended happy without results ÷ unhappy with them."""
    rows = words.set_index("label")
    if not {HAPPY_FAILING, UNHAPPY_SUCCEEDING} <= set(rows.index):
        return Estimate(PLAIN_NAME, None, null=1.0)
    pair = rows.loc[[HAPPY_FAILING, UNHAPPY_SUCCEEDING]]
    found = rate_ratio(tuple(pair["churned"]), tuple(pair["days"]), method="wald")
    return Estimate(
        PLAIN_NAME,
        found.value,
        found.ci_low,
        found.ci_high,
        std_error=found.std_error,
        null=1.0,
    )


def expected_ratio(words: pd.DataFrame, table: EventTable, strata: Sequence[str] = ()) -> Estimate:
    """The same if every state had the churn rate of all customers of its tenure and strata.

    The days followed are left as they were, so it is a benchmark, not an exact expectation.
    """
    days = words.set_index("label")["days"]
    risk = risk_sets(table, STATE, strata)
    pair = (HAPPY_FAILING, UNHAPPY_SUCCEEDING)
    if not set(pair) <= set(days.index) & set(risk.levels):
        return Estimate(NONE_NAME, None, null=1.0)
    rate = risk.observed.sum(axis=1) / risk.at_risk.sum(axis=1)
    expected = dict(zip(risk.levels, rate @ risk.at_risk, strict=True))
    rates = [expected[one] / days[one] for one in pair]
    value = rates[0] / rates[1] if rates[1] > 0 else None
    return Estimate(NONE_NAME, value, null=1.0)
