"""What was read: the parts of the data notebook."""

from __future__ import annotations

from functools import partial

import ibis
import numpy as np
import pandas as pd

from csresearch import figures
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Part


def overview(company: Company) -> Part:
    """How many customers, results and surveys were read, and over which dates."""
    return Part(f"{company.name}: what was loaded", None, company.data_summary.text)


def rows(company: Company) -> Part:
    """Rows in, used and set aside, table by table."""
    counts = company.row_counts
    parts = [name for name in ("used", "merged", "set_aside") if name in counts]
    right = bool((counts["rows_in"] == counts[parts].sum(axis="columns")).all())
    words = "Used, merged" if "merged" in parts else "Used"
    text = f"{words} and set aside add up to the rows in." if right else "The rows do not add up."
    return Part("Rows", counts, text)


def problems(company: Company) -> Part:
    """Everything the checks found, with an example and what to do."""
    return Part("What the checks found", company.problems, _found(company))


def coverage(company: Company) -> Part:
    """Customers who started and who left, by calendar quarter and, in the picture, by month."""
    if not company.dated:
        return Part("Starts and departures", text="Without dates there is no calendar to show.")
    customers = company.customers
    by_month = _per_month(customers, "started_on", "started").merge(
        _per_month(customers.filter(customers["churned"]), "ended_on", "churned"),
        on="month",
        how="outer",
    )
    by_month = by_month.fillna(0).sort_values("month", ignore_index=True)
    quarter = by_month["month"].dt.to_period("Q").astype(str)
    table = by_month.groupby(quarter)[["started", "churned"]].sum().astype(int).reset_index()
    table = table.rename(columns={"month": "quarter"})
    return Part(
        "Starts and departures", table, "", partial(figures.starts_and_churn, by_month), (8, 3)
    )


def tenure(company: Company, width_months: float = 3) -> Part:
    """How long customers have been followed: those who left and those still here."""
    bins = (company.customers["exit_day"] / (DAYS_PER_MONTH * width_months)).floor()
    counted = (
        company.customers.select(bin=bins, churned="churned")
        .group_by(["bin", "churned"])
        .agg(n=lambda t: t.count())
        .to_pandas()
    )
    wide = counted.pivot(index="bin", columns="churned", values="n").fillna(0)
    wide = wide.reindex(columns=[True, False], fill_value=0)
    wide = wide.reindex(np.arange(int(wide.index.max()) + 1), fill_value=0)
    table = pd.DataFrame(
        {
            "months": wide.index.to_numpy(float) * width_months,
            "left": wide[True].to_numpy(int),
            "still_here": wide[False].to_numpy(int),
        }
    )
    text = (
        f"Months followed, in spans of {width_months:g} months; the number is where a span starts."
    )
    return Part(
        "How long customers were followed", table, text, partial(figures.tenure_histogram, table)
    )


def _per_month(customers: ibis.Table, day: str, name: str) -> pd.DataFrame:
    """Customers by the month of a date."""
    month = customers[day].truncate("M")
    counted = customers.select(month=month).group_by("month").agg(n=lambda t: t.count())
    frame = counted.to_pandas().rename(columns={"n": name})
    return frame.assign(month=pd.to_datetime(frame["month"]))


def _found(company: Company) -> str:
    """How many rows were set aside."""
    aside = int(company.row_counts["set_aside"].sum())
    if company.problems.empty:
        return "The checks found nothing."
    return f"{aside:,} rows were set aside; the rest is told and kept."
