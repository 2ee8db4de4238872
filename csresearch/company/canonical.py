"""The canonical tables as pydantic models: the single definition code and docs are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EMPTY_WORDS = ("na", "n/a", "nan", "nat", "null", "none")  # empty where a date or number belongs


def _column(meaning: str, *, essential: bool = True, **kwargs: Any) -> Any:
    """A column; where a cell of an essential one can't be read, the row is set aside."""
    return Field(description=meaning, json_schema_extra={"essential": essential}, **kwargs)


class Row(BaseModel):
    """Base of the canonical rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Customer(Row):
    """One row per customer."""

    customer_id: str = _column("Names the customer; once in the file.")
    started_on: date | None = _column("First day as a customer.", default=None)
    ended_on: date | None = _column("Day the customer left; empty = still here.", default=None)
    taken_on: date | None = _column(
        "Snapshots stacked in one file: date of the snapshot a row belongs to.", default=None
    )
    paid_on: date | None = _column(
        "First paid day of who began with a trial; empty = still on trial, or not known to have "
        "been. Used with trials in company.yml.",
        default=None,
    )
    last_seen_on: date | None = _column(
        "Day of the last activity; with churn_after_inactive_days in company.yml.", default=None
    )
    tenure_days: float | None = _column(
        "Snapshot exports without dates: days as a customer so far, or until leaving.", default=None
    )
    tenure_months: float | None = _column(
        "The same in months of 30.4375 days; used where tenure_days is absent.", default=None
    )
    churned: bool | None = _column(
        "Snapshot exports: has the customer left? Needs churn_window in company.yml.", default=None
    )
    observed_from: date | None = _column(
        "First day this customer could have been seen to leave (a migration, a new CRM); "
        "at risk only from it. Empty = from the start.",
        default=None,
    )
    observed_until: date | None = _column(
        "Last day this customer was observed, where it is earlier than the company's; "
        "someone who had not left by then is censored there.",
        default=None,
    )
    maturity: str | None = _column(
        "How prepared the customer was at the start: an ordered band, or a number.",
        default=None,
        essential=False,
    )
    maturity_on: date | None = _column(
        "When maturity was recorded; later than day 30, or when the customer had given notice or "
        "left, counts as not recorded.",
        default=None,
        essential=False,
    )
    first_result_on: date | None = _column(
        "Day of the first measurable result, where there is no results table; empty = none yet.",
        default=None,
    )
    had_result: bool | None = _column(
        "Was there ever a result, where its date is unknown?", default=None, essential=False
    )
    notice_on: date | None = _column(
        "Day on which leaving was announced.", default=None, essential=False
    )
    parent_id: str | None = _column(
        "The account this customer belongs to; accounts share fate.", default=None, essential=False
    )
    recurring_revenue: float | None = _column(
        "Recurring revenue at the start, in any one currency.", default=None, essential=False
    )
    term_months: float | None = _column(
        "Length of a contract term in months; renewals fall on its multiples.",
        default=None,
        essential=False,
    )
    renews_on: date | None = _column(
        "The next renewal that was due, or the last one for who left; with term_months.",
        default=None,
        essential=False,
    )
    kickoff_judgement: float | None = _column(
        "Chance, judged at kickoff, that the customer will stay: 0 to 1. Map words under values:, "
        "to 1 (will make it) and 0 (will not).",
        default=None,
        essential=False,
    )
    kickoff_judged_on: date | None = _column(
        "When that was judged; later than day 30 counts as not judged.",
        default=None,
        essential=False,
    )
    expected_result: str | None = _column(
        "Kind of result the customer came for, named as in results.", default=None, essential=False
    )
    process: str | None = _column(
        "standard, or own: whether the customer follows the prescribed process.",
        default=None,
        essential=False,
    )
    churn_reason: str | None = _column("Reason given for leaving.", default=None, essential=False)


class Result(Row):
    """One row per result reached."""

    customer_id: str = _column("The customer who reached it.")
    reached_on: date | None = _column(
        "Day the change was first measured. Without this column results are known only as yes/no.",
        default=None,
    )
    result: str | None = _column("Kind of result.", default=None, essential=False)
    value: float | None = _column("Size of the change, any unit.", default=None, essential=False)


class Survey(Row):
    """One row per answer, or per invitation nobody answered."""

    customer_id: str = _column("The customer who was asked.")
    surveyed_on: date = _column("Day of the answer, or of the invitation.")
    score: float | None = _column("How satisfied; empty = invited, no answer.")
    instrument: str | None = _column(
        "Which question or scale (NPS, CSAT…).", default=None, essential=False
    )


class Behavior(Row):
    """One row per thing a customer did: each time, or only the first."""

    customer_id: str = _column("The customer who did it.")
    done_on: date = _column("Day it was done.")
    behavior: str | None = _column(
        "Kind of behaviour; plain product usage is called usage.", default=None, essential=False
    )
    quantity: float | None = _column(
        "How much, in any one unit; empty = once.", default=None, essential=False
    )


class Effort(Row):
    """One row per touch by the success team."""

    customer_id: str = _column("The customer it was spent on.")
    spent_on: date = _column("Day it was spent.")
    hours: float | None = _column(
        "Hours spent; empty = one touch of unknown length.", default=None, essential=False
    )
    kind: str | None = _column(
        "Kind of effort; a sincere challenge to change is called challenge.",
        default=None,
        essential=False,
    )
    initiated_by: str | None = _column(
        "customer, or team: who asked for it.", default=None, essential=False
    )
    programme: str | None = _column(
        "The programme it belongs to, where customers were assigned to programmes.",
        default=None,
        essential=False,
    )


class MaturityScore(Row):
    """One row per scoring of a customer's maturity; the last by day 30 counts."""

    customer_id: str = _column("The customer who was scored.")
    scored_on: date = _column("Day of the scoring.")
    maturity: str | None = _column("The band, or a number.", essential=False)


