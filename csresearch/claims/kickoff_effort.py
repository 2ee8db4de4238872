"""Did effort follow the judgement? Then it may have made itself come true, or untrue."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.kickoff_counts import UNDECIDED, WILL, WILL_NOT, judged_lives
from csresearch.company import Company
from csresearch.events import NOT_RECORDED
from csresearch.findings.estimates import Estimate
from csresearch.survival.intervals import ratio_interval

WINDOW_DAYS = 90.0  # after the judgement
NAME = "effort on those judged not to make it ÷ judged to, at the same maturity"
LEAST = 10  # customers of either judgement in a band


def effort_by_judgement(company: Company) -> pd.DataFrame:
    """What was spent on each customer in the first 90 days after the judgement?

    Returns
    -------
    DataFrame
        Columns ``judged, maturity, customers, total, squares`` of hours (of efforts where hours
        are not recorded) by the team, among customers who were still there after those days.
        Empty without efforts.
    """
    columns = ["judged", "maturity", "customers", "total", "squares"]
    if not company.has("efforts"):
        return pd.DataFrame(columns=columns)
    lives = judged_lives(company)
    followed = lives.filter(
        lives["entry_day"] <= lives["change_day"],
        lives["exit_day"] > lives["change_day"] + WINDOW_DAYS,
    )
    spent = _spent(company, followed)
    rows = followed.left_join(spent, "customer_id").select(
        judged=followed["judged"],
        maturity=followed["maturity"].fill_null(NOT_RECORDED),
        spent=spent["spent"].fill_null(0.0),
    )
    found = rows.group_by("judged", "maturity").agg(
        customers=rows.count(),
        total=rows["spent"].sum(),
        squares=(rows["spent"] * rows["spent"]).sum(),
    )
    return found.order_by("judged", "maturity").to_pandas()[columns]


def effort_ratio(counted: pd.DataFrame) -> Estimate:
    """How many times the effort did those judged not to make it get?

    Parameters
    ----------
    counted : DataFrame
        As `effort_by_judgement` gives it.

    Returns
    -------
    Estimate
        Of means per customer, standardised over maturity bands that have at least ten customers
        of either judgement; no value without such a band or without any effort.
    """
    means, errors = {}, {}
    sides = counted[counted["judged"] != UNDECIDED]
    n = sides.pivot_table(index="maturity", columns="judged", values="customers", aggfunc="sum")
    n = n.reindex(columns=[WILL_NOT, WILL]).fillna(0)
    weight = n[(n >= LEAST).all(axis=1)].sum(axis=1)
    for side in (WILL_NOT, WILL):
        rows = sides[sides["judged"] == side].set_index("maturity").loc[weight.index]
        mean = rows["total"] / rows["customers"]
        variance = (rows["squares"] / rows["customers"] - mean**2) / (rows["customers"] - 1)
        share = weight / weight.sum()
        means[side] = float((share * mean).sum())
        errors[side] = float((share**2 * variance).sum())
    if not len(weight) or not min(means.values()) > 0:
        return Estimate(NAME, None, null=1.0)
    log = np.log(means[WILL_NOT] / means[WILL])
    error = np.sqrt(sum(errors[side] / means[side] ** 2 for side in means))
    found = ratio_interval(float(log), float(error))
    return Estimate(
        NAME, found.value, found.ci_low, found.ci_high, std_error=found.std_error, null=1.0
    )


def followed_judgement(ratio: Estimate) -> bool:
    """Whether those judged one way surely got more than those judged the other way."""
    return ratio.excludes(1)


def _spent(company: Company, followed: ibis.Table) -> ibis.Table:
    """Hours, or efforts, of the team on each customer in the window."""
    efforts, days = company.efforts, followed.select("customer_id", "change_day")
    both = efforts.inner_join(days, "customer_id")
    by_team = (both["initiated_by"] != "customer").fill_null(True)
    after = both["effort_day"] - both["change_day"]
    both = both.filter(by_team, after > 0, after <= WINDOW_DAYS)
    hours = both["hours"].fill_null(0.0) if company.has("efforts.hours") else ibis.literal(1.0)
    return both.mutate(each=hours).group_by("customer_id").agg(spent=ibis._.each.sum())
