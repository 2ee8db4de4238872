"""How fast a company's customers come and leave, counted from its last twelve months."""

from __future__ import annotations

import ibis

from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.planning import Pace

LAST_MONTHS = 12


def pace_of(company: Company) -> Pace:
    """The company's own rates; of a snapshot without dates, over all of it and nobody new.

    Returns
    -------
    Pace
        Rates over the last twelve months of the data, or all of them where they are fewer.
    """
    summary = company.data_summary
    span = None
    if summary.first_start is not None:
        span = max((summary.observed_until - summary.first_start).days, 1) / DAYS_PER_MONTH
    window = min(LAST_MONTHS, span) if span else None
    starts, left, lived = _counted(company, window)
    return Pace(
        customers=summary.customers,
        here=summary.censored,
        departures=summary.churned,
        leaving=left / lived if lived else 0.0,
        starts=starts / window if window else 0.0,
        months=span or summary.longest_tenure_days / DAYS_PER_MONTH,
    )


def _counted(company: Company, months: float | None) -> tuple[float, float, float]:
    """Customers who started, customers who left and months lived in the last months."""
    customers = company.customers
    exit_day, entry_day = customers["exit_day"], customers["entry_day"]
    left = customers["churned"].cast("int32")
    if months is None:
        counts = customers.agg(left=left.sum(), lived=(exit_day - entry_day).sum())
        row = counts.to_pandas().iloc[0]
        return 0.0, float(row["left"]), float(row["lived"]) / DAYS_PER_MONTH
    until = ibis.literal(company.observed_until)
    opens = until.delta(customers["started_on"], unit="day").cast("float64")
    opens = opens - months * DAYS_PER_MONTH  # the window's first day, as a day of tenure
    lived = exit_day - ibis.greatest(entry_day, opens)
    inside = lived > 0
    counts = customers.agg(
        starts=(opens < 0).cast("int32").sum(),
        left=inside.ifelse(left, 0).sum(),
        lived=inside.ifelse(lived, 0.0).sum(),
    )
    row = counts.to_pandas().iloc[0]
    return float(row["starts"]), float(row["left"]), float(row["lived"]) / DAYS_PER_MONTH
