"""What can be wrong with a row of each table, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from csresearch.company.bands import rated_knowing, rated_late
from csresearch.company.cells import UNREADABLE
from csresearch.company.checks import NOT_USED, SET_ASIDE, TOLD, Check
from csresearch.company.event_tables import EVENTS
from csresearch.company.scales import OUTSIDE
from csresearch.company.schema import RECORDED_BY_DAY, CompanyConfig
from csresearch.company.tenure import since_start

EARLIEST = "1900-01-01"
FUTURE = "in the future (after observed_until)"
CORRECT_DATE = "correct the date, or observed_until in company.yml"
UNKNOWN_BAND = "unknown maturity band"
SHIFTED = "midnight of another time zone: the day may be one too early"
FROM_START = "counted from the start; correct the date if that is wrong"


def row_rules(table: ibis.Table, config: CompanyConfig, placed: dict) -> list[Check]:
    """What can be wrong with a row of customers, before rows of one customer become one."""
    rules = _readable_rules(table, config, placed)
    if config.subscriptions and {"started_on", "ended_on"} <= set(placed):
        rules += _dated_rules(table, config, placed, says_churned="churned")
    return rules


def customer_rules(
    table: ibis.Table,
    config: CompanyConfig,
    placed: dict,
    *,
    dated: bool,
    shape: Sequence[Check] = (),
) -> list[Check]:
    """What can be wrong with a customer; ``shape`` is what making one row of several found."""
    twice = "keep one row per customer; all rows of the id are set aside, none can be trusted"
    unseen = (
        "the customer left, or was last observed, before observation began; nothing to do if so"
    )
    blamed = "observed_from" if "observed_from" in placed else "observed_until"
    if dated:
        tenure = _dated_rules(table, config, placed, says_churned="says_churned")
    else:
        tenure = _snapshot_rules(table, placed)
    readable = _readable_rules(table, config, placed)
    return [
        readable[0],
        Check("customer_id", "duplicate customer id", table.duplicate, twice),
        *readable[1:],
        *shape,
        *tenure,
        Check(blamed, "not observed at all", table.entry_day >= table.exit_day, unseen),
        *_maturity_rules(table, placed),
        *_judgement_rules(table, placed),
        *_first_result_rules(table, placed),
    ]


def event_rules(name: str, table: ibis.Table, config: CompanyConfig, placed: dict) -> list[Check]:
    """What can be wrong with an event: a result, a survey, a behaviour, an effort."""
    day = EVENTS[name].dated_by
    known = [
        _missing(table, "customer_id", "no customer id"),
        Check(
            "customer_id",
            "its customer is set aside",
            table.customer_set_aside,
            "see what is said about customers; put right there, this row is used",
        ),
        Check(
            "customer_id",
            "unknown customer",
            ~table.known,
            "add the customer to the customers table, or correct the id",
        ),
        *cell_rules(name, table, config, placed),
    ]
    if day not in placed:
        return known
    until, tenure = ibis.literal(config.observed_until), since_start(table, day)
    after_end = "correct the date or the customer's end; what came after can't have kept anyone"
    unseen = "nothing to do: whether the customer was still there then is not known"
    past = tenure > table.exit_day
    told = EVENTS[name].early == TOLD
    remedy = FROM_START if told else "correct the date or the customer's start"
    no_start = "give customers a started_on: without it the day of tenure is unknown"
    rules = [
        *known,
        _missing(table, day, "no date"),
        Check(day, FUTURE, table[day] > until, CORRECT_DATE),
        Check(day, "after the customer's end", past & table.has_left, after_end),
        Check(day, "after the customer was last observed", past & ~table.has_left, unseen),
        Check(day, "before the customer's start", tenure < 0, remedy, EVENTS[name].early),
    ]
    if name == "results":  # undated, they are still known as yes or no
        return rules
    return [
        *rules,
        Check(day, "customer without a start date", table.started_on.isnull(), no_start),
    ]


def _readable_rules(table: ibis.Table, config: CompanyConfig, placed: dict) -> list[Check]:
    """Whose row it is, what can't be read in it, and for snapshots which it belongs to."""
    rules = [
        _missing(table, "customer_id", "no customer id"),
        *cell_rules("customers", table, config, placed),
    ]
    if config.snapshots:
        late = table.taken_on > ibis.literal(config.observed_until)
        rules += [
            _missing(table, "taken_on", "no date of the snapshot"),
            Check("taken_on", FUTURE, late, CORRECT_DATE),
        ]
    return rules


def cell_rules(name: str, table: ibis.Table, config: CompanyConfig, placed: dict) -> list[Check]:
    """Cells that can't be read as the date, number or yes/no they should be, or not rightly."""
    rules = []
    for column, (spec, _) in placed.items():
        mark = UNREADABLE + column
        if mark in table.columns:
            advice = spec.advice or "write yes or no, or map the values"
            advice = f"{advice} in company.yml under {name}:"
            effect = SET_ASIDE if spec.essential else NOT_USED
            rules.append(Check(column, f"not a {spec.kind}", table[mark], advice, effect))
        if spec.shifted:
            rules.append(Check(column, SHIFTED, table[column].notnull(), spec.shifted, TOLD))
    if OUTSIDE in table.columns:
        scale = f"correct the score, or scale: in company.yml under {name}:"
        rules.append(Check("score", "outside its scale", table[OUTSIDE], scale))
    if name == "revenues":
        advice = "correct it; 0 where a customer pays nothing"
        rules.append(Check("recurring_revenue", "below 0", table.recurring_revenue < 0, advice))
    return rules


