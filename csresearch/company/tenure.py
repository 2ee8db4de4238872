"""Turns dates into days of tenure: intervals are (start, stop], and half a day for none."""

from __future__ import annotations

import ibis

from csresearch.company.optional import column_of
from csresearch.company.schema import DAYS_PER_MONTH, CompanyConfig
from csresearch.errors import CompanyError


def is_dated(placed: dict, file: str) -> bool:
    """True for dated customers, False for a snapshot of tenures.

    Raises
    ------
    CompanyError
        If the file has neither kind of tenure.
    """
    if {"started_on", "ended_on"} <= set(placed):
        return True
    if "churned" in placed and ({"tenure_days", "tenure_months"} & set(placed)):
        return False
    tenure = [c for c in ("started_on", "ended_on", "tenure_days", "churned") if c not in placed]
    raise CompanyError(
        f"{file}: nothing says how long customers stayed: it needs started_on and ended_on "
        f"(empty = still here), or tenure_days (or tenure_months) and churned; not found: "
        f"{', '.join(tenure)}. Name the file's columns in company.yml under customers: columns:"
    )


def days_between(start: ibis.Value, end: ibis.Value) -> ibis.Value:
    """Days from one date to another."""
    return end.delta(start, unit="day").cast("float64")


def customer_days(
    customers: ibis.Table, config: CompanyConfig, dated: bool
) -> dict[str, ibis.Value]:
    """When each customer was at risk and how it ended: entry_day, exit_day, exit_on, churned."""
    return _dated(customers, config) if dated else _snapshot(customers, config)


def since_start(table: ibis.Table, column: str) -> ibis.Value:
    """Day of tenure of a date column, negative before the start; nothing where there is none."""
    if not {"started_on", column} <= set(table.columns):
        return ibis.null("float64")
    return days_between(table.started_on, table[column])


def not_before_start(day: ibis.Value) -> ibis.Value:
    """A day of tenure; what was dated before the start counts from the start."""
    return (day < 0).ifelse(0.0, day)


def _dated(customers: ibis.Table, config: CompanyConfig) -> dict[str, ibis.Value]:
    """Tenure from dates."""
    seen_until = ibis.literal(config.observed_until)
    if "observed_until" in customers.columns:
        seen_until = customers.observed_until.coalesce(seen_until)
    left = (customers.ended_on <= seen_until).fill_null(False)
    exit_on = left.ifelse(customers.ended_on, seen_until)
    tenure = days_between(customers.started_on, exit_on)
    return {
        "churned": left,
        "exit_on": exit_on,
        "exit_day": (tenure == 0).ifelse(0.5, tenure),
        "entry_day": _entry_day(customers),
    }


def _entry_day(customers: ibis.Table) -> ibis.Value:
    """Day of tenure from which leaving could be seen."""
    if "observed_from" not in customers.columns:
        return ibis.literal(0.0)
    entry = since_start(customers, "observed_from")
    return (entry > 0).ifelse(entry, 0.0).fill_null(0.0)


def _snapshot(customers: ibis.Table, config: CompanyConfig) -> dict[str, ibis.Value]:
    """Tenure as exported; at risk only inside the window in which churn could be recorded."""
    months = column_of(customers, "tenure_months") * DAYS_PER_MONTH
    tenure = column_of(customers, "tenure_days").coalesce(months)
    exit_day, entry_day = (tenure == 0).ifelse(0.5, tenure), ibis.literal(0.0)
    if config.churn_window is not None:
        entry = exit_day - config.churn_window.in_days
        entry_day = (entry > 0).ifelse(entry, 0.0)
    days = {"exit_on": ibis.null("date"), "exit_day": exit_day, "entry_day": entry_day}
    return {"started_on": column_of(customers, "started_on"), **days}
