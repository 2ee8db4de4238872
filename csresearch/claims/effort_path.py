"""What the team spent on each customer, as a state that comes and goes and as sums by band."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import pandas as pd

from csresearch.claims.histories import LIFE, known_levels
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.company.sources import kept
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.history import History, read_history
from csresearch.resampling import GROUP, with_groups
from csresearch.states import read_paths

CAUSES = ("result", "left", "here")
LESS, MORE = LEVELS = ("less", "more")
RESULT = "result_day"


def spent(company: Company) -> ibis.Table:
    """Efforts spent before customers left or gave notice, touches in hours.

    Returns
    -------
    ibis Table
        ``customer_id, effort_day, hours, asked`` (by the customer) and the customer's
        ``maturity, entry_day, exit_day, churned``. A touch of unknown length takes the mean of
        the known ones, or an hour.
    """
    lives = company.customers
    until = ibis.least(lives.exit_day, lives.notice_day.fill_null(lives.exit_day))
    lives = lives.select("customer_id", "maturity", "entry_day", "exit_day", "churned", until=until)
    efforts = company.efforts
    mean = efforts.hours.mean().execute()
    known = float(mean) if mean is not None and mean > 0 else 1.0
    asked = (efforts.initiated_by.lower().strip() == "customer").fill_null(False)
    efforts = efforts.select(
        "customer_id", "effort_day", hours=efforts.hours.fill_null(known), asked=asked
    )
    both = efforts.inner_join(lives, "customer_id")
    return both.filter(both.effort_day < both.until).drop("until")


def spent_at_risk(company: Company) -> ibis.Table:
    """The same without what was spent before a customer came under observation."""
    rows = spent(company)
    return rows.filter(rows.effort_day >= rows.entry_day)


def hours_by_band(company: Company) -> pd.DataFrame:
    """What each band gets and asks for.

    Returns
    -------
    DataFrame
        One row per band in order: ``band, customers, churned, months`` (lived), ``hours`` in all,
        ``team_hours``, ``asked`` (touches that customers asked for).
    """
    lives = company.customers
    of_lives = lives.group_by("maturity").agg(
        customers=lives.count(),
        churned=lives.churned.cast("int32").sum(),
        months=(lives.exit_day - lives.entry_day).sum() / DAYS_PER_MONTH,
    )
    rows = spent_at_risk(company)
    of_rows = rows.group_by("maturity").agg(
        hours=rows.hours.sum(),
        team_hours=rows.hours.sum(where=~rows.asked),
        asked=rows.asked.cast("int32").sum(),
    )
    left, right = of_lives.to_pandas(), of_rows.to_pandas()
    found = left.merge(right, on="maturity", how="left")
    found[["hours", "team_hours", "asked"]] = found[["hours", "team_hours", "asked"]].fillna(0.0)
    found["band"] = found.pop("maturity").fillna(NOT_RECORDED)
    order = [*company.bands.labels, NOT_RECORDED]
    found = found.set_index("band").reindex([b for b in order if b in set(found["band"])])
    return found.astype({"customers": int, "churned": int, "asked": int}).reset_index()


def average_hours(bands: pd.DataFrame, days: float) -> float:
    """The team's hours a customer gets in so many days, over all bands."""
    months = bands["months"].sum()
    return float(bands["team_hours"].sum() / months * days / DAYS_PER_MONTH) if months else 0.0


def effort_changes(company: Company, window_days: float, average: float) -> ibis.Table:
    """The days on which a customer's effort passes the average, in either direction.

    Parameters
    ----------
    company : Company
    window_days : float
        The team's hours of so many days count.
    average : float
        More than this is "more".

    Returns
    -------
    ibis Table
        ``customer_id, day, level``.
    """
    rows = spent(company)
    rows = rows.filter(~rows.asked)
    up = rows.select("customer_id", day=rows.effort_day, change=rows.hours)
    down = rows.select("customer_id", day=rows.effort_day + window_days, change=-rows.hours)
    both = up.union(down)
    daily = both.group_by("customer_id", "day").agg(change=both.change.sum())
    so_far = ibis.cumulative_window(group_by="customer_id", order_by="day")
    hours = daily.change.sum().over(so_far)
    return daily.select("customer_id", "day", level=(hours > average).ifelse(MORE, LESS))


def effort_path(
    company: Company,
    *,
    lag_days: float,
    window_days: float,
    average: float,
    by: Sequence[str] = (),
    first_results: bool = False,
    weight: str | None = None,
) -> EventTable:
    """Count customers by band and by whether they got more effort than the average.

    Parameters
    ----------
    company : Company
    lag_days : float
        Effort counts from so many days after it was spent.
    window_days, average : float
        As in `effort_changes`.
    by : sequence of str
        Segments, beside maturity.
    first_results : bool
        Follow customers until their first result instead; how it ended is in a column "cause"
        ("result", "left", "here").
    weight : str, optional
        Column of customers that is summed, by hashed groups too, instead of counting them; who
        has none is left out.

    Returns
    -------
    EventTable
        Over maturity, ``by``, and where results are known and not followed ``result_day``
        ("without", "with"); "level" is "less" or "more".
    """
    cells = ["maturity", *by]
    own = (*LIFE, "parent_id", RESULT) if weight is None else (*LIFE, "parent_id", RESULT, weight)
    lives = company.lifetimes(surveys=False).select(*dict.fromkeys((*own, *cells)))
    if weight is not None:
        lives = lives.filter(lives[weight] > 0)
    if weight is not None or company.has("customers.parent_id"):
        lives, cells = with_groups(lives), [*cells, GROUP]
    once = [] if first_results or company.results_known != "dated" else [RESULT]
    if first_results:
        lives, cells = _until_result(lives), [*cells, "cause"]
    changes = kept("effort_changes", effort_changes(company, window_days, average))
    known = known_levels(company, ("maturity", *by)) | {"cause": CAUSES}
    return read_paths(
        lives, changes, LEVELS, once, by=cells, lag_days=lag_days, known=known, weight=weight
    )


def _until_result(lives: ibis.Table) -> ibis.Table:
    """Lives that end with the first result, and what ended them."""
    result = lives.result_day
    result = (result == 0).ifelse(0.5, result)  # tenure 0 is half a day
    got = (result < lives.exit_day).fill_null(False)
    result_first, left, here = CAUSES
    cause = ibis.cases((got, result_first), (lives.churned, left), else_=here)
    lives = lives.mutate(exit_day=got.ifelse(result, lives.exit_day), cause=cause)
    lives = lives.mutate(churned=lives.cause != "here")
    return lives.filter(lives.exit_day > lives.entry_day)


def much_effort_so_far(company: Company) -> History:
    """The tempting grouping: who ever reached the average customer's total of team hours.

    Returns
    -------
    History
        By maturity; the change is the day the total was reached.
    """
    rows = spent(company)
    rows = rows.filter(~rows.asked)
    total = rows.hours.sum().execute()
    average = float(total or 0.0) / max(company.data_summary.customers, 1)
    daily = rows.group_by("customer_id", "effort_day").agg(hours=rows.hours.sum())
    so_far = ibis.cumulative_window(group_by="customer_id", order_by="effort_day")
    daily = daily.mutate(total=daily.hours.sum().over(so_far))
    reached = daily.filter(daily.total >= average)
    reached = reached.group_by("customer_id").agg(change_day=reached.effort_day.min())
    lives = company.customers.select(*LIFE, "maturity")
    lives = lives.left_join(reached, "customer_id").drop("customer_id_right")
    known = {"maturity": company.bands.labels}
    return read_history(lives, ("maturity",), unmerged=("maturity",), known=known)