def _dated_rules(
    table: ibis.Table, config: CompanyConfig, placed: dict, *, says_churned: str
) -> list[Check]:
    """What can be wrong with a customer's dates."""
    until = ibis.literal(config.observed_until)
    announced = "an end that is only announced belongs into notice_on, with ended_on empty"
    empty_as_zero = "correct the date; an empty one may have been exported as day 0"
    rules = [
        _missing(table, "started_on", "no start date"),
        Check("started_on", FUTURE, table.started_on > until, CORRECT_DATE),
        Check("started_on", "before 1900", table.started_on < ibis.date(EARLIEST), empty_as_zero),
        Check(
            "ended_on",
            "end before start",
            table.ended_on < table.started_on,
            "correct one of the two dates",
        ),
        Check("ended_on", FUTURE, table.ended_on > until, f"{CORRECT_DATE}; {announced}"),
    ]
    if "observed_until" in table.columns:
        late = table.observed_until > until
        rules.append(Check("observed_until", FUTURE, late, CORRECT_DATE))
    if "churned" not in placed:
        return rules
    ended = table.ended_on.notnull()
    ended_otherwise = (
        "correct one of the two; where the date is only the end of observation, it belongs into "
        "observed_until"
    )
    return [
        *rules,
        Check(
            "churned",
            "churned, but no end date",
            table[says_churned] & ~ended,
            "add the day the customer left",
        ),
        Check(
            "churned", "end date, but not churned", ~table[says_churned] & ended, ended_otherwise
        ),
    ]


def _snapshot_rules(table: ibis.Table, placed: dict) -> list[Check]:
    """What can be wrong with a row of a snapshot export."""
    tenure = "tenure_days" if "tenure_days" in placed else "tenure_months"
    return [
        Check(tenure, "no tenure", table.exit_day.isnull(), "add how long the customer stayed"),
        Check(tenure, "negative tenure", table.exit_day < 0, "correct the tenure"),
        _missing(table, "churned", "nothing says whether the customer left"),
    ]


def _maturity_rules(table: ibis.Table, placed: dict) -> list[Check]:
    """Maturity that is not used; the customer stays, as not recorded."""
    if "maturity" not in placed:
        return []
    add = "add the band to maturity: order: or map it under customers: values:"
    rules = [
        Check("maturity", UNKNOWN_BAND, table.maturity_unknown, add, NOT_USED),
    ]
    if {"maturity_on", "started_on"} <= set(placed):
        late, knowing = rated_late(table), rated_knowing(table)
        hindsight = "nothing to do: what is recorded later may follow from how it went"
        reason = f"maturity recorded after day {RECORDED_BY_DAY}"
        rules.append(Check("maturity_on", reason, late, hindsight, NOT_USED))
        reason = "maturity recorded when notice was given or the customer left"
        rules.append(Check("maturity_on", reason, knowing & ~late, hindsight, NOT_USED))
    return rules


def _judgement_rules(table: ibis.Table, placed: dict) -> list[Check]:
    """A judgement at kickoff that is not used; the customer stays, as not judged."""
    if "kickoff_judgement" not in placed:
        return []
    chance = table.judged_chance
    outside = "map it to a chance from 0 (will leave) to 1 (will stay) under customers: values:"
    rules = [
        Check("kickoff_judgement", "not between 0 and 1", ~chance.between(0, 1), outside, NOT_USED)
    ]
    if {"kickoff_judged_on", "started_on"} <= set(placed):
        late = since_start(table, "kickoff_judged_on") > RECORDED_BY_DAY
        hindsight = "nothing to do: what is judged later may follow from how it went"
        reason = f"judged after day {RECORDED_BY_DAY}"
        rules.append(Check("kickoff_judged_on", reason, late, hindsight, NOT_USED))
    return rules


def _first_result_rules(table: ibis.Table, placed: dict) -> list[Check]:
    """A first result outside the customer's time; the customer stays."""
    if not {"first_result_on", "started_on"} <= set(placed):
        return []
    tenure = since_start(table, "first_result_on")
    late = "correct the date or the end; until then the customer counts as without result"
    return [
        Check(
            "first_result_on", "result before the customer's start", tenure < 0, FROM_START, TOLD
        ),
        Check(
            "first_result_on",
            "result after the customer's end",
            tenure > table.exit_day,
            late,
            NOT_USED,
        ),
    ]


def _missing(table: ibis.Table, column: str, reason: str) -> Check:
    """An empty cell where one is needed."""
    return Check(column, reason, table[column].isnull(), f"fill in {column}")