class Metric(Row):
    """One row per measurement of something a result can be read from."""

    customer_id: str = _column("The customer it was measured at.")
    measured_on: date = _column("Day of the measurement.")
    metric: str | None = _column("What was measured.", default=None, essential=False)
    value: float | None = _column("The value; empty = not measured.")


class Revenue(Row):
    """One row per change of what a customer pays; from then on it pays that."""

    customer_id: str = _column("The customer who pays.")
    changed_on: date = _column("Day from which it pays this.")
    recurring_revenue: float | None = _column(
        "Recurring revenue from that day on, in the currency and per the time of customers; "
        "empty = not known."
    )


TABLES: dict[str, type[Row]] = {
    "customers": Customer,
    "results": Result,
    "surveys": Survey,
    "behaviors": Behavior,
    "efforts": Effort,
    "maturity_scores": MaturityScore,
    "metrics": Metric,
    "revenues": Revenue,
}
KINDS = {str: "text", date: "date", float: "number", bool: "yes/no"}


@dataclass(frozen=True)
class Column:
    """A canonical column: what it holds and what happens where a cell can't be read."""

    name: str
    kind: Literal["text", "date", "number", "yes/no"]
    required: bool
    essential: bool
    meaning: str
    advice: str = ""  # where a cell can't be read, as the others of the column are written
    shifted: str = ""  # what to do about days that came out one too early


@cache
def columns_of(table: str) -> dict[str, Column]:
    """The canonical columns of a table, by name; not to be changed."""
    columns = {}
    for name, field in TABLES[table].model_fields.items():
        types = getattr(field.annotation, "__args__", (field.annotation,))
        kind = next(KINDS[t] for t in types if t in KINDS)
        essential = bool(field.json_schema_extra["essential"])
        columns[name] = Column(name, kind, field.is_required(), essential, field.description)
    return columns
