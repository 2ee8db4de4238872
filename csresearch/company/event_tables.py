"""The tables of events: which date counts, which columns are kept, what early rows mean."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from csresearch.company.checks import SET_ASIDE, TOLD
from csresearch.company.tenure import not_before_start, since_start


@dataclass(frozen=True)
class EventKind:
    """How a table of events is read.

    Parameters
    ----------
    dated_by : str
        Canonical date column.
    day : str
        Clean column with the day of tenure.
    kept : dict of str to str
        Other clean columns and their types.
    unnamed : dict of str to str
        What an empty cell of a kept column is called.
    early : str
        What happens to a row before the customer's start.
    """

    dated_by: str
    day: str
    kept: dict[str, str]
    unnamed: dict[str, str]
    early: str


EVENTS = {
    "results": EventKind(
        "reached_on", "result_day", {"result": "string", "value": "float64"},
        {"result": "result"}, TOLD,
    ),
    "surveys": EventKind(
        "surveyed_on", "survey_day", {"score": "float64", "instrument": "string"},
        {"instrument": "survey"}, SET_ASIDE,
    ),
    "behaviors": EventKind(
        "done_on", "behavior_day", {"behavior": "string", "quantity": "float64"},
        {"behavior": "behavior"}, TOLD,
    ),
    "efforts": EventKind(
        "spent_on", "effort_day",
        {"hours": "float64", "kind": "string", "initiated_by": "string", "programme": "string"},
        {"kind": "effort"}, SET_ASIDE,
    ),
    "maturity_scores": EventKind(
        "scored_on", "score_day", {"maturity": "string"}, {}, TOLD,
    ),
    "metrics": EventKind(
        "measured_on", "metric_day", {"metric": "string", "value": "float64"},
        {"metric": "metric"}, SET_ASIDE,
    ),
    "revenues": EventKind(
        "changed_on", "revenue_day", {"recurring_revenue": "float64"}, {}, TOLD,
    ),
}  # fmt: skip


def event_columns(name: str, used: ibis.Table) -> ibis.Table:
    """The clean columns of a checked table of events."""
    kind = EVENTS[name]
    day = {kind.day: not_before_start(since_start(used, kind.dated_by))}
    kept = {
        column: used[column].fill_null(kind.unnamed[column])
        if column in kind.unnamed
        else used[column]
        for column in kind.kept
    }
    return used.select("customer_id", **day, **kept)


def no_events(name: str, nobody: ibis.Table) -> ibis.Table:
    """An empty table of events; ``nobody`` are customers without a row."""
    kind = EVENTS[name]
    columns = {kind.day: "float64", **kind.kept}
    return nobody.select("customer_id", **{c: ibis.null(t) for c, t in columns.items()})
