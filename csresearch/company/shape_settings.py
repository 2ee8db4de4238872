"""What company.yml may say about the shape of the rows."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from csresearch.company.settings import Settings


class Subscriptions(Settings):
    """Several subscriptions or contracts per customer, one a row."""

    grace_days: float = Field(
        ge=0,
        allow_inf_nan=False,
        description="A subscription that starts at most so many days after the end of those before "
        "it continues them: the customer never left.",
    )
    unsettled: Literal["censored", "churned"] = Field(
        default="censored",
        description="An end less than grace_days before observed_until is not known to be one yet. "
        "censored: all customers are observed until grace_days before observed_until; churned: "
        "such an end counts as leaving.",
    )


class Trials(Settings):
    """Which rows are trials."""

    column: str = Field(description="Column of the customers file that tells trials apart.")
    values: list[str] = Field(min_length=1, description="Its values that mean a trial.")
    use: Literal["excluded", "counted"] = Field(
        default="excluded",
        description="excluded: rows of trials are set aside, and a customer starts with the first "
        "row that is none, or on paid_on; counted: a trial is the start of being a customer.",
    )


class Snapshots(Settings):
    """Monthly or quarterly snapshots stacked in one file."""

    taken_on: str = Field(description="Column with the date of the snapshot a row belongs to.")
    vanishing: Literal["churned", "censored"] | None = Field(
        default=None,
        description="A customer who is missing from a snapshot without a churn flag before: "
        "churned (dated to that snapshot), or censored (last seen the snapshot before). Needed "
        "where it happens; there is no default.",
    )


class Activity(Settings):
    """What counts as activity where churn is inferred from inactivity."""

    table: Literal["behaviors", "customers"] = Field(
        default="behaviors",
        description="behaviors, or customers: its column last_seen_on.",
    )
    kinds: list[str] = Field(
        default_factory=list, description="Of behaviors: the kinds that count; empty: all."
    )
    includes_results: bool | None = Field(
        default=None,
        description="Can reaching a result be what made a customer count as active? Needed with "
        "last_seen_on; if so, no claim about results can be tested against such churn.",
    )


class ResultRule(Settings):
    """A result defined as a change of a metric."""

    metric: str = Field(description="The metric, as named in metrics.")
    result: str | None = Field(
        default=None, description="Kind of result a change is called; default: as the metric."
    )
    baseline_days: float = Field(
        default=30,
        gt=0,
        allow_inf_nan=False,
        description="Values up to this day of tenure are the baseline; no result is dated in it.",
    )
    baseline: Literal["mean", "median"] = Field(
        default="mean", description="What of them is the baseline."
    )
    at_least: int = Field(
        default=1, ge=1, description="Days with a value the baseline needs; else there is none."
    )
    change: float = Field(
        gt=0,
        allow_inf_nan=False,
        description="How far from the baseline a value must be: 0.2 with relative: 20 %.",
    )
    relative: bool = Field(
        default=True, description="Whether change is a share of the baseline, or in its unit."
    )
    direction: Literal["up", "down"] = Field(description="Which way is a result.")
    sustained: int = Field(
        default=1,
        ge=1,
        description="So many measured days in a row must be that far; the result is dated on the "
        "last of them, when it is known.",
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """A value can't fall by more than all of its baseline and stay positive."""
        if self.relative and self.direction == "down" and self.change > 1:
            raise ValueError("change: a relative fall is at most 1 (all of the baseline)")
        return self

    @property
    def kind(self) -> str:
        """What the result is called."""
        return self.result or self.metric


def taken_on_placed(content: Any) -> Any:
    """Settings in which the snapshots' taken_on is a column of customers like any other."""
    if not isinstance(content, dict):
        return content
    snapshots, customers = content.get("snapshots"), content.get("customers")
    if not (isinstance(snapshots, dict) and isinstance(customers, dict)):
        return content
    columns = customers.get("columns") or {}
    if "taken_on" not in snapshots or not isinstance(columns, dict):
        return content
    columns = {**columns, "taken_on": snapshots["taken_on"]}
    return {**content, "customers": {**customers, "columns": columns}}


def refuse_contradictions(config: Any) -> None:
    """Keys about shape that don't fit together.

    Raises
    ------
    ValueError
        That says which, and what to do.
    """
    rows = {
        "subscriptions": config.subscriptions,
        "snapshots": config.snapshots,
        "churn_after_inactive_days": config.churn_after_inactive_days,
        "churn_window": config.churn_window,
        "maturity: repeated_rows": config.maturity.repeated_rows,
    }
    given = [name for name, value in rows.items() if value]
    if len(given) > 1:
        raise ValueError(f"{given[0]} and {given[1]} describe different files; give one of them")
    if config.reactivation != "first" and config.subscriptions is None:
        raise ValueError("reactivation: needs subscriptions:, whose grace_days says what is a gap")
    if bool(config.result_rules) != bool(config.metrics):
        raise ValueError("result_rules: and metrics: (the table they are about) need each other")
    if config.maturity_scores and config.maturity.repeated_rows:
        raise ValueError("maturity is scored in maturity_scores or in repeated rows; keep one")
    _refuse_unknown_activity(config)


def _refuse_unknown_activity(config: Any) -> None:
    """Activity must be stated where churn is inferred from it."""
    activity = config.activity
    if config.churn_after_inactive_days is None:
        if activity != Activity():
            raise ValueError("activity: is about churn_after_inactive_days:, which is missing")
    elif activity.table == "behaviors" and config.behaviors is None:
        raise ValueError(
            "churn_after_inactive_days: needs the behaviors table, or activity: {table: customers} "
            "for the column last_seen_on"
        )
    elif activity.table == "customers" and activity.includes_results is None:
        raise ValueError(
            "activity: say with includes_results: yes or no whether reaching a result can be what "
            "sets last_seen_on"
        )
