"""What was loaded, in a few numbers and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True)
class DataSummary:
    """What was loaded: counts and dates over the customers used.

    Parameters
    ----------
    customers, churned, censored : int
        Customers used; those who left while observed; the others.
    first_start, last_start : date or None
        None for a snapshot without start dates.
    observed_until : date
    longest_tenure_days : float
    rows_set_aside : int
        Of all tables.
    """

    customers: int
    churned: int
    censored: int
    first_start: date | None
    last_start: date | None
    observed_until: date
    longest_tenure_days: float
    rows_set_aside: int

    @property
    def text(self) -> str:
        """One sentence."""
        started = f", started {self.first_start} to {self.last_start}" if self.first_start else ""
        return (
            f"{self.customers:,} customers{started}: {self.churned:,} churned, {self.censored:,} "
            f"still here when last seen (until {self.observed_until}); "
            f"{self.rows_set_aside:,} rows set aside."
        )


def summarise(
    customers: int, facts: dict, observed_until: date, rows_set_aside: int
) -> DataSummary:
    """The summary from the aggregates over the customers used."""
    return DataSummary(
        customers=customers,
        churned=int(facts["churned"]),
        censored=customers - int(facts["churned"]),
        first_start=_day(facts["first_start"]),
        last_start=_day(facts["last_start"]),
        observed_until=observed_until,
        longest_tenure_days=float(facts["longest"]),
        rows_set_aside=rows_set_aside,
    )


def _day(value: object) -> date | None:
    """A date, or None where there is none."""
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
