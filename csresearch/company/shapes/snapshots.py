"""Snapshots stacked in one file, one row per customer and month: made into lifetimes."""

from __future__ import annotations

import ibis

from csresearch.company.canonical import columns_of
from csresearch.company.checks import MERGED, NOT_USED, SET_ASIDE, TOLD
from csresearch.company.schema import DAYS_PER_MONTH, RECORDED_BY_DAY, CompanyConfig
from csresearch.company.shapes.marks import (
    KEPT,
    USABLE,
    Mark,
    Shaped,
    in_fixed_order,
    whole,
)
from csresearch.company.shapes.trials import TRIAL
from csresearch.company.tenure import days_between
from csresearch.errors import CompanyError

TWICE = Mark(
    "shape twice",
    "customer_id",
    "customer twice in one month's snapshot",
    "keep one row per customer and month; all rows of the customer are set aside",
    SET_ASIDE,
)
AFTER_FLAG = Mark(
    "shape after flag",
    "taken_on",
    "after the customer left",
    "nothing to do if the customer is only kept in the export; a return is not counted",
    SET_ASIDE,
)
AFTER_GAP = Mark(
    "shape after gap",
    "taken_on",
    "after a gap: missing from a snapshot before",
    "export the missing rows if the customer was there; a return is not counted",
    SET_ASIDE,
)
NO_START = Mark(
    "shape no start",
    "customer_id",
    "there at the first snapshot, and nothing says since when",
    "give started_on, tenure_days or tenure_months",
    SET_ASIDE,
)
LEFT_AT_SIGHT = Mark(
    "shape left at sight",
    "taken_on",
    "had left when first seen",
    "nothing to do: the customer was never seen at risk",
    SET_ASIDE,
)
STARTS_DIFFER = Mark(
    "shape starts differ",
    "started_on",
    "start differs between snapshots",
    "correct it; the earliest counts",
    TOLD,
)
LATE_SEGMENTS = Mark(
    "shape late segments",
    "taken_on",
    f"first seen after day {RECORDED_BY_DAY}, so segments count as not recorded",
    "nothing to do: what is recorded later may follow from how it went",
    NOT_USED,
)
MARKS = (TWICE, NO_START, LEFT_AT_SIGHT, AFTER_FLAG, AFTER_GAP, STARTS_DIFFER, LATE_SEGMENTS)
FAR = 1_000_000


def follow_snapshots(table: ibis.Table, config: CompanyConfig, placed: dict, file: str) -> Shaped:
    """Follow each customer through the snapshots to the first that shows them gone.

    Parameters
    ----------
    table : ibis Table
        Typed rows with ``USABLE`` and `TRIAL`'s flag.
    config : CompanyConfig
    placed : dict
    file : str
        What to call the file in messages.

    Raises
    ------
    CompanyError
        If customers vanish and company.yml does not say what that means.

    Notes
    -----
    The months that occur in the file are its snapshots, so monthly and quarterly files are read
    alike, and a month nobody has is no gap. Who left is dated to the snapshot that shows it, or
    to ended_on where that is known. A customer is at risk from the first snapshot.
    """
    rows = _with_turns(table)
    rows = _with_followed(rows)
    rows = _with_ends(rows, config, "churned" in placed)
    if config.snapshots.vanishing is None:
        _refuse_vanishing(rows, file)
    rows = _with_starts(rows)
    rows = _with_kept(rows, config)
    taken = placed["taken_on"][1]
    known = columns_of("customers")
    filled = {"started_on", "ended_on", *({"maturity_on"} if "maturity" in placed else ())}
    placed = {**{name: (known[name], taken) for name in filled}, **placed}
    return Shaped(rows, MARKS, placed)


