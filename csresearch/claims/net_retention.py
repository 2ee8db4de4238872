"""Revenue retention as a board reads it: of the revenue of a year ago, how much is there today?

Gross counts what is left of it, net what the same customers pay today. Both need revenue on more
than one day, which is what the table ``revenues`` holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ibis
import pandas as pd

from csresearch.company import Company
from csresearch.company.sources import kept
from csresearch.findings.estimates import Estimate
from csresearch.resampling import GROUP, with_groups
from csresearch.survival.intervals import Interval
from csresearch.survival.revenue import revenue_retention

NEEDS = "revenues"
YEAR_DAYS = 365.0
FEWEST = 10  # customers a year ago; below it nothing is said
LACKS = (
    "Net retention needs revenues.recurring_revenue (what customers pay later, from which day on), "
    "which these data do not have."
)
SEEN = (
    "Gross and net retention of the last year are of the revenue of customers who were there a "
    "year before the data end: what is left of it, and what the same customers pay today."
)
GROSS, NET = "gross revenue retention, last year", "net revenue retention, last year"


def year_ago(company: Company, lives: ibis.Table) -> ibis.Table:
    """Customers who were there a year before the data end, with their revenue then and today.

    Parameters
    ----------
    company : Company
    lives : ibis.Table
        The columns of ``company.customers``, and any others.

    Returns
    -------
    ibis.Table
        The columns of ``lives`` with ``notice_day`` (tenure a year ago) and ``renewal`` (0), so
        that states follow as at a renewal; ``then``, ``now`` (0 for who left) and ``kept``, the
        smaller of both. Who was not seen to the end of the data has no row, nor who paid nothing
        then.
    """
    age = ibis.literal(company.observed_until).delta(lives["started_on"], unit="day")
    lives = lives.mutate(today=age.cast("float64"), renewal=ibis.literal(0, "int16"))
    lives = lives.mutate(notice_day=lives["today"] - YEAR_DAYS)
    there = (lives["notice_day"] >= lives["entry_day"]) & (lives["notice_day"] < lives["exit_day"])
    seen = lives["churned"] | (lives["exit_day"] >= lives["today"])
    lives = lives.filter(there & seen)
    rows = lives.left_join(_paid(company, lives), "customer_id").drop("customer_id_right")
    start = rows["recurring_revenue"].cast("float64")
    now = ibis.coalesce(rows["paid_now"], start)
    rows = rows.mutate(
        then=ibis.coalesce(rows["paid_then"], start), now=rows["churned"].ifelse(0.0, now)
    )
    rows = rows.filter((rows["then"] > 0) & rows["now"].notnull())
    rows = rows.mutate(kept=ibis.least(rows["then"], rows["now"]))
    return kept("year_ago", rows.drop("today", "paid_then", "paid_now"))


def _paid(company: Company, lives: ibis.Table) -> ibis.Table:
    """What each customer's changes say it paid a year ago, and pays since the last of them."""
    changes = company.revenues.filter(company.revenues["recurring_revenue"].notnull())
    daily = changes.group_by("customer_id", "revenue_day").agg(
        pays=changes["recurring_revenue"].max()
    )
    both = daily.inner_join(lives.select("customer_id", "notice_day"), "customer_id")
    by_then = both["revenue_day"] <= both["notice_day"]
    return both.group_by("customer_id").agg(
        paid_then=both["pays"].argmax(both["revenue_day"], where=by_then),
        paid_now=both["pays"].argmax(both["revenue_day"]),
    )


def retained(
    company: Company,
    lives: ibis.Table,
    state: Callable[[ibis.Table], ibis.Table] | None = None,
    states: Sequence[str] = (),
) -> list[Estimate]:
    """Gross and net retention of the last year, of everybody and by state a year ago.

    Parameters
    ----------
    company : Company
    lives : ibis.Table
        As in `year_ago`.
    state : callable, optional
        Adds a column ``state`` to what `year_ago` gives.
    states : sequence of str
        Those shown, net of growth, beside everybody.

    Returns
    -------
    list of Estimate
        Empty without a revenues table or with fewer than ten customers to tell from.

    Notes
    -----
    A year is 365 days. Of several changes on one day the largest counts.
    """
    if not company.has(NEEDS) or not company.dated:
        return []
    rows = year_ago(company, lives)
    rows = with_groups(rows.mutate(state=ibis.literal("")) if state is None else state(rows))
    sums = rows.group_by("state", GROUP).agg(
        n=rows.count(), then=rows["then"].sum(), kept=rows["kept"].sum(), now=rows["now"].sum()
    )
    sums = sums.order_by("state", GROUP).to_pandas()
    found = _both(sums, "")
    for one in states:
        found += _both(sums[sums["state"] == one], f": {one}")[1:]
    return found


def words(company: Company, shown: Sequence[Estimate]) -> str:
    """How net retention is counted, or why there is none."""
    if not company.has(NEEDS):
        return LACKS
    if any(one.name.startswith(NET) for one in shown):
        return SEEN
    return f"Net retention needs {FEWEST} customers or more who were there a year before the end."


def _both(sums: pd.DataFrame, of: str) -> list[Estimate]:
    """Gross and net retention of some customers, groups of the jackknife put together."""
    totals = sums.groupby(GROUP)[["n", "then", "kept", "now"]].sum()
    if totals["n"].sum() < FEWEST or len(totals) < 2:
        return []
    found = revenue_retention(*(totals[name].to_numpy(float) for name in ("then", "kept", "now")))
    return [_share(f"{GROSS}{of}", found.gross), _share(f"{NET}{of}", found.net)]


def _share(name: str, found: Interval) -> Estimate:
    """As a share; net retention may exceed 1."""
    return Estimate(name, found.value, found.ci_low, found.ci_high, scale="share")
