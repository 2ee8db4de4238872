"""Customers without contracts: who left is who did nothing for so many days."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

import ibis
import pandas as pd

from csresearch.company.canonical import columns_of
from csresearch.company.checks import NOT_USED, SET_ASIDE, TOLD
from csresearch.company.schema import DAYS_PER_MONTH, CompanyConfig
from csresearch.company.shapes.marks import KEPT, Mark, Shaped, kept_rows, whole
from csresearch.company.tenure import days_between
from csresearch.errors import CompanyError

TOO_NEW = Mark(
    "shape too new",
    "started_on",
    "started less than churn_after_inactive_days before observed_until",
    "nothing to do: too new to have been seen to leave",
    SET_ASIDE,
)
NEVER_ACTIVE = Mark(
    "shape never active",
    "customer_id",
    "never active after the start",
    "nothing to do if so: counted as left on the first day, once that is long enough ago",
    TOLD,
)
CAME_BACK = Mark(
    "shape came back",
    "customer_id",
    "active again after churn_after_inactive_days without activity",
    "nothing to do: left with the activity before; a longer churn_after_inactive_days waits longer",
    TOLD,
)
ACTIVE_LATER = Mark(
    "shape active later",
    "last_seen_on",
    "in the future (after observed_until)",
    "correct the date, or observed_until in company.yml; counted as active on the last day",
    NOT_USED,
)
MARKS = (TOO_NEW, NEVER_ACTIVE, CAME_BACK, ACTIVE_LATER)
INACTIVITY = "inactivity"
TRIED_DAYS = (60, 90, 120, 180)


def infer_ends(
    shaped: Shaped, behaviors: ibis.Table | None, config: CompanyConfig, file: str
) -> tuple[Shaped, ibis.Table]:
    """Customers with the end that inactivity says, and their spans without activity.

    Parameters
    ----------
    shaped : Shaped
    behaviors : ibis Table or None
        Typed rows of behaviors.
    config : CompanyConfig
    file : str
        What to call the customers file in messages.

    Returns
    -------
    (Shaped, ibis Table)
        The second as `spans_without_activity` returns it.

    Raises
    ------
    CompanyError
        If customers have no start, have an end already, or nothing says when they were active.

    Notes
    -----
    A customer left with the first activity that nothing followed for that many days. Whether
    that is so is known only up to that many days before observed_until, so all customers are
    observed until then: whoever was last active later is censored, and nobody is counted as
    staying on days on which leaving could not have been seen.
    """
    _refuse_unfit(shaped.placed, config, file)
    spans = spans_without_activity(kept_rows(shaped.table), behaviors, config)
    days = config.churn_after_inactive_days
    settled = ibis.literal(config.observed_until - timedelta(days=ceil(days)))
    left = spans.group_by("active_id").agg(
        left_on=_left_on(spans, days),
        last_on=spans.active_on.max(),
    )
    rows = shaped.table
    rows = rows.left_join(left, rows.customer_id == left.active_id).drop("active_id")
    seen = ibis.least(rows.observed_until.fill_null(settled), settled)
    later = (rows.last_seen_on > ibis.literal(config.observed_until)).fill_null(False)
    flags = {
        TOO_NEW.flag: (rows.started_on > settled).fill_null(False),
        NEVER_ACTIVE.flag: rows[KEPT] & (rows.last_on <= rows.started_on).fill_null(False),
        CAME_BACK.flag: rows[KEPT] & (rows.left_on < rows.last_on).fill_null(False),
        ACTIVE_LATER.flag: rows[KEPT] & later,
    }
    rows = rows.mutate(ended_on=rows.left_on, observed_until=seen, **flags)
    rows = rows.drop("left_on", "last_on")
    name = "last_seen_on" if "last_seen_on" in shaped.placed else "started_on"
    ended = {"ended_on": (columns_of("customers")["ended_on"], shaped.placed[name][1])}
    return Shaped(rows, (*shaped.marks, *MARKS), {**shaped.placed, **ended}), spans


def spans_without_activity(
    customers: ibis.Table, behaviors: ibis.Table | None, config: CompanyConfig
) -> ibis.Table:
    """Each day of activity and for how long nothing followed; the start is one.

    Returns
    -------
    ibis Table
        ``active_id, started_on, active_on, idle_days, followed`` (whether by an activity, or by
        observed_until).
    """
    until = ibis.literal(config.observed_until)
    starts = customers.select("customer_id", "started_on")
    first = starts.mutate(active_on=starts.started_on)
    if config.activity.table == "customers":  # all that is known is the last day
        seen = customers.last_seen_on.fill_null(customers.started_on)
        last = ibis.greatest(ibis.least(seen, until), customers.started_on)
        days = customers.select("customer_id", "started_on", active_on=last)
    else:
        kinds = config.activity.kinds
        done = behaviors.filter(behaviors.behavior.isin(kinds)) if kinds else behaviors
        done = done.select("customer_id", active_on=done.done_on)
        later = done.inner_join(starts, "customer_id").select(*first.columns)
        later = later.filter(later.active_on > later.started_on)
        days = later.union(first, distinct=True)
    days = days.filter(days.active_on.notnull() & (days.active_on <= until))
    each = ibis.window(group_by=days.customer_id, order_by=days.active_on)
    following = days.active_on.lead().over(each)
    return days.select(
        "started_on",
        "active_on",
        active_id=days.customer_id,
        idle_days=days_between(days.active_on, following.fill_null(until)),
        followed=following.notnull(),
    )


def sensitivity(spans: ibis.Table, config: CompanyConfig) -> pd.DataFrame:
    """How many leave if other numbers of days without activity are taken for leaving?

    Parameters
    ----------
    spans : ibis Table
        As `spans_without_activity` returns it.
    config : CompanyConfig

    Returns
    -------
    DataFrame
        One row per number of days: ``inactive_days, customers`` (who could have been seen to
        leave), ``churned, returned`` (of them, later active again),
        ``churn_per_100_months``.
    """
    rows = []
    for days in sorted({*TRIED_DAYS, config.churn_after_inactive_days}):
        settled = ibis.literal(config.observed_until - timedelta(days=ceil(days)))
        lives = spans.group_by("active_id").agg(
            left_on=_left_on(spans, days),
            started_on=spans.started_on.min(),
            last_on=spans.active_on.max(),
        )
        lives = lives.filter(lives.started_on <= settled)
        left = (lives.left_on <= settled).fill_null(False)
        end = left.ifelse(lives.left_on, settled)
        found = lives.agg(
            customers=lives.count(),
            churned=whole(left).sum(),
            returned=whole(left & (lives.left_on < lives.last_on)).sum(),
            days=days_between(lives.started_on, end).sum(),
        )
        n, churned, returned, lived = found.to_pandas().iloc[0].fillna(0)
        rate = 100 * churned / lived * DAYS_PER_MONTH if lived else float("nan")
        rows.append((days, int(n), int(churned), int(returned), rate))
    columns = ["inactive_days", "customers", "churned", "returned", "churn_per_100_months"]
    return pd.DataFrame(rows, columns=columns)


def results_are_activity(
    config: CompanyConfig, files: dict[str, str], tables: dict[str, ibis.Table]
) -> bool:
    """Whether a result may be what kept a customer from counting as inactive.

    Parameters
    ----------
    config : CompanyConfig
    files : dict of str to str
        File of each table given.
    tables : dict of str to ibis Table
        Clean tables.

    Notes
    -----
    So it is where company.yml says so, and, unless it says otherwise, where results and
    activity come from one file; and in any case where a kind of result is counted as activity.
    """
    activity = config.activity
    if config.churn_after_inactive_days is None:
        return False
    if activity.includes_results or activity.table == "customers":
        return bool(activity.includes_results)
    if activity.includes_results is None and files.get("results") == files["behaviors"]:
        return True
    done, reached = tables["behaviors"], tables["results"]
    counted = set(activity.kinds) or set(done.select("behavior").distinct().to_pandas()["behavior"])
    return bool(counted & set(reached.select("result").distinct().to_pandas()["result"]))


def _left_on(spans: ibis.Table, days: float) -> ibis.Value:
    """The first day of activity that nothing followed for so many days."""
    idle = (spans.followed & (spans.idle_days > days)) | (
        ~spans.followed & (spans.idle_days >= days)
    )
    return spans.active_on.min(where=idle)


def _refuse_unfit(placed: dict, config: CompanyConfig, file: str) -> None:
    """Churn from inactivity needs a start and an activity, and no other end."""
    if "started_on" not in placed:
        raise CompanyError(f"{file}: churn_after_inactive_days needs started_on")
    for name in ("ended_on", "churned"):
        if name in placed:
            raise CompanyError(
                f"{file}: holds {placed[name][1]}, so leaving is known; leave "
                "churn_after_inactive_days out, or rename that column"
            )
    if config.activity.table == "customers" and "last_seen_on" not in placed:
        raise CompanyError(f"{file}: activity: {{table: customers}} needs last_seen_on")