def _with_turns(table: ibis.Table) -> ibis.Table:
    """Each row with the number of its snapshot, and that of the next with its date."""
    month = table.taken_on.year() * 12 + table.taken_on.month()
    rows = table.mutate(month=table[USABLE].ifelse(month, ibis.null("int64")))
    seen = rows.filter(rows.month.notnull())
    months = seen.group_by("month").agg(taken=seen.taken_on.max())
    order = ibis.window(order_by=months.month)
    months = months.mutate(
        turn=ibis.row_number().over(order).cast("int64"), next_taken=months.taken.lead().over(order)
    ).rename(of_month="month")
    joined = rows.left_join(months, rows.month == months.of_month)
    rows = joined.drop("of_month", "taken", "month")
    of_one = ibis.window(group_by=[rows.customer_id, rows.turn])
    twice = rows[USABLE] & (rows.count().over(of_one) > 1)
    rows = rows.mutate(twice=whole(twice))
    customer = ibis.window(group_by=[rows.customer_id, rows[USABLE]])
    spoiled = rows[USABLE] & (rows.twice.max().over(customer) == 1)
    return rows.mutate(**{TWICE.flag: spoiled}).drop("twice")


def _with_followed(rows: ibis.Table) -> ibis.Table:
    """Whether a row comes before the customer left or went missing."""
    left = rows.churned.fill_null(False) | (rows.ended_on <= rows.taken_on).fill_null(False)
    paid = rows[USABLE]
    rows = rows.mutate(left=paid & left)
    order = {"group_by": [rows.customer_id, rows[USABLE]], "order_by": rows.turn}
    before = ibis.window(preceding=(None, 1), **order)
    step = rows.turn - rows.turn.lag().over(ibis.window(**order))
    rows = rows.mutate(
        gone=whole(rows.left).max().over(before).fill_null(0) == 1, jump=whole(step > 1)
    )
    so_far = ibis.cumulative_window(group_by=[rows.customer_id, rows[USABLE]], order_by=rows.turn)
    rows = rows.mutate(jumped=rows.jump.sum().over(so_far) > 0)
    paid = rows[USABLE]
    return rows.mutate(
        followed=paid & ~rows.gone & ~rows.jumped,
        **{AFTER_FLAG.flag: paid & rows.gone, AFTER_GAP.flag: paid & rows.jumped & ~rows.gone},
    ).drop("gone", "jump", "jumped")


def _with_ends(rows: ibis.Table, config: CompanyConfig, flagged: bool) -> ibis.Table:
    """The day each customer left, or was last seen."""
    customer = ibis.window(group_by=[rows.customer_id, rows[USABLE]])
    taken = rows.followed.ifelse(rows.taken_on, ibis.null("date"))
    turn = rows.followed.ifelse(rows.turn, ibis.null("int64"))
    ends = (rows.followed & rows.left).ifelse(
        (rows.ended_on <= rows.taken_on).fill_null(False).ifelse(rows.ended_on, rows.taken_on),
        ibis.null("date"),
    )
    after = rows.followed.ifelse(rows.next_taken, ibis.null("date"))
    rows = rows.mutate(
        end=ends.max().over(customer),
        last_taken=taken.max().over(customer),
        first_taken=taken.min().over(customer),
        first_turn=turn.min().over(customer),
        missing_from=after.max().over(customer),
        vanished=whole(rows.followed & rows.next_taken.isnull()).max().over(customer) == 0,
    )
    vanished = rows.vanished & rows.end.isnull()
    rows = rows.mutate(vanished=vanished)
    if config.snapshots.vanishing != "churned":
        return rows
    return rows.mutate(end=rows.vanished.ifelse(rows.missing_from, rows.end))


def _refuse_vanishing(rows: ibis.Table, file: str) -> None:
    """What it means to be missing must be stated where it happens."""
    gone = rows.filter(rows[USABLE] & rows.vanished & ~rows[TWICE.flag])
    found = gone.agg(n=gone.customer_id.nunique(), one=gone.customer_id.cast("string").min())
    n, one = found.to_pandas().iloc[0]
    if n:
        raise CompanyError(
            f"{file}: {n} customers, e.g. '{one}', are missing from a snapshot without having been "
            "said to have left; say in company.yml what that means: snapshots: {vanishing: "
            "churned} or {vanishing: censored} (last seen the snapshot before)"
        )


