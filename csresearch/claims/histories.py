"""The histories and strata a claim reads from a company."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from csresearch.claims.once import once
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.history import History, read_history, values_of
from csresearch.resampling import GROUP, with_groups

BY_RESULT = ("result_day", "first_result_day")  # changes that no survey has a part in
LIFE = ("customer_id", "entry_day", "exit_day", "churned")
CONTRACT = ("parent_id", "started_on", "term_months", "renews_day", "recurring_revenue")
MAX_SEGMENTS = 2  # claims.md, conventions


def default_strata(company: Company) -> tuple[str, ...]:
    """Maturity and at most two declared segments, where the company has them."""
    maturity = ("maturity",) if company.has("customers.maturity") else ()
    return (*maturity, *company.config.segments[:MAX_SEGMENTS])


def checked_strata(company: Company, strata: Sequence[str] | None) -> tuple[str, ...]:
    """The strata asked for, or the default ones.

    Raises
    ------
    ValueError
        If a stratum is not the maturity or a declared segment.
    """
    if strata is None:
        return default_strata(company)
    known = default_strata(company)
    for name in strata:
        if name not in known:
            raise ValueError(f"{name!r} is no stratum of {company.name}; it has: {known}")
    return tuple(strata)


def history_of(
    company: Company,
    by: Sequence[str] = (),
    *,
    change: str | None = None,
    unmerged: Sequence[str] = (),
) -> History:
    """Count a company's customers by cell.

    Parameters
    ----------
    company : Company
    by : sequence of str
    change : str, optional
        Column of ``company.lifetimes()`` with the day of the state change.
    unmerged : sequence of str
        As in `read_history`.
    """
    lives = company.lifetimes(surveys=change not in (None, *BY_RESULT))
    day = lives[change].cast("float64") if change else ibis.null("float64")
    lives, cells = slim(company, lives, by, change_day=day)
    known = known_levels(company, by)
    return read_history(lives, cells, unmerged=(GROUP, *unmerged), known=known)


def slim(
    company: Company, lives: ibis.Table, by: Sequence[str], *more: str, **made: ibis.Value
) -> tuple[ibis.Table, tuple[str, ...]]:
    """Lives with what a count by cell takes, the hashed parents among the cells where there are.

    Every step that follows is the quicker for each column left behind.
    """
    clustered = company.has("customers.parent_id")
    own = (*LIFE, "parent_id") if clustered else LIFE
    lives = lives.select(*dict.fromkeys((*own, *more, *by)), **made)
    return (with_groups(lives), (*by, GROUP)) if clustered else (lives, tuple(by))


def under_contract(lives: ibis.Table, *more: str) -> ibis.Table:
    """Lives with what renewals and revenue are counted by, and some columns more."""
    return lives.select(*dict.fromkeys((*LIFE, *CONTRACT, *more)))


def known_levels(company: Company, by: Sequence[str]) -> dict[str, Sequence[str]]:
    """The values of those columns that are the maturity or among the segments compared within."""
    known = {"maturity": company.bands.labels}
    if set(by) & set(company.segments[:MAX_SEGMENTS]):
        known |= _segment_levels(company)
    return {name: known[name] for name in by if name in known}


@once
def _segment_levels(company: Company) -> dict[str, Sequence[str]]:
    """The values of the segments compared within."""
    return values_of(company.customers, company.segments[:MAX_SEGMENTS])


def plain_table(company: Company, history: History) -> EventTable:
    """The tempting grouping, as a plain comparison sees it: whoever ever had a result.

    Where results are known as yes or no (``customers.had_result``, or a results table without
    dates) that is taken at its word, results after leaving included; else whoever had a dated
    result before leaving.
    """
    if company.results_known == "dated" and not company.has("customers.had_result"):
        return history.ever_table(ignore_entry=True, by=())
    lives = company.lifetimes(surveys=False)
    ever = lives["had_result"].fill_null(False)
    from_start = ever.ifelse(ibis.literal(0.0), ibis.null("float64"))
    flagged = read_history(lives.mutate(change_day=from_start, entry_day=ibis.literal(0.0)))
    return flagged.event_table()
