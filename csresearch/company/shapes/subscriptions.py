"""Several subscriptions of a customer: lifetimes without a gap longer than the grace period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import ibis

from csresearch.company.checks import MERGED, NOT_USED, SET_ASIDE, TOLD
from csresearch.company.schema import CompanyConfig
from csresearch.company.shapes.marks import (
    KEPT,
    ORIGINAL,
    USABLE,
    Mark,
    Shaped,
    in_fixed_order,
    whole,
)
from csresearch.company.tenure import days_between

LIFE, LIVES = "shape life", "shape lives"
SPOILED = Mark(
    "shape spoiled",
    "customer_id",
    "another row of the customer can't be used",
    "put that row right; without it nothing says how long the customer stayed",
    SET_ASIDE,
)
OTHER_LIFE = Mark(
    "shape other life",
    "started_on",
    "a lifetime before or after the one that counts",
    "nothing to do; reactivation: in company.yml says which lifetime counts",
    SET_ASIDE,
)
RETURNED = Mark(
    "shape returned",
    "customer_id",
    "came back after a gap longer than grace_days",
    "nothing to do; reactivation: in company.yml says which lifetime counts",
    TOLD,
)
RUNNING = Mark(
    "shape running",
    "ended_on",
    "ends after observed_until",
    "nothing to do: it was running on that day, so that end is not used",
    NOT_USED,
)
UNSETTLED = Mark(
    "shape unsettled",
    "ended_on",
    "ended less than grace_days before observed_until",
    "nothing to do: not yet known to be an end, so all customers are observed until grace_days "
    "before observed_until; subscriptions: unsettled: churned counts it as leaving",
    TOLD,
)


def merge_subscriptions(table: ibis.Table, config: CompanyConfig, placed: dict) -> Shaped:
    """Merge subscriptions that overlap or follow within the grace period into lifetimes.

    Parameters
    ----------
    table : ibis Table
        Typed rows with ``USABLE`` and the flag of `SPOILED` (true where a row of the customer
        can't be used).
    config : CompanyConfig
    placed : dict

    Notes
    -----
    The gap is counted from the latest end of all earlier subscriptions, so a short one inside a
    long one does not matter (gaps and islands). Other columns are those of the lifetime's first
    row; revenue is the sum over the rows that start the lifetime.
    """
    rows = _with_life_dates(_numbered(table, config), config)
    if config.reactivation == "separate":
        rows, placed = _separate(rows, placed)
    return Shaped(rows, (SPOILED, OTHER_LIFE, RETURNED, RUNNING, UNSETTLED), placed)


def still_running(table: ibis.Table, config: CompanyConfig) -> ibis.Table:
    """Subscriptions that end after observed_until have no end yet."""
    later = (table.ended_on > ibis.literal(config.observed_until)).fill_null(False)
    ended = later.ifelse(ibis.null("date"), table.ended_on)
    return table.mutate(ended_on=ended, **{RUNNING.flag: later})


def _numbered(rows: ibis.Table, config: CompanyConfig) -> ibis.Table:
    """Each row's lifetime, counted from 1, how many there are, and whether the row stays."""
    until = ibis.literal(config.observed_until)
    each = [rows.customer_id, rows[USABLE]]
    order = [rows.started_on, *in_fixed_order(rows, config.segments)]
    before = ibis.window(group_by=each, order_by=order, preceding=(None, 1))
    reach = rows.ended_on.fill_null(until).max().over(before)
    gap = days_between(reach, rows.started_on) > config.subscriptions.grace_days
    rows = rows.mutate(opens=whole(reach.isnull() | gap))
    so_far = ibis.cumulative_window(
        group_by=[rows.customer_id, rows[USABLE]],
        order_by=[rows.started_on, *in_fixed_order(rows, config.segments)],
    )
    rows = rows.mutate(**{LIFE: rows.opens.sum().over(so_far)}).drop("opens")
    customer = ibis.window(group_by=[rows.customer_id, rows[USABLE]])
    rows = rows.mutate(**{LIVES: rows[LIFE].max().over(customer)})
    place = ibis.row_number().over(
        group_by=[rows.customer_id, rows[USABLE], rows[LIFE]],
        order_by=[rows.started_on, *in_fixed_order(rows, config.segments)],
    )
    rows = rows.mutate(place=place)
    counts = {"first": rows[LIFE] == 1, "last": rows[LIFE] == rows[LIVES]}
    chosen = rows[USABLE] & counts.get(config.reactivation, ibis.literal(True))
    kept = chosen & (rows.place == 0) & ~rows[SPOILED.flag]
    marks = {
        KEPT: kept,
        MERGED: chosen & ~kept,
        OTHER_LIFE.flag: rows[USABLE] & ~chosen,
        RETURNED.flag: chosen & (rows[LIVES] > 1),
    }
    return rows.mutate(**marks).drop("place")


def _with_life_dates(rows: ibis.Table, config: CompanyConfig) -> ibis.Table:
    """All rows of a lifetime with its first and last day, and what belongs to either."""
    settings, until = config.subscriptions, config.observed_until
    life = ibis.window(group_by=[rows.customer_id, rows[USABLE], rows[LIFE]])
    begin, last = rows.started_on.min().over(life), rows.ended_on.max().over(life)
    is_open = whole(rows.ended_on.isnull()).max().over(life) == 1
    rows = rows.mutate(begin=begin, end=is_open.ifelse(ibis.null("date"), last))
    life = ibis.window(group_by=[rows.customer_id, rows[USABLE], rows[LIFE]])
    final = rows.ended_on.isnull() | (rows.ended_on == rows.end).fill_null(False)
    final = final & (rows.ended_on.isnull() == rows.end.isnull())
    of_last = {
        name: final.ifelse(rows[name], ibis.null(rows[name].type())).max().over(life)
        for name in ("notice_on", "renews_on", "churn_reason")
    }
    at_first = (rows.started_on == rows.begin).ifelse(rows.recurring_revenue, ibis.null("float64"))
    combined = {
        "started_on": rows.begin,
        "ended_on": rows.end,
        "recurring_revenue": at_first.sum().over(life),
        "first_result_on": rows.first_result_on.min().over(life),
        "had_result": _ever(rows.had_result, life),
        "observed_from": rows.observed_from.min().over(life),
        "observed_until": rows.observed_until.max().over(life),
        "churned": ibis.null("boolean"),  # of a subscription, and its dates say the same
        **of_last,
    }
    known_until = until
    if settings.unsettled == "censored":
        known_until = until - timedelta(days=math.ceil(settings.grace_days))
        seen = combined["observed_until"].fill_null(ibis.literal(until))
        combined["observed_until"] = ibis.least(seen, ibis.literal(known_until))
    late = (rows.end > ibis.literal(known_until)).fill_null(False) & rows[KEPT]
    life_values = {name: rows[USABLE].ifelse(v, rows[name]) for name, v in combined.items()}
    return rows.mutate(**life_values, **{UNSETTLED.flag: late}).drop("begin", "end")


def _ever(flag: ibis.Value, life: object) -> ibis.Value:
    """Whether a yes/no was ever yes; unknown where it is empty throughout."""
    found = flag.cast("int64").max().over(life)
    return found == 1


def _separate(rows: ibis.Table, placed: dict) -> tuple[ibis.Table, dict]:
    """Each lifetime as a customer of its own, below the customer or its parent."""
    original = rows.customer_id.cast("string")
    later = rows[USABLE] & (rows[LIFE] > 1)
    named = original.concat(" (").concat(rows[LIFE].cast("string")).concat(")")
    column, in_file = placed["customer_id"][0], placed["customer_id"][1]
    parent = placed.get("parent_id", (column, in_file))
    rows = rows.mutate(
        customer_id=later.ifelse(named, original),
        parent_id=rows.parent_id.fill_null(original),
        **{ORIGINAL: original},
    )
    return rows, {**placed, "parent_id": parent}


def lives_apart(rows: ibis.Table) -> ibis.Table:
    """Which customer stands for which part of an original customer's time.

    Returns
    -------
    ibis Table
        ``original, life_id, from_on, before_on``; open at either side: NULL.
    """
    kept = rows.filter(rows[KEPT])
    each = ibis.window(group_by=kept[ORIGINAL], order_by=kept.started_on)
    first = kept[LIFE] == 1
    return kept.select(
        original=kept[ORIGINAL],
        life_id=kept.customer_id,
        from_on=first.ifelse(ibis.null("date"), kept.started_on),
        before_on=kept.started_on.lead().over(each),
    )


def in_their_life(events: ibis.Table, lives: ibis.Table, day: str) -> ibis.Table:
    """Events under the id of the lifetime they fall into; undated ones under the first."""
    columns: Sequence[str] = events.columns
    on = events[day]
    within = [
        events.customer_id == lives.original,
        lives.from_on.isnull() | (on >= lives.from_on).fill_null(False),
        lives.before_on.isnull() | (on < lives.before_on).fill_null(False) | on.isnull(),
    ]
    joined = events.left_join(lives, within)
    return joined.mutate(customer_id=joined.life_id.fill_null(joined.customer_id)).select(*columns)
