"""How customers came to a programme: assigned at the start, rolled out by date, or chosen?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import ibis
import pandas as pd

from csresearch.claims.histories import LIFE, default_strata, known_levels, slim
from csresearch.claims.once import once
from csresearch.company import Company
from csresearch.company.schema import RECORDED_BY_DAY
from csresearch.company.sources import named
from csresearch.errors import did_you_mean
from csresearch.events import EventTable
from csresearch.history import History, read_history
from csresearch.resampling import GROUP

START, ROLLOUT, CHOSEN = "assigned at the start", "rolled out by date", "not assigned"
MOST = 0.95  # of customers who must have come to the programme in the same way
FEWEST = 0.05  # share of customers in either arm that makes it an arm
SPREAD_DAYS = 31.0  # a rollout takes no longer than a month
COHORT = "half-year of the start"
EPOCH = ibis.date("1970-01-01")


@dataclass(frozen=True)
class Assignment:
    """Who was given a programme, and whether that tells what it does.

    Parameters
    ----------
    design : str
        `START`, `ROLLOUT` or `CHOSEN`.
    why : str
        What made it so, in plain words.
    history : History or None
        Counted by maturity and `strata`, the change being the day of entering the programme;
        None where customers were chosen.
    strata : tuple of str
        Within which customers of a band are compared.
    landmark_day : float
        By which everybody was assigned: both arms are at risk from it.
    """

    design: str
    why: str
    history: History | None = None
    strata: tuple[str, ...] = field(default=())
    landmark_day: float = 0.0

    def table(self, lag_days: float = 0.0) -> EventTable:
        """Event table over maturity, strata and "state": "with" is in the programme.

        Assigned at the start, everybody stays in their arm whatever happens (intention to treat);
        rolled out by date, customers are "with" from ``lag_days`` after they entered.
        """
        if self.design == START:
            return self.history.landmark_table(self.landmark_day + lag_days)
        return self.history.event_table(lag_days=lag_days)


@once
def read_assignment(company: Company, programme: str | None = None) -> Assignment:
    """Find out from the dates how customers came to a programme.

    Parameters
    ----------
    company : Company
    programme : str, optional
        Its name; by default any programme against none or, where everybody is in one, the one
        on which most hours a customer are spent against the others.

    Returns
    -------
    Assignment
        Assigned at the start: 95 % of its customers entered by day 30, and others who started in
        the same half-years did not. Rolled out by date: within each band and segment, 95 % of those
        who entered later did so within a month of one date, and 95 % of those there after it are
        in. Else customers may have been chosen.

    Raises
    ------
    ValueError
        If no programme has this name.
    """
    if not company.has("efforts.programme"):
        return Assignment(CHOSEN, "no programme is recorded that customers were assigned to")
    segments = tuple(s for s in default_strata(company) if s != "maturity")
    own = (*LIFE, "parent_id", "started_on", "maturity", *segments)
    lives = named(_lives(company, company.customers.select(*own), _compared(company, programme)))
    arms = lives.group_by(COHORT, "entered")
    arms = arms.agg(n=lives.count(), last=lives.programme_day.max()).to_pandas()
    entered = arms[arms["entered"] != "never"]["n"].sum()
    if not entered:
        return Assignment(CHOSEN, "no customer entered a programme while under observation")
    cohorts = sorted(arms[COHORT].dropna().unique())
    if _at_start(arms):
        landmark = float(arms.loc[arms["entered"] == "start", "last"].max())
        strata = (*segments, COHORT)
        why = f"customers entered the programme by day {RECORDED_BY_DAY} or not at all"
        return Assignment(START, why, _history(company, lives, strata, cohorts), strata, landmark)
    if _rolled_out(lives, ("maturity", *segments)):
        why = "customers entered the programme on a date, whatever their tenure"
        return Assignment(ROLLOUT, why, _history(company, lives, segments), segments)
    return Assignment(
        CHOSEN,
        "customers entered the programme at different times of tenure and of the calendar, as when "
        "those in need of it are chosen",
    )


@once
def programme_lives(company: Company, programme: str | None = None) -> ibis.Table:
    """Customers with the day they entered the programme and the half-year they started in.

    Parameters
    ----------
    company : Company
    programme : str, optional
        As in `read_assignment`.

    Returns
    -------
    ibis.Table
        The columns of ``company.customers`` with ``programme_day`` (NULL: never) and `COHORT`.
    """
    return named(_lives(company, company.customers, _compared(company, programme)))


@once
def _compared(company: Company, programme: str | None) -> str | None:
    """The programme that is compared with the rest; None: any against none."""
    rows = company.efforts.filter(company.efforts.programme.notnull())
    per = rows.group_by("programme")
    found = per.agg(
        customers=rows.customer_id.nunique(), hours=rows.hours.sum(), touches=rows.count()
    ).to_pandas()
    names = sorted(found["programme"])
    if programme is not None:
        if programme not in names:
            raise ValueError(f"no programme {programme!r}; {did_you_mean(programme, names)}")
        return programme
    if len(names) < 2:
        return None
    within = rows.customer_id.nunique().execute()
    if within < (1 - FEWEST) * company.data_summary.customers:
        return None
    spent = found["hours"].where(found["hours"] > 0, found["touches"]) / found["customers"]
    return str(found.loc[spent.idxmax(), "programme"])


def _lives(company: Company, lives: ibis.Table, name: str | None) -> ibis.Table:
    """Lives with the day they entered the programme, how, and the half-year they started in."""
    rows = company.efforts
    rows = rows.filter(rows.programme.notnull() if name is None else rows.programme == name)
    first = rows.group_by("customer_id").agg(programme_day=rows.effort_day.min())
    lives = lives.left_join(first, "customer_id").drop("customer_id_right")
    day = (lives.programme_day < lives.exit_day).ifelse(lives.programme_day, ibis.null("float64"))
    start = lives.started_on
    half = (start.month() > 6).ifelse("H2", "H1")
    cohort = start.year().cast("string") + "-" + half
    lives = lives.mutate(programme_day=day, change_day=day, **{COHORT: cohort})
    early = lives.programme_day <= RECORDED_BY_DAY
    entered = ibis.cases((early, "start"), (lives.programme_day.notnull(), "later"), else_="never")
    return lives.mutate(entered=entered)


def _at_start(arms: pd.DataFrame) -> bool:
    """Whether customers entered by day 30, while others of the same half-years did not."""
    n = arms.pivot_table(index=COHORT, columns="entered", values="n", aggfunc="sum", fill_value=0)
    n = n.reindex(columns=["start", "later", "never"], fill_value=0)
    both = n[(n["start"] > 0) & (n["later"] + n["never"] > 0)]
    if n["start"].sum() < MOST * (n["start"] + n["later"]).sum() or both.empty:
        return False
    share = both["start"].sum() / both.to_numpy().sum()
    return FEWEST <= share <= 1 - FEWEST


def _rolled_out(lives: ibis.Table, groups: Sequence[str]) -> bool:
    """Whether those who entered later did so on a date of their group, and nobody was left out."""
    since = lives.started_on.delta(EPOCH, unit="day").cast("float64")
    lives = lives.mutate(on=since + lives.programme_day, gone=since + lives.exit_day)
    late = lives.filter(lives.entered == "later")
    entries = late.group_by(*groups, "on").agg(n=late.count()).to_pandas()
    if entries.empty:
        return False
    inside = lives.programme_day.notnull()
    exits = lives.group_by(*groups, "gone", inside=inside).agg(n=lives.count()).to_pandas()
    entries, exits = (_keyed(frame, groups) for frame in (entries, exits))
    dates = entries.groupby("key")[["on", "n"]].apply(_median)
    on_date = (entries["on"] - entries["key"].map(dates)).abs() <= SPREAD_DAYS
    there = exits[exits["gone"] > exits["key"].map(dates) + SPREAD_DAYS]
    covered = there.loc[there["inside"], "n"].sum() / max(there["n"].sum(), 1)
    return entries.loc[on_date, "n"].sum() >= MOST * entries["n"].sum() and covered >= MOST


def _keyed(frame: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """The frame with its groups as one number."""
    return frame.assign(key=frame[list(groups)].astype("string").fillna("").agg("\n".join, axis=1))


def _median(rows: pd.DataFrame) -> float:
    """The date by which half of a group had entered."""
    rows = rows.sort_values("on")
    return float(rows["on"].iloc[int((rows["n"].cumsum() >= rows["n"].sum() / 2).argmax())])


def _history(
    company: Company, lives: ibis.Table, strata: Sequence[str], cohorts: Sequence[str] = ()
) -> History:
    """Customers counted by maturity, strata and the day they entered the programme."""
    cells = ("maturity", *strata)
    lives, by = slim(company, lives, cells, "change_day")
    known = known_levels(company, cells) | {COHORT: cohorts}
    return read_history(lives, by, unmerged=("maturity", COHORT, GROUP), known=known)


def arms_table(assignment: Assignment) -> pd.DataFrame:
    """Customers, churned and share churned of each band, in the programme and not.

    Returns
    -------
    DataFrame
        Columns ``band, arm, customers, churned, share_churned``.
    """
    counts = assignment.table().total(["maturity", "state"]).counts
    rows = []
    for (band, state), cell in counts.groupby(["maturity", "state"], sort=True, observed=True):
        customers, churned = int(cell["entrance"].sum()), int(cell["observed"].sum())
        arm = "programme" if state == "with" else "none"
        rows.append((band, arm, customers, churned, churned / customers if customers else None))
    return pd.DataFrame(rows, columns=["band", "arm", "customers", "churned", "share_churned"])
