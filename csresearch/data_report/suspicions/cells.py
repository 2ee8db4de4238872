"""Cells that cannot be meant as they stand: days of nothing, other scales, copies, no money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csresearch.data_report.chance import poisson_at_least
from csresearch.data_report.suspicions.base import IMPROBABLE, MANY, Suspicion
from csresearch.data_report.tallies import FLAG, Tallies, month_date
from csresearch.findings.labels import fixed, value_text

ZERO_SHARE, ZERO_TIMES = 0.01, 5  # of all customers, and of a usual day in the first month
SCALE_TIMES, SCALE_SPREADS, SCALE_ANSWERS = 1.6, 1.0, 50
COPIES, COPIES_TIMES = 5, 5
FREE_SHARE = 0.01


def zero_days(tallies: Tallies) -> list[Suspicion]:
    """Customers who left on the day they started."""
    tenure = tallies.tenure[tallies.tenure["churned"]]
    none = int(tenure.loc[tenure["day"] == 0, "n"].sum())
    usual = tenure.loc[tenure["day"].between(1, 30), "n"].sum() / 30
    everybody = int(tallies.tenure["n"].sum())
    if none < MANY or none < ZERO_SHARE * everybody or none < ZERO_TIMES * usual:
        return []
    seen = f"{none:,} customers left on the day they started, where a usual day has {usual:,.1f}"
    advice = "tests, trials or overwritten dates: leave out what was never a customer"
    return [Suspicion("customers.started_on", seen, advice)]


def revenue(tallies: Tallies) -> list[Suspicion] | None:
    """Recurring revenue below nothing, or of nothing."""
    if not tallies.company.has("customers.recurring_revenue"):
        return None
    customers = tallies.customers
    below, none, n = (
        int(customers[c].sum()) for c in (FLAG + "recurring_revenue", FLAG + "no revenue", "n")
    )
    found = []
    if below:
        advice = "credits or refunds: give what the contract is worth when it starts"
        found.append(Suspicion(_REVENUE, f"{below:,} customers have less than nothing", advice))
    if none >= OUTSIDE and none >= FREE_SHARE * n:
        share = value_text(none / n, "share", exact=True)
        advice = "free plans, trials or a number that was not known: leave the cell empty if so"
        found.append(Suspicion(_REVENUE, f"{none:,} customers ({share}) have 0", advice))
    return found


_REVENUE, OUTSIDE = "customers.recurring_revenue", 5


def scales(tallies: Tallies) -> list[Suspicion] | None:
    """Instruments whose scale becomes another one."""
    if "surveys" not in tallies.events or not tallies.company.has("surveys.score"):
        return None
    found = []
    for instrument, months in tallies.scores.groupby("instrument"):
        change = scale_change(months[months["answered"] > 0].reset_index(drop=True))
        if change is None:
            continue
        month, before, after = change
        seen = (
            f"{instrument}: scores reach {before:g} before {month_date(month):%Y-%m} and "
            f"{after:g} from then on"
        )
        advice = "give the two scales two names under instrument: they cannot be compared"
        found.append(Suspicion("surveys.score", seen, advice))
    return found


def scale_change(months: pd.DataFrame) -> tuple[int, float, float] | None:
    """From which month on does a score have another scale, and up to what did both reach?

    Parameters
    ----------
    months : DataFrame
        Of one instrument in order: ``month, answered, high, mean, spread``.
    """
    found, best = None, SCALE_TIMES
    for i in range(1, len(months)):
        before, after = months.iloc[:i], months.iloc[i:]
        n, mean, spread = zip(*(_pooled(part) for part in (before, after)), strict=True)
        tops = (float(before["high"].max()), float(after["high"].max()))
        if min(n) < SCALE_ANSWERS or min(tops) <= 0:
            continue
        times = max(tops) / min(tops)
        if times >= best and abs(mean[0] - mean[1]) >= SCALE_SPREADS * max(min(spread), 1e-9):
            found, best = (int(after["month"].iloc[0]), *tops), times + 1e-9
    return found


def _pooled(months: pd.DataFrame) -> tuple[float, float, float]:
    """Answers, their mean and their standard deviation, over months."""
    n, mean = months["answered"].to_numpy(float), months["mean"].to_numpy(float)
    total = float((n * mean).sum() / n.sum())
    squares = n * (months["spread"].to_numpy(float) ** 2 + (mean - total) ** 2)
    return float(n.sum()), total, float(np.sqrt(squares.sum() / n.sum()))


def copies(tallies: Tallies) -> list[Suspicion] | None:
    """Customers who are there twice, under other ids."""
    company = tallies.company
    if not company.dated or company.has("customers.parent_id"):  # accounts of one parent are alike
        return None
    pairs = _pairs(tallies)
    expected = chance_pairs(tallies)
    many = pairs >= COPIES and pairs >= COPIES_TIMES * expected
    if not many or poisson_at_least(pairs, max(expected, 1e-9)) >= IMPROBABLE:
        return []
    seen = (
        f"{pairs:,} pairs of customers who left agree in start, end and everything else, where "
        f"chance makes at most about {fixed(max(expected, 1), 0)}"
    )
    advice = "find out whether they are one customer under two ids; keep one, or give a parent_id"
    return [Suspicion("customers.customer_id", seen, advice)]


def _pairs(tallies: Tallies) -> int:
    """Pairs of customers who left and agree in everything that is recorded of them."""
    company = tallies.company
    used = company.checked["customers"].used
    alike = [c for c in ("maturity", "recurring_revenue", "process", "term_months")
             if company.has(f"customers.{c}")]  # fmt: skip
    left = used.filter(used.churned)
    same = left.group_by(["started_on", "ended_on", *alike, *company.segments]).agg(n=left.count())
    twice = same.filter(same.n > 1)
    pairs = (twice.n * (twice.n - 1) / 2).sum()
    found = twice.agg(pairs=pairs).to_pandas()["pairs"].iloc[0]
    return 0 if pd.isna(found) else int(found)


def chance_pairs(tallies: Tallies) -> float:
    """Pairs that agree in start and end if days within a month were drawn for each alone."""
    rows = tallies.customers[tallies.customers["churned"]]
    start, end = (_within_month(tallies.days.get(w)) for w in ("started", "left"))
    total = 0.0
    for month, starters in rows.groupby("start"):
        n = starters.groupby("exit")["n"].sum()
        same_end = sum((k / n.sum()) ** 2 * end.get(m, 1.0) for m, k in n.items())
        total += n.sum() * (n.sum() - 1) / 2 * start.get(month, 1.0) * same_end
    return float(total)


def _within_month(days: pd.Series | None) -> dict[int, float]:
    """The chance that two dates of a month fall on the same day, by numbered month."""
    if days is None or days.empty:
        return {}
    month = days.index.year * 12 + days.index.month - 1
    return {int(m): float(((n / n.sum()) ** 2).sum()) for m, n in days.groupby(month)}
