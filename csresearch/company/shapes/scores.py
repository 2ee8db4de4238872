"""Maturity scored at more than one date: the last score by day 30 counts."""

from __future__ import annotations

import ibis

from csresearch.company.canonical import columns_of
from csresearch.company.cells import CELL, as_text
from csresearch.company.checks import MERGED, NOT_USED, SET_ASIDE, Check
from csresearch.company.schema import RECORDED_BY_DAY, CompanyConfig
from csresearch.company.shapes.marks import (
    KEPT,
    USABLE,
    Mark,
    Shaped,
    in_fixed_order,
    kept_rows,
    whole,
)
from csresearch.company.tenure import days_between, since_start
from csresearch.errors import CompanyError

ROWS_DIFFER = Mark(
    "shape rows differ",
    "customer_id",
    "rows of the customer differ in more than maturity",
    "make them agree in the dates, or give the scorings as maturity_scores",
    SET_ASIDE,
)
MUST_AGREE = (
    "started_on", "ended_on", "tenure_days", "tenure_months", "churned", "observed_from",
    "observed_until",
)  # fmt: skip
SCORE, SCORED_ON = "shape score", "shape scored on"


def merge_scorings(table: ibis.Table, config: CompanyConfig, placed: dict) -> Shaped:
    """One row per customer of rows that repeat it for each scoring of maturity.

    Parameters
    ----------
    table : ibis Table
        Typed rows with ``USABLE``.
    config : CompanyConfig
    placed : dict
    """
    each = ibis.window(group_by=[table.customer_id, table[USABLE]])
    differs = ibis.literal(False)
    for name in MUST_AGREE:
        value = table[name].cast("int64") if name == "churned" else table[name]
        unequal = (value.min().over(each) != value.max().over(each)).fill_null(False)
        filled = whole(value.notnull())
        differs = differs | unequal | (filled.min().over(each) != filled.max().over(each))
    rows = table.mutate(**{ROWS_DIFFER.flag: table[USABLE] & differs})
    scores = rows.filter(rows[USABLE]).select(
        "customer_id", "started_on", "ended_on", "maturity", scored_on=rows.maturity_on
    )
    rows = _with_score(rows, last_scores(scores))
    rows = rows.mutate(
        maturity=rows[USABLE].ifelse(rows[SCORE], rows.maturity),
        maturity_on=rows[USABLE].ifelse(rows[SCORED_ON], rows.maturity_on),
    ).drop(SCORE, SCORED_ON)
    place = ibis.row_number().over(
        group_by=[rows.customer_id, rows[USABLE]], order_by=in_fixed_order(rows, config.segments)
    )
    rows = rows.mutate(place=place)
    kept = rows[USABLE] & (rows.place == 0)
    rows = rows.mutate(**{KEPT: kept, MERGED: rows[USABLE] & ~kept}).drop("place")
    return Shaped(rows, (ROWS_DIFFER,), placed)


def score_customers(
    table: ibis.Table, scores: ibis.Table, placed: dict, files: tuple[str, str]
) -> tuple[ibis.Table, dict]:
    """Customers with maturity from the maturity_scores table.

    Parameters
    ----------
    table : ibis Table
        Shaped rows of customers.
    scores : ibis Table
        Typed rows of maturity_scores.
    placed : dict
        Of customers.
    files : (str, str)
        What to call the two files in messages.

    Raises
    ------
    CompanyError
        If customers have a maturity of their own.
    """
    if "maturity" in placed:
        raise CompanyError(
            f"{files[0]} holds maturity ({placed['maturity'][1]}) and so does {files[1]}; leave "
            "maturity_scores out, or rename that column"
        )
    kept = kept_rows(table).select("customer_id", "started_on", "ended_on")
    usable = scores.select("customer_id", "scored_on", "maturity")
    joined = usable.inner_join(kept, "customer_id")
    rows = _with_score(table, last_scores(joined))
    rows = rows.mutate(
        maturity=rows[SCORE],
        maturity_on=rows[SCORED_ON],
        **{CELL + "maturity": rows[SCORE], CELL + "maturity_on": rows[SCORED_ON]},
    ).drop(SCORE, SCORED_ON)
    known = columns_of("customers")
    names = ("maturity", "maturity_on")
    return rows, {**placed, **{name: (known[name], name) for name in names}}


def last_scores(scores: ibis.Table) -> ibis.Table:
    """The score that counts of each customer: the last by day 30, while a customer.

    Parameters
    ----------
    scores : ibis Table
        ``customer_id, started_on, ended_on, scored_on, maturity``.

    Returns
    -------
    ibis Table
        ``scored_id``, ``SCORE`` and ``SCORED_ON``; customers with two different scores on that
        day are left out.
    """
    day = days_between(scores.started_on, scores.scored_on)
    in_time = (day <= RECORDED_BY_DAY) & ~(scores.scored_on > scores.ended_on).fill_null(False)
    counted = scores.filter(in_time & scores.maturity.notnull())
    each = ibis.window(group_by=counted.customer_id)
    counted = counted.mutate(last=counted.scored_on.max().over(each))
    counted = counted.filter(counted.scored_on == counted["last"])
    found = counted.group_by("customer_id").agg(
        **{
            SCORE: counted.maturity.min(),
            SCORED_ON: counted.scored_on.max(),
            "other": counted.maturity.max(),
        }
    )
    return found.filter(found[SCORE] == found.other).drop("other").rename(scored_id="customer_id")


def score_rules(table: ibis.Table) -> list[Check]:
    """What is told of scores that don't count.

    Parameters
    ----------
    table : ibis Table
        Typed rows of maturity_scores beside their customer's dates.
    """
    day = since_start(table, "scored_on")
    in_time = (day <= RECORDED_BY_DAY).fill_null(False) & table.maturity.notnull()
    in_time = in_time & table.known & (day <= table.exit_day).fill_null(False)
    each = ibis.window(group_by=table.customer_id)
    last = in_time.ifelse(table.scored_on, ibis.null("date")).max().over(each)
    on_last = (in_time & (table.scored_on == last)).fill_null(False)
    one = on_last.ifelse(as_text(table.maturity), ibis.null("string"))
    two = one.min().over(each) != one.max().over(each)
    return [
        Check(
            "maturity", "no score", table.maturity.isnull(), "nothing to do if none was given",
            NOT_USED,
        ),
        Check(
            "scored_on", f"maturity scored after day {RECORDED_BY_DAY}", day > RECORDED_BY_DAY,
            "nothing to do: what is recorded later may follow from how it went", NOT_USED,
        ),
        Check(
            "scored_on", f"a later score by day {RECORDED_BY_DAY} counts",
            in_time & (table.scored_on < last), "nothing to do", NOT_USED,
        ),
        Check(
            "maturity", "two different scores on the day that counts",
            on_last & two.fill_null(False), "keep one; until then maturity is not recorded",
            NOT_USED,
        ),
    ]  # fmt: skip


def _with_score(rows: ibis.Table, scores: ibis.Table) -> ibis.Table:
    """Rows beside the score of their customer."""
    return rows.left_join(scores, rows.customer_id == scores.scored_id).drop("scored_id")
