"""Customers waiting for their first result: the clock C7 and C12 are counted on."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd

from csresearch.company import Company
from csresearch.company.frames import ROW_LIMIT, durations_frame
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.findings.labels import count_text
from csresearch.history import MIN_LEVEL_EVENTS, OTHER
from csresearch.resampling import GROUP, with_groups

ENDS = "waiting_ends"  # the column of what waiting ends with
RESULT, LEFT, HERE = "result", "left", "still waiting"


def waiting(company: Company) -> ibis.Table:
    """Customers from their start to the first result, if that comes before they leave.

    Parameters
    ----------
    company : Company

    Returns
    -------
    ibis.Table
        The columns of ``lifetimes()``, of which ``exit_day`` is the end of waiting and
        ``churned`` whether it ended with a first result; ``waiting_ends`` names what it ended
        with. Who had a result before coming under observation has no row.
    """
    lives = company.lifetimes(surveys=False)
    if company.has("customers.parent_id"):
        lives = with_groups(lives)
    reached = (lives.result_day < lives.exit_day).fill_null(False)
    ends = ibis.cases((reached, RESULT), (lives.churned, LEFT), else_=HERE)
    until = reached.ifelse(lives.result_day, lives.exit_day)
    lives = lives.mutate(exit_day=until, churned=reached, **{ENDS: ends})
    return lives.filter(lives.exit_day > lives.entry_day)


def waiting_rows(
    lives: ibis.Table, covariates: Sequence[str] = (), *, limit: int = ROW_LIMIT
) -> pd.DataFrame:
    """One row per waiting customer in lifelines' format, the event being the first result.

    Parameters
    ----------
    lives : ibis.Table
        As `waiting` gives them.
    covariates : sequence of str
    limit : int
        Of more customers, a sample.
    """
    return durations_frame(lives, covariates, limit=limit)


def clusters_of(company: Company) -> tuple[str, ...]:
    """The column of hashed parents, where there are parents."""
    return (GROUP,) if company.has("customers.parent_id") else ()


def only(table: EventTable, end: str) -> EventTable:
    """The table in which only intervals that end so are observed; the others are censored."""
    counts = table.counts
    kept = np.where(counts[ENDS] == end, counts["observed"], 0)
    counts = counts.assign(observed=kept, censored=counts["censored"] + counts["observed"] - kept)
    return EventTable(counts, table.by).total([name for name in table.by if name != ENDS])


def merged(table: EventTable, columns: Sequence[str]) -> EventTable:
    """The table with the levels of these columns that have fewer than 10 events as "(other)"."""
    counts = table.counts.copy()
    for column in columns:
        events = counts.groupby(column, observed=True)["observed"].sum()
        few = set(events.index[events < MIN_LEVEL_EVENTS]) - {NOT_RECORDED}
        levels = counts[column].astype(object)
        counts[column] = levels.where(~levels.isin(few), OTHER)
    return EventTable.from_counts(counts, table.by)


def first_results(table: EventTable) -> int:
    """How many first results were reached while waiting under observation."""
    return int(table.counts.loc[table.counts[ENDS] == RESULT, "observed"].sum())


def enough_results_text(
    company: Company, n_results: int, enough: int | None, *, among: str = ""
) -> str:
    """How many first results would do, for a finding that has too few."""
    seen = count_text(n_results, smallest_cell=company.config.smallest_cell)
    needed = "more would be needed" if enough is None else f"about {enough:,} would be enough"
    return f" {seen[0].upper()}{seen[1:]} first results were reached{among}; {needed}."
