"""What the data cover: who came and went when, how long they were followed, what was recorded."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from csresearch import figures
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.data_report.lexis import Lexis
from csresearch.data_report.tallies import Tallies, month_date, tallies_of
from csresearch.findings.estimates import Part

NO_CALENDAR = "Without dates there is no calendar to show."
PER = 100  # events are shown per so many customers at risk


def coverage(company: Company) -> Part:
    """Customers who started and who left, by calendar quarter and, in the picture, by month."""
    if not company.dated:
        return Part("Starts and departures", text=NO_CALENDAR)
    days = tallies_of(company).days
    months = {
        name: days[key].resample("MS").sum() if key in days else pd.Series(dtype=int)
        for name, key in (("started", "started"), ("churned", "left"))
    }
    by_month = pd.DataFrame(months).fillna(0).astype(int).rename_axis("month").reset_index()
    by_month["month"] = pd.to_datetime(by_month["month"])
    table = _by_quarter(by_month.set_index("month"))
    return Part(
        "Starts and departures", table, "", partial(figures.starts_and_churn, by_month), (8, 3)
    )


def tenure(company: Company, width_months: float = 3) -> Part:
    """How long customers have been followed: those who left and those still here."""
    counted = tallies_of(company).tenure
    bins = (counted["day"] // (DAYS_PER_MONTH * width_months)).astype(int)
    wide = counted.groupby([bins.rename("bin"), "churned"])["n"].sum().unstack(fill_value=0)
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


def activity(company: Company) -> Part:
    """Results, surveys, behaviours and efforts per 100 customers, quarter by quarter."""
    tallies = tallies_of(company)
    lexis = Lexis.of(tallies) if company.dated else None
    if lexis is None or not tallies.events:
        return Part("What was recorded when", text=NO_CALENDAR if lexis is None else _NO_EVENTS)
    at_risk = lexis.at_risk.sum(axis=(0, 1))
    index = pd.DatetimeIndex([month_date(lexis.first + i) for i in range(len(at_risk))])
    counts = pd.DataFrame(
        {
            name: lexis.events(rows, "month").sum(axis=(0, 1))
            for name, rows in tallies.events.items()
        },
        index=index.rename("month"),
    )
    months = counts.div(np.where(at_risk > 0, at_risk, np.nan), axis=0) * PER
    quarters = index.to_period("Q").astype(str)
    lived = pd.Series(at_risk, index=index).groupby(quarters).sum()
    table = (counts.groupby(quarters).sum().div(lived.where(lived > 0), axis=0) * PER).rename_axis(
        "quarter"
    )
    size = (8.0, 0.8 + 1.3 * len(counts.columns))
    text = f"Rows a month for every {PER} customers at risk in that month."
    return Part(
        "What was recorded when", table.reset_index(), text,
        partial(figures.activity, months.reset_index()), size,
    )  # fmt: skip


_NO_EVENTS = "There is no dated table of events: no results, surveys, behaviours or efforts."


def responses(company: Company) -> Part:
    """Who was asked and who answered, quarter by quarter."""
    tallies = tallies_of(company)
    if "surveys" not in tallies.event_tables:
        return Part("Surveys", text="There are no surveys.")
    if tallies.scores.empty:
        return Part("Surveys", text="No survey falls within a customer's time.")
    months = _asked_by_month(tallies)
    table = _by_quarter(months[["asked", "answered"]])
    table["share_answered"] = table["answered"] / table["asked"].where(table["asked"] > 0)
    all_answered = bool((months["asked"] == months["answered"]).all())
    text = "Of those asked, who answered."
    if all_answered:
        text = "Only answers are listed, no invitations: who was asked and kept silent is unknown."
    return Part(
        "Surveys", table, text, partial(figures.responses, months.reset_index()), (8.0, 3.0)
    )


def _asked_by_month(tallies: Tallies) -> pd.DataFrame:
    """Surveys sent and answered in each month."""
    months = tallies.scores.groupby("month")[["asked", "answered"]].sum()
    months = months.reindex(range(months.index.min(), months.index.max() + 1), fill_value=0)
    months.index = pd.DatetimeIndex([month_date(m) for m in months.index]).rename("month")
    return months.astype(int)


def _by_quarter(months: pd.DataFrame) -> pd.DataFrame:
    """Months summed to quarters."""
    quarter = pd.DatetimeIndex(months.index).to_period("Q").astype(str)
    return months.groupby(quarter).sum().rename_axis("quarter").reset_index()
