"""Does the team's effort follow signs of trouble? Hours with a sign against those without."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.effort_path import spent_at_risk
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH

BEFORE_LEAVING_DAYS = 90.0
EDGES_DAYS = tuple(month * DAYS_PER_MONTH for month in (0, 3, 6, 12, 24))
CELLS = ["maturity", "sign", "span"]
COLUMNS = ["label", "with_sign", "without_sign", "value"]


def signals_table(company: Company) -> pd.DataFrame:
    """Do customers who show a sign of trouble get more of the team's hours?

    Returns
    -------
    DataFrame
        One row per sign the data can show: ``label``; hours a customer-month ``with_sign``;
        ``without_sign``, those of customers without it in the same band at the same tenure; and
        ``value``, the first ÷ the second; ``scale``.
    """
    rows = spent_at_risk(company)
    rows = rows.filter(~rows.asked).select("customer_id", "effort_day", "hours")
    signs = {"in the 3 months before leaving": _before_leaving(company)}
    if company.results_known == "dated":
        signs["without a result so far"] = _without_result(company)
    if company.has("surveys.score"):
        signs["after an answer below the mean"] = _low_answer(company)
    found = [(label, *_rates(stretches, rows)) for label, stretches in signs.items()]
    table = pd.DataFrame([row for row in found if np.isfinite(row[-1])], columns=COLUMNS)
    return table.assign(scale="ratio")


def _rates(stretches: ibis.Table, rows: ibis.Table) -> tuple[float, float, float]:
    """Hours a month with a sign and expected without it, and their ratio.

    ``stretches`` of customers' time are ``customer_id, maturity, since, until, sign``. Expected
    are the hours at the rate of stretches without the sign in the same band and span of tenure.
    """
    cells = (
        _days(stretches).merge(_hours(stretches, rows), on=CELLS, how="left").fillna({"hours": 0})
    )
    wide = cells.pivot_table(index=["maturity", "span"], columns="sign", values=["days", "hours"],
                             aggfunc="sum", fill_value=0.0)  # fmt: skip
    wide = wide.reindex(columns=pd.MultiIndex.from_product([["days", "hours"], [False, True]]))
    wide = wide[(wide["days"].fillna(0.0) > 0).all(axis=1)]
    days, hours = wide["days", True].sum(), wide["hours", True].sum()
    rate = wide["hours", False] / wide["days", False]
    expected = float((rate * wide["days", True]).sum())
    if not (days > 0 and expected > 0):
        return (np.nan,) * 3
    per_month = DAYS_PER_MONTH / days
    return float(hours * per_month), expected * per_month, float(hours / expected)


def _days(stretches: ibis.Table) -> pd.DataFrame:
    """Days of the stretches by band, sign and span of tenure."""
    ends = [*EDGES_DAYS[1:], 1e9]
    lived = {}
    for span, (low, high) in enumerate(zip(EDGES_DAYS, ends, strict=True)):
        until = ibis.least(stretches.until, ibis.literal(high))
        since = ibis.greatest(stretches.since, ibis.literal(low))
        lived[str(span)] = (until > since).ifelse(until - since, 0.0).sum()
    wide = stretches.group_by("maturity", "sign").agg(**lived).to_pandas()
    long = wide.melt(["maturity", "sign"], var_name="span", value_name="days")
    return _plain(long)


def _hours(stretches: ibis.Table, rows: ibis.Table) -> pd.DataFrame:
    """The team's hours in the stretches, by band, sign and span of tenure."""
    both = rows.inner_join(stretches, "customer_id")
    both = both.filter((both.effort_day >= both.since) & (both.effort_day < both.until))
    edges = list(enumerate(EDGES_DAYS[1:]))
    span = ibis.cases(*((both.effort_day < edge, i) for i, edge in edges), else_=len(edges))
    found = both.group_by("maturity", "sign", span=span).agg(hours=both.hours.sum())
    return _plain(found.to_pandas())


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells' columns in one form, whichever engine made them."""
    return frame.assign(
        maturity=frame["maturity"].fillna(""),
        sign=frame["sign"].astype(bool),
        span=frame["span"].astype(int),
    )


def _before_leaving(company: Company) -> ibis.Table:
    """The last months of those who left, and all other time."""
    lives = company.customers
    last = ibis.greatest(lives.exit_day - BEFORE_LEAVING_DAYS, lives.entry_day)
    turn = lives.churned.ifelse(last, lives.exit_day)
    return _turned(lives, turn, first=False)


def _without_result(company: Company) -> ibis.Table:
    """Time until the first result, and time after it."""
    lives = company.lifetimes(surveys=False)
    turn = ibis.least(lives.result_day.fill_null(lives.exit_day), lives.exit_day)
    return _turned(lives, ibis.greatest(turn, lives.entry_day), first=True)


def _turned(lives: ibis.Table, turn: ibis.Value, *, first: bool) -> ibis.Table:
    """Lives in two stretches; ``first`` says whether the first or the second has the sign."""
    who = ["customer_id", "maturity"]
    before = lives.select(*who, since=lives.entry_day, until=turn, sign=ibis.literal(first))
    after = lives.select(*who, since=turn, until=lives.exit_day, sign=ibis.literal(not first))
    return before.union(after)


def _low_answer(company: Company) -> ibis.Table:
    """The time from each answer to the next, by whether it lies below its scale's mean."""
    answers = company.surveys.filter(company.surveys.score.notnull())
    means = answers.group_by("instrument").agg(mean=answers.score.mean())
    answers = answers.inner_join(means, "instrument")
    daily = answers.group_by("customer_id", "survey_day").agg(
        above=(answers.score - answers["mean"]).min()
    )
    order = ibis.window(group_by="customer_id", order_by="survey_day")
    daily = daily.mutate(next_day=daily.survey_day.lead().over(order))
    lives = company.customers.select("customer_id", "maturity", "entry_day", "exit_day")
    both = daily.inner_join(lives, "customer_id")
    return both.select(
        "customer_id",
        "maturity",
        since=ibis.greatest(both.survey_day, both.entry_day),
        until=ibis.least(both.next_day.fill_null(both.exit_day), both.exit_day),
        sign=both.above < 0,
    )
