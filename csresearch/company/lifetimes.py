"""One row per customer with what claims count by: first result, first survey."""

from __future__ import annotations

from collections.abc import Container

import ibis

from csresearch.company.engines import dialect_of, in_byte_order
from csresearch.company.sources import named


def lifetimes(
    tables: dict[str, ibis.Table], given: Container[str], listed: bool, instrument: str | None
) -> ibis.Table:
    """One row per customer with its first result and first survey; see ``Company.lifetimes``.

    Only tables ``given`` are joined, as a join with nothing takes its time too; with a join the
    rows get a name of their own. ``listed`` says whether who is not listed with a result had none.
    """
    customers = table = tables["customers"]
    day, reached = customers.first_result_day, ibis.literal(False)
    if "results" in given:
        table = _beside_results(customers, tables["results"])
        day = _earlier(table.first_result_day, table.listed_day)
        reached = table.listed.notnull()
    had = table.had_result
    if listed:
        had = day.notnull() | reached | had.fill_null(False)
    columns = {name: table[name] for name in customers.columns}
    columns |= {"result_day": day, "had_result": had}
    if "surveys" in given:
        return named(_with_first_survey(table.select(**columns), tables, instrument))
    days = {name: ibis.null("float64") for name in ("invited_day", "survey_day", "score")}
    table = table.select(**columns, **days, instrument=ibis.null("string"))
    return named(table) if "results" in given else table  # a name costs more than a step


def _beside_results(customers: ibis.Table, results: ibis.Table) -> ibis.Table:
    """Customers with how many results are listed, dated or not, and the day of the first."""
    first = results.group_by("customer_id").agg(
        listed_day=results.result_day.min(), listed=results.count()
    )
    return customers.left_join(first, "customer_id").select(
        *(customers[c] for c in customers.columns), first.listed_day, first.listed
    )


def _with_first_survey(
    table: ibis.Table, tables: dict[str, ibis.Table], instrument: str | None
) -> ibis.Table:
    """Adds the first answered survey and the day of the first invitation."""
    surveys = tables["surveys"]
    if instrument is not None:
        surveys = surveys.filter(surveys.instrument == instrument)
    answered = surveys.filter(surveys.score.notnull())
    instrument = in_byte_order(answered.instrument, dialect_of(answered))
    order = [answered.survey_day, instrument, answered.score]
    place = ibis.row_number().over(group_by=answered.customer_id, order_by=order)
    answers = answered.mutate(place=place).filter(ibis._.place == 0).drop("place")
    asked = surveys.group_by("customer_id").agg(invited_day=surveys.survey_day.min())
    with_asked = table.left_join(asked, "customer_id")
    with_asked = with_asked.select(*(table[c] for c in table.columns), asked.invited_day)
    return with_asked.left_join(answers, "customer_id").select(
        *(with_asked[c] for c in with_asked.columns),
        answers.survey_day, answers.score, answers.instrument,
    )  # fmt: skip


def _earlier(one: ibis.Value, other: ibis.Value) -> ibis.Value:
    """The earlier of two days, either of which may be missing."""
    return ibis.least(one, other).coalesce(one, other)
