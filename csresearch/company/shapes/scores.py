"""Maturity scored at more than one date: the last score by day 30 counts."""

from __future__ import annotations

import ibis

from csresearch.company.canonical import columns_of
from csresearch.company.cells import CELL
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
UNDECIDED = Mark(
    "shape undecided",
    "maturity",
    f"scored differently, and not on one last date by day {RECORDED_BY_DAY}",
    "give maturity_on; until then maturity is not recorded",
    NOT_USED,
)
MUST_AGREE = (
    "started_on", "ended_on", "tenure_days", "tenure_months", "churned", "observed_from",
    "observed_until",
)  # fmt: skip
IN_TIME, ON_LAST, TWO = "shape in time", "shape on last", "shape two scores"
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
    rows = _with_last_or_only(_with_score(rows, last_scores(scores)))
    place = ibis.row_number().over(
        group_by=[rows.customer_id, rows[USABLE]], order_by=in_fixed_order(rows, config.segments)
    )
    rows = rows.mutate(place=place)
    kept = rows[USABLE] & (rows.place == 0)
    rows = rows.mutate(**{KEPT: kept, MERGED: rows[USABLE] & ~kept}).drop("place")
    return Shaped(rows, (ROWS_DIFFER, UNDECIDED), placed)


def _with_last_or_only(rows: ibis.Table) -> ibis.Table:
    """All rows of a customer with the score that counts, or else the only one there is."""
    each = ibis.window(group_by=[rows.customer_id, rows[USABLE]])
    lowest, highest = rows.maturity.min().over(each), rows.maturity.max().over(each)
    scored_on = rows.maturity_on.min().over(each)
    rows = rows.mutate(lowest=lowest, highest=highest, first_scored_on=scored_on)
    decided = rows[SCORE].notnull()
    only = (rows.lowest == rows.highest).ifelse(rows.lowest, ibis.null("string"))
    usable = rows[USABLE]
    rows = rows.mutate(
        maturity=usable.ifelse(rows[SCORE].coalesce(only), rows.maturity),
        maturity_on=usable.ifelse(
            decided.ifelse(rows[SCORED_ON], rows.first_scored_on), rows.maturity_on
        ),
        **{UNDECIDED.flag: usable & ~decided & (rows.lowest != rows.highest).fill_null(False)},
    )
    return rows.drop(SCORE, SCORED_ON, "lowest", "highest", "first_scored_on")


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


def with_score_flags(table: ibis.Table) -> ibis.Table:
    """Scores with whether each is in time, on the day that counts, and alone on it.

    Parameters
    ----------
    table : ibis Table
        Typed rows of maturity_scores beside their customer's dates.
    """
    day = since_start(table, "scored_on")
    in_time = (day <= RECORDED_BY_DAY) & (day <= table.exit_day) & table.maturity.notnull()
    table = table.mutate(**{IN_TIME: in_time.fill_null(False) & table.known})
    each = ibis.window(group_by=table.customer_id)
    last = table[IN_TIME].ifelse(table.scored_on, ibis.null("date")).max().over(each)
    table = table.mutate(last_scored_on=last)
    on_last = (table[IN_TIME] & (table.scored_on == table.last_scored_on)).fill_null(False)
    table = table.mutate(**{ON_LAST: on_last}).drop("last_scored_on")
    each = ibis.window(group_by=[table.customer_id, table[ON_LAST]])
    two = table.maturity.min().over(each) != table.maturity.max().over(each)
    return table.mutate(**{TWO: two.fill_null(False) & table[ON_LAST]})


def score_rules(table: ibis.Table) -> list[Check]:
    """What is told of scores that don't count.

    Parameters
    ----------
    table : ibis Table
        As `with_score_flags` returns it.
    """
    late = since_start(table, "scored_on") > RECORDED_BY_DAY
    hindsight = "nothing to do: what is recorded later may follow from how it went"
    keep_one = "keep one; until then maturity is not recorded"
    earlier = table[IN_TIME] & ~table[ON_LAST]
    told = [
        ("maturity", "no score", table.maturity.isnull(), "fill in the score if there is one"),
        ("scored_on", f"maturity scored after day {RECORDED_BY_DAY}", late, hindsight),
        ("scored_on", f"a later score by day {RECORDED_BY_DAY} counts", earlier, "nothing to do"),
        ("maturity", "two different scores on the day that counts", table[TWO], keep_one),
    ]
    return [Check(*one, NOT_USED) for one in told]


def _with_score(rows: ibis.Table, scores: ibis.Table) -> ibis.Table:
    """Rows beside the score of their customer."""
    return rows.left_join(scores, rows.customer_id == scores.scored_id).drop("scored_id")