def _with_starts(rows: ibis.Table) -> ibis.Table:
    """The day each customer started: as stated, by tenure at first sight, or the first sight."""
    customer = ibis.window(group_by=[rows.customer_id, rows[USABLE]])
    by_id = ibis.window(group_by=rows.customer_id)
    first = rows.followed & (rows.turn == rows.first_turn)
    tenure = rows.tenure_days.fill_null(rows.tenure_months * DAYS_PER_MONTH)
    tenure = first.ifelse(tenure, ibis.null("float64")).max().over(customer)
    rows = rows.mutate(
        tenure_at_sight=tenure.round().cast("int64"),
        stated=rows[USABLE].ifelse(rows.started_on, ibis.null("date")).min().over(customer),
        stated_last=rows[USABLE].ifelse(rows.started_on, ibis.null("date")).max().over(customer),
        tried=whole(rows[TRIAL.flag]).max().over(by_id) == 1,
        paid_first=rows[USABLE].ifelse(rows.paid_on, ibis.null("date")).min().over(customer),
    )
    by_tenure = (rows.first_taken - rows.tenure_at_sight.as_interval("D")).cast("date")
    appeared = (rows.first_turn > 0).ifelse(rows.first_taken, ibis.null("date"))
    start = rows.stated.coalesce(by_tenure, appeared)
    start = rows.tried.ifelse(rows.paid_first.coalesce(rows.first_taken), start)
    rows = rows.mutate(start=start)
    return rows.mutate(
        entry=(rows.start < rows.first_taken).ifelse(rows.first_taken, ibis.null("date")),
        **{
            NO_START.flag: rows[USABLE] & rows.start.isnull(),
            LEFT_AT_SIGHT.flag: rows[USABLE] & (rows.end <= rows.first_taken).fill_null(False),
            STARTS_DIFFER.flag: rows[USABLE] & (rows.stated != rows.stated_last).fill_null(False),
        },
    ).drop("tenure_at_sight", "stated", "stated_last", "tried", "paid_first")


def _with_kept(rows: ibis.Table, config: CompanyConfig) -> ibis.Table:
    """The last row by day 30 stands for the customer, or else the first; with all its dates."""
    day = days_between(rows.start, rows.taken_on)
    early = (day <= RECORDED_BY_DAY).fill_null(False)
    turn = rows.turn.fill_null(0)
    rank = early.ifelse(-turn, turn) + whole(rows.left) * FAR
    rows = rows.mutate(rank=rows.followed.ifelse(rank, 2 * FAR))
    place = ibis.row_number().over(
        group_by=[rows.customer_id, rows[USABLE]],
        order_by=[rows.rank, rows.turn, *in_fixed_order(rows, config.segments)],
    )
    rows = rows.mutate(place=place)
    kept = rows.followed & (rows.place == 0)
    day = days_between(rows.start, rows.taken_on)
    late = (day > RECORDED_BY_DAY).fill_null(False)
    seen_from = ibis.greatest(rows.observed_from, rows.entry).coalesce(
        rows.observed_from, rows.entry
    )
    usable = rows[USABLE]
    rows = rows.mutate(
        started_on=usable.ifelse(rows.start, rows.started_on),
        ended_on=usable.ifelse(rows.end, rows.ended_on),
        observed_from=usable.ifelse(seen_from, rows.observed_from),
        observed_until=usable.ifelse(rows.end.coalesce(rows.last_taken), rows.observed_until),
        maturity_on=rows.maturity_on.coalesce(rows.taken_on),
        churned=usable.ifelse(ibis.null("boolean"), rows.churned),
        **{s: late.ifelse(ibis.null("string"), rows[s]) for s in config.segments},
        **{
            KEPT: kept,
            MERGED: rows.followed & ~kept,
            LATE_SEGMENTS.flag: kept & late & ibis.literal(bool(config.segments)),
        },
    )
    return rows.drop(
        "turn", "next_taken", "left", "followed", "end", "last_taken", "first_taken",
        "first_turn", "missing_from", "vanished", "start", "entry", "rank", "place",
    )  # fmt: skip
