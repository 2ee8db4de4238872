"""Beside C8: what effort does at renewals and per unit of revenue, in the high and low bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis

from csresearch.claims import effort_path, money
from csresearch.claims.effort_programme import COHORT, START, programme_lives
from csresearch.claims.effort_steps import bands_only
from csresearch.claims.effort_study import Study
from csresearch.claims.histories import under_contract
from csresearch.claims.net_retention import retained
from csresearch.claims.renewal_clock import (
    TITLE,
    by_change,
    clock_lacks,
    renewal_clock,
    renewals_due,
    with_latest,
)
from csresearch.claims.renewal_parts import clocks_part
from csresearch.company.sources import kept
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate, Part

IN, OUT = ASSIGNED = ("in the programme", "not in it")
MUCH, LITTLE = CHOSEN = ("more effort", "less effort")


def effort_renewals(study: Study) -> Part:
    """Chance of renewing with effort and without, in the low group and the high band."""
    company = study.company
    if clock_lacks(company):
        return Part(TITLE, text=clock_lacks(company))
    due, states = _with_effort(study, renewals_due(company, _lives(study))), states_of(study)
    strata = study.assignment.strata if study.assigned else study.segments
    clocks = {
        label: renewal_clock(
            company,
            due.filter(due["maturity"].isin(list(bands))),
            states,
            by=strata,
            name=f"odds of renewing, {states[0]} ÷ {states[1]}, {label}",
        )
        for label, bands in _groups(study).items()
    }
    return clocks_part(clocks, states)


def effort_money(study: Study) -> Part:
    """The ratios of the low group and the high band per unit of revenue."""
    company = study.company
    if money.money_lacks(company):
        return Part(money.TITLE, text=money.money_lacks(company))
    table, rows = _revenue(study), []
    for label, bands in _groups(study).items():
        plain = study.judged[label]
        rows.append(replace(plain, name=f"{plain.name}, per customer"))
        rows.append(_ratio(study, table, bands, f"{plain.name}, per unit of revenue"))
    lost = money.share_of_lost(
        table, lambda one: one["maturity"] == study.high, f"share of lost revenue: {study.high}"
    )
    stayed = retained(
        company, _lives(study), lambda rows: _with_effort(study, rows), states_of(study)
    )
    return money.money_part(company, [*rows, lost, *stayed])


def states_of(study: Study) -> tuple[str, str]:
    """What is compared: the programme where customers were assigned, else more with less."""
    return ASSIGNED if study.assigned else CHOSEN


def _groups(study: Study) -> dict[str, Sequence[str]]:
    """The low group and the high band, by the names the ratios go by."""
    low = study.low[0] if len(study.low) == 1 else "low group"
    return {low: study.low, study.high: (study.high,)}


def _lives(study: Study) -> ibis.Table:
    """Customers, with the day they entered the programme where they were assigned."""
    own = ("maturity", *study.segments)
    if not study.assigned:
        return under_contract(study.company.customers, *own)
    lives = programme_lives(study.company, study.programme)
    return under_contract(lives, *own, "programme_day", COHORT)


def _with_effort(study: Study, due: ibis.Table) -> ibis.Table:
    """Rows with the ``state`` on their notice day: in the programme, or more effort of late."""
    if study.assigned:
        return due.mutate(state=by_change("programme_day", (OUT, IN))(due))
    average = effort_path.average_hours(study.bands, study.window_days)
    changes = effort_path.effort_changes(study.company, study.window_days, average)
    changes = kept("effort_changes", changes.mutate(day=changes["day"] + study.lag_days))
    due = with_latest(due, changes, effort_path.LEVELS)
    more = (due["latest"] == effort_path.MORE).fill_null(False)
    return due.mutate(state=more.ifelse(MUCH, LITTLE))


def _revenue(study: Study) -> EventTable:
    """Sums of revenue by band, strata and effort, as the ratios of customers are counted."""
    if not study.assigned:
        return effort_path.effort_path(
            study.company,
            lag_days=study.lag_days,
            window_days=study.window_days,
            average=effort_path.average_hours(study.bands, study.window_days),
            by=study.segments,
            weight="recurring_revenue",
        )
    lives, assignment = _lives(study), study.assignment
    if assignment.design == START:  # by intention to treat, from the day all were assigned
        lives = lives.filter(lives["exit_day"] > assignment.landmark_day)
        lives = lives.mutate(entry_day=ibis.greatest(lives["entry_day"], assignment.landmark_day))
    return money.revenue_table(lives, ("maturity", *assignment.strata), change="programme_day")


def _ratio(study: Study, table: EventTable, bands: Sequence[str], name: str) -> Estimate:
    """The churn-rate ratio of some bands per unit of revenue."""
    level = "state" if study.assigned else "level"
    strata = study.assignment.strata if study.assigned else study.strata_of(table)
    return money.revenue_ratio(
        bands_only(table, bands),
        level,
        lambda one: one in ("with", effort_path.MORE),
        name=name,
        strata=("maturity", *strata),
    )
