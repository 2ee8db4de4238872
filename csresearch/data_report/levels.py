"""Who left, level by level of every column: what tells whether a column gives the answer away."""

from __future__ import annotations

from functools import reduce

import ibis
import pandas as pd

from csresearch.company import Company
from csresearch.company.engines import dialect_of, parsed_number
from csresearch.company.optional import with_absent

CLASSES = 200  # an ordered column is read in so many classes; ties stay together
LEAST = 20  # customers a level must have to be judged
ALMOST = 0.01  # a share this near to nobody or everybody is almost nobody or everybody
NUMBERS = ("kickoff_judgement", "recurring_revenue", "term_months")
LABELS = ("maturity", "process", "expected_result", "had_result")


def level_counts(company: Company) -> pd.DataFrame:
    """Customers and churn by level of every column that could give the answer away: one query.

    Returns
    -------
    DataFrame
        ``column, ordered, level`` (the label, or the number of the class), ``low, high`` (of the
        class), ``n, churned, log_stay, log_leave``: the log chance that all customers of the
        level stayed, or left, if they did as the others who started in the same quarter. Of
        labels, only those with at least ``LEAST`` customers, almost none or all of whom left.
    """
    customers = _with_chances(company)
    table = reduce(lambda a, b: a.union(b), _branches(company, customers))
    share = table.churned.cast("int32").mean()
    extreme = (share <= ALMOST) | (share >= 1 - ALMOST)
    counted = (
        table.group_by(["column", "ordered", "level"])
        .having(ibis.or_(table.ordered.max(), (table.count() >= LEAST) & extreme))
        .agg(
            n=table.count(),
            churned=table.churned.cast("int32").sum(),
            low=table.value.min(),
            high=table.value.max(),
            log_stay=table.log_stay.sum(),
            log_leave=table.log_leave.sum(),
        )
        .to_pandas()
    )
    counted["ordered"] = counted["ordered"].astype(bool)
    return counted.sort_values(["column", "ordered", "low", "level"], ignore_index=True)


def _with_chances(company: Company) -> ibis.Table:
    """Customers with the logs of their chances to stay and to leave, by quarter of the start."""
    used = with_absent(company.checked["customers"].used)
    named = [*NUMBERS, *LABELS, *company.segments]
    used = used.select("customer_id", "churned", *named, quarter=used.started_on.truncate("Q"))
    quarter = ibis.window(group_by=used.quarter)
    left, n = used.churned.cast("int32").sum().over(quarter), used.count().over(quarter)
    chance = (left + 0.5) / (n + 1)
    return used.mutate(log_stay=(1 - chance).ln(), log_leave=chance.ln())


def _branches(company: Company, customers: ibis.Table) -> list[ibis.Table]:
    """One narrow table per column: ``column, ordered, level, value, churned`` and the logs."""
    labels = [c for c in LABELS if company.has(f"customers.{c}")]
    numbers = [c for c in NUMBERS if company.has(f"customers.{c}")]
    if company.bands.numeric:
        labels, numbers = [c for c in labels if c != "maturity"], [*numbers, "maturity"]
    tables = [_labels(customers, c, customers[c]) for c in (*labels, *company.segments)]
    tables += [
        _classes(customers.mutate(value=_number(customers[c])), c)
        for c in (*numbers, *company.segments)
    ]
    for table, column in (("behaviors", "behavior"), ("efforts", "kind")):
        if company.has(f"{table}.{column}"):
            tables.append(_who_had(company.tables[table], customers, f"{table}.{column}"))
    if company.has("surveys.score"):
        tables.append(_last_answers(company, customers))
    return tables or [_labels(customers.limit(0), "", ibis.null("string"))]


def _labels(customers: ibis.Table, name: str, label: ibis.Value) -> ibis.Table:
    """Customers by a label."""
    named = customers.mutate(label=label.cast("string"), value=ibis.null("float64"))
    named = named.filter(named.label.notnull())
    return _narrow(named, ibis.literal(name), named.label, ordered=False)


def _classes(customers: ibis.Table, name: str, within: tuple[str, ...] = ()) -> ibis.Table:
    """Customers by the class of a number among all that have it."""
    known = customers.filter(customers.value.notnull())
    order = ibis.window(group_by=[known[c] for c in within], order_by=known.value)
    place = (ibis.percent_rank().over(order) * CLASSES).floor().cast("int64").cast("string")
    column = ibis.literal(name)
    if within:
        column = ibis.literal(f"{name}, ") + known[within[0]].cast("string")
    return _narrow(known, column, place, ordered=True)


def _narrow(table: ibis.Table, column: ibis.Value, level: ibis.Value, *, ordered: bool):
    """Only what is counted."""
    kept = table.select("churned", "value", "log_stay", "log_leave", column=column, level=level)
    return kept.mutate(ordered=ibis.literal(ordered))


def _number(column: ibis.Value) -> ibis.Value:
    """A label or number as a number, where it is one."""
    if not column.type().is_string():
        return column.cast("float64")
    number = parsed_number(column, dialect_of(column))
    return (number.isnan() | number.isinf()).ifelse(ibis.null("float64"), number)


def _who_had(events: ibis.Table, customers: ibis.Table, name: str) -> ibis.Table:
    """Customers by the kinds of event they had at least once."""
    kind = events[name.partition(".")[2]]
    once = events.select("customer_id", label=kind).distinct()
    both = once.inner_join(customers, "customer_id").mutate(value=ibis.null("float64"))
    both = both.filter(both.label.notnull())
    return _narrow(both, ibis.literal(name), both.label, ordered=False)


def _last_answers(company: Company, customers: ibis.Table) -> ibis.Table:
    """Customers by the score of their last answer, instrument by instrument."""
    answers = company.surveys.filter(company.surveys.score.notnull())
    order = ibis.window(
        group_by=[answers.customer_id, answers.instrument],
        order_by=[answers.survey_day.desc(), answers.score],
    )
    last = answers.mutate(place=ibis.row_number().over(order)).filter(ibis._.place == 0)
    last = last.select("customer_id", "instrument", value="score")
    both = last.inner_join(customers, "customer_id")
    return _classes(both, "surveys.score", within=("instrument",))
