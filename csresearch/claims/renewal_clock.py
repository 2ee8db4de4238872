"""The renewal clock: of the contracts that came up, who renewed, by state on the notice date?

Business customers mostly leave at renewals. Counting renewals instead of days also removes most
reverse causation: the state is that of a day on which leaving could still be announced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import NOT_RECORDED
from csresearch.findings.estimates import Estimate
from csresearch.history import coded, ticks_of
from csresearch.resampling import GROUP, with_groups
from csresearch.survival.jackknife import jackknife_interval
from csresearch.survival.renewals import RenewalComparison, compare_renewals

NEEDS = "customers.term_months"
NOTICE_DAYS = 60.0  # the state is that of so long before the renewal, or of half a term
GRACE_DAYS = 30.0  # who leaves by then after the renewal did not renew
SHORTEST_MONTHS = 3.0  # below it every day is close to a renewal, and days are the better clock
APART = 3  # renewals from this one on are compared together
ENOUGH_LOST = 10  # contracts not renewed; below it nothing is compared
PER_STRATUM = 5  # renewals lost, and renewals kept, a stratum needs on average
FOLDS = 64  # of the jackknife
MOST_LEVELS = 64
TITLE = "The renewal clock"


@dataclass(frozen=True, eq=False)
class RenewalClock:
    """Chances of renewing in two states at the same renewal.

    Parameters
    ----------
    odds : Estimate
        Odds of renewing, state ÷ reference; clustered where customers have parents.
    comparison : RenewalComparison
    strata : tuple of str
        What is held equal beside the number of the renewal.
    counts : DataFrame
        Columns ``[number, *strata, state, renewals, renewed]``.
    share_at_renewals : float
        Of the departures of customers with a term, those between notice date and grace.
    """

    odds: Estimate
    comparison: RenewalComparison
    strata: tuple[str, ...]
    counts: pd.DataFrame
    share_at_renewals: float


def clock_lacks(company: Company) -> str:
    """Why there is no renewal clock on these data; empty where there is one."""
    if not company.has(NEEDS):
        return f"It needs {NEEDS} (and renews_on), which these data do not have."
    if not company.dated:
        return "It needs the days customers started and left, which these data do not have."
    return ""


def renewals_due(company: Company, lives: ibis.Table) -> ibis.Table:
    """One row per customer and renewal that came up and whose outcome is known.

    Parameters
    ----------
    company : Company
    lives : ibis.Table
        The columns of ``company.customers``, and any others.

    Returns
    -------
    ibis.Table
        The columns of ``lives`` with ``renewal`` (1, 2, …), ``notice_day`` and ``lost``: the
        customer was there on the notice date and was gone by the end of the grace time.

    Notes
    -----
    Renewals fall on multiples of the term, shifted so that ``renews_on`` is one of them. One
    whose grace time ends after the data do is left out, whoever left: else those who leave would
    be counted sooner than those who stay. Who leaves between two renewals is in neither.
    """
    lives = lives.filter(lives["term_months"] >= SHORTEST_MONTHS)
    term = lives["term_months"] * DAYS_PER_MONTH
    nearest = (lives["renews_day"] / term + 0.5).floor() * term
    until = ibis.literal(company.observed_until).delta(lives["started_on"], unit="day")
    lives = lives.mutate(
        term_days=term,
        shift=(lives["renews_day"] - nearest).fill_null(0.0),
        known_until=lives["churned"].ifelse(until.cast("float64"), lives["exit_day"]),
    )
    most = (lives["known_until"] / lives["term_days"]).max().execute()
    most = 0 if pd.isna(most) else int(most) + 1
    number = ibis.range(1, most + 1).unnest().cast("int16").name("renewal").as_table()
    rows = lives.cross_join(number)
    day, half = rows["renewal"] * rows["term_days"] + rows["shift"], rows["term_days"] / 2
    rows = rows.mutate(
        notice_day=day - ibis.least(half, NOTICE_DAYS), over=day + ibis.least(half, GRACE_DAYS)
    )
    came_up = (rows["notice_day"] >= rows["entry_day"]) & (rows["notice_day"] < rows["exit_day"])
    rows = rows.filter(came_up & (rows["over"] <= rows["known_until"]))
    rows = rows.mutate(lost=rows["churned"] & (rows["exit_day"] <= rows["over"]))
    return rows.drop("term_days", "shift", "known_until", "over")


def by_change(name: str, states: Sequence[str]) -> Callable[[ibis.Table], ibis.Value]:
    """The state of something that happens once: ``states`` before and after the day ``name``."""
    before, after = states

    def state(due: ibis.Table) -> ibis.Value:
        happened = (due[name] <= due["notice_day"]).fill_null(False)
        return happened.ifelse(after, before)

    return state


def with_latest(due: ibis.Table, changes: ibis.Table, levels: Sequence[str]) -> ibis.Table:
    """Renewals with the level a customer was at on the notice date, for states that come and go.

    Parameters
    ----------
    due : ibis.Table
        As `renewals_due` gives it.
    changes : ibis.Table
        ``customer_id, day, level`` as `csresearch.states.read_paths` takes it.
    levels : sequence of str
        At most 64; of several on one day the one that stands last here counts.

    Returns
    -------
    ibis.Table
        With a column ``latest``, NULL before the first change.
    """
    known = changes.filter(changes["day"].notnull() & changes["level"].isin(list(levels)))
    said = known.select(
        said_by="customer_id",
        said=ticks_of(known["day"]).cast("int64") * MOST_LEVELS + coded(known["level"], levels),
        said_on="day",
    )
    keys = due.select("customer_id", "renewal", "notice_day")
    both = keys.inner_join(said, keys["customer_id"] == said["said_by"])
    both = both.filter(both["said_on"] <= both["notice_day"])
    last = both.group_by("customer_id", "renewal").agg(said=both["said"].max())
    code = last["said"] % MOST_LEVELS
    last = last.select(
        "customer_id",
        "renewal",
        latest=ibis.cases(*((code == i, level) for i, level in enumerate(levels))),
    )
    keys = ["customer_id", "renewal"]
    joined = due.left_join(last, keys)
    return joined.drop(*(f"{name}_right" for name in keys))


def renewal_clock(
    company: Company,
    due: ibis.Table,
    states: tuple[str, str],
    *,
    by: Sequence[str] = (),
    name: str,
    customers: ibis.Table | None = None,
) -> RenewalClock | str:
    """How much likelier is a renewal in the first of two states than in the second?

    Parameters
    ----------
    company : Company
    due : ibis.Table
        Renewals with a column ``state``; rows in neither state are left out.
    states : (str, str)
        The state and the reference.
    by : sequence of str
        Columns held equal beside the number of the renewal, the most important first; the last
        are given up where there are too few renewals for so many strata.
    name : str
        Of the estimate.
    customers : ibis.Table, optional
        Those whose renewals these are; all of the company by default.

    Returns
    -------
    RenewalClock or str
        Or why there is too little to compare.
    """
    counts = _counted(company, due, by)
    lost = int((counts["renewals"] - counts["renewed"]).sum())
    counts = counts[counts["state"].isin(states)].reset_index(drop=True)
    ends = counts.groupby("state")[["renewals", "renewed"]].sum().reindex(list(states)).fillna(0)
    n_lost = int((ends["renewals"] - ends["renewed"]).sum())
    came_up = f"{int(ends['renewals'].sum()):,} contracts came up"
    if n_lost < ENOUGH_LOST:
        return f"Too few: {came_up}, fewer than {ENOUGH_LOST} of them were not renewed."
    if (ends["renewals"] == 0).any():
        return f"Nothing to compare: {came_up}, none of them {ends['renewals'].idxmin()}."
    strata = _supported(counts, tuple(by))

    def compared(rows: pd.DataFrame) -> RenewalComparison:
        keys = ["number", *strata]
        return compare_renewals(rows, "state", reference=states[1], strata=keys)

    found = compared(counts)
    odds = Estimate(name, *_limits(company, counts, found, compared), null=1.0)
    total = counts.groupby(["number", *strata, "state"], as_index=False, observed=True)
    totals = total[["renewals", "renewed"]].sum()
    left = _departures(company, company.customers if customers is None else customers)
    return RenewalClock(odds, found, strata, totals, lost / left if left else float("nan"))


def _departures(company: Company, lives: ibis.Table) -> int:
    """Departures of customers with a term, long enough ago for a renewal to be known."""
    until = ibis.literal(company.observed_until).delta(lives["started_on"], unit="day")
    known = lives["churned"] & (lives["exit_day"] + GRACE_DAYS <= until)
    return int(lives.filter(known & (lives["term_months"] >= SHORTEST_MONTHS)).count().execute())


def _counted(company: Company, due: ibis.Table, by: Sequence[str]) -> pd.DataFrame:
    """Renewals and renewed by cell."""
    clusters = ()
    if company.has("customers.parent_id"):
        due, clusters = with_groups(due), (GROUP,)
    number = (due["renewal"] > APART).ifelse(APART, due["renewal"])
    text = {column: due[column].cast("string").fill_null(NOT_RECORDED) for column in by}
    rows = due.select("state", "lost", number=number, **text, **{c: due[c] for c in clusters})
    keys = ["number", *by, "state", *clusters]
    kept = (~rows["lost"]).ifelse(1, 0).sum()
    counts = rows.group_by(keys).agg(renewals=rows.count(), renewed=kept)
    return counts.order_by(keys).to_pandas()


def _supported(counts: pd.DataFrame, by: tuple[str, ...]) -> tuple[str, ...]:
    """As many of the columns as there are renewals for: many small strata bias odds ratios."""
    lost = int((counts["renewals"] - counts["renewed"]).sum())
    least = min(lost, int(counts["renewed"].sum()))
    while by and counts.groupby(["number", *by], observed=True).ngroups * PER_STRATUM > least:
        by = by[:-1]
    return by


def _limits(
    company: Company,
    counts: pd.DataFrame,
    found: RenewalComparison,
    compared: Callable[[pd.DataFrame], RenewalComparison],
) -> tuple[float | None, ...]:
    """The odds ratio with its limits; by the jackknife where customers of a parent share fate."""
    odds = found.odds_ratio
    if GROUP in counts and odds.ci_low is not None:
        fold = pd.factorize(counts[GROUP], sort=True)[0] % FOLDS
        others = [_odds_of(compared, counts[fold != f]) for f in np.unique(fold)]
        if len(others) > 1:
            odds = jackknife_interval(odds.value, others, scale="ratio")
    return odds.value, odds.ci_low, odds.ci_high, 0.95, odds.std_error


def _odds_of(compared: Callable[[pd.DataFrame], RenewalComparison], rows: pd.DataFrame) -> float:
    """The odds ratio of some renewals; NaN where all of a state are others'."""
    if rows["state"].nunique() < 2:
        return np.nan
    value = compared(rows).odds_ratio.value
    return np.nan if value is None else value
