"""Beside C14: the conflict of results and satisfaction at renewals, and per unit of revenue."""

from __future__ import annotations

from dataclasses import replace

import ibis

from csresearch.claims import money
from csresearch.claims.beside import told_of_left_out
from csresearch.claims.histories import under_contract
from csresearch.claims.moods import HAPPY, UNHAPPY, mood_changes
from csresearch.claims.net_retention import retained
from csresearch.claims.quadrants import (
    CONFLICT,
    HAPPY_FAILING,
    STATE,
    STATES,
    UNHAPPY_SUCCEEDING,
    quadrants,
    read_scores_and_results,
)
from csresearch.claims.renewal_clock import (
    TITLE,
    clock_lacks,
    renewal_clock,
    renewals_due,
    with_latest,
)
from csresearch.claims.renewal_parts import clock_part
from csresearch.claims.wins_study import Study
from csresearch.findings.estimates import Part

AGAINST = (HAPPY_FAILING, *(one for one in STATES if one not in CONFLICT))  # unhappy, results


def conflict_renewals(study: Study) -> Part:
    """Chance of renewing, happy without results against unhappy with them, on the notice date."""
    company = study.company
    if clock_lacks(company):
        return Part(TITLE, text=clock_lacks(company))
    lives = under_contract(company.lifetimes(surveys=False), "result_day", *study.strata)
    lives = study.who.rows(lives)
    due = _in_conflict(study, renewals_due(company, lives))
    name = f"odds of renewing, {HAPPY_FAILING} ÷ {UNHAPPY_SUCCEEDING}"
    clock = renewal_clock(company, due, CONFLICT, by=study.strata, name=name, customers=lives)
    return told_of_left_out(clock_part(clock, CONFLICT), study.who)


def conflict_money(study: Study) -> Part:
    """The conflict ratio per unit of revenue, and the revenue lost in either state."""
    company = study.company
    if money.money_lacks(company):
        return Part(money.TITLE, text=money.money_lacks(company))
    scanned = read_scores_and_results(
        company, study.cuts, study.strata, hex_digits=1, weight="recurring_revenue"
    )
    table = quadrants(scanned, strata=study.strata)
    ratio = money.revenue_ratio(
        study.states_of(scanned),
        STATE,
        lambda state: [state == one for one in AGAINST],
        name=f"{study.wins.conflict.name}, per unit of revenue",
        strata=study.strata,
    )
    lost = [
        money.share_of_lost(
            table, lambda rows, one=one: rows[STATE] == one, f"share of lost revenue: {one}"
        )
        for one in CONFLICT
    ]
    lives = under_contract(company.lifetimes(surveys=False), "result_day")
    stayed = retained(company, lives, lambda rows: _in_conflict(study, rows), CONFLICT)
    plain = replace(study.wins.conflict, name=f"{study.wins.conflict.name}, per customer")
    part = money.money_part(company, [plain, ratio, *lost, *stayed])
    return told_of_left_out(part, study.who)


def _in_conflict(study: Study, due: ibis.Table) -> ibis.Table:
    """Rows with the ``state`` on their notice day; NULL where the two do not conflict."""
    due = with_latest(due, mood_changes(study.company, study.cuts), (UNHAPPY, HAPPY))
    reached = (due["result_day"] <= due["notice_day"]).fill_null(False)
    state = ibis.cases(
        ((due["latest"] == HAPPY) & ~reached, HAPPY_FAILING),
        ((due["latest"] == UNHAPPY) & reached, UNHAPPY_SUCCEEDING),
    )
    return due.mutate(state=state)
