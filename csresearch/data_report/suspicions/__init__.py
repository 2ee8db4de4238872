"""Suspicious patterns: what is looked for, how it is judged, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from csresearch.company import Company
from csresearch.data_report.suspicions import cells, clocks, dates, leaks, missing, recording
from csresearch.data_report.suspicions.base import Rule, Suspicion
from csresearch.data_report.tallies import tallies_of
from csresearch.findings.estimates import Part

__all__ = ["RULES", "Rule", "Suspicion", "looked_for", "suspicions", "suspicious"]

RULES = (
    Rule(
        "A column that gives the answer away",
        "it orders those who left and stayed in 97 % of pairs, or at most 1 %, or at least 99 %, "
        "of 20 or more customers with one value left, which chance would not do",
        leaks.separating,
    ),
    Rule(
        "A column empty for those who left",
        "10 points more, or fewer, often than for those who stayed",
        missing.uneven,
    ),
    Rule(
        "Events before the start or after the end",
        "1 % of a table's rows, at least 5",
        clocks.outside,
    ),
    Rule("Churn flags against churn dates", "any", clocks.flags),
    Rule("Maturity or judgement changed after leaving", "any", clocks.after_the_end),
    Rule(
        "Scores collected after the decision to leave",
        "1 % of answers on or after notice; 5 times the usual pace in the last 7 days",
        clocks.late_scores,
    ),
    Rule(
        "Departures booked on month ends or starts",
        "25 % of them on the last, or first, day of a month",
        dates.booked,
    ),
    Rule(
        "Migrations and imports",
        "a day with 5 % of all dates and 10 times a usual day; a month with 4 times the months "
        "around it",
        dates.imports,
    ),
    Rule(
        "Recording that began late",
        "at most a tenth of the departures, or events, that customers of that time and tenure "
        "should have had, 20 or more",
        recording.began_late,
    ),
    Rule(
        "Results recorded only for survivors",
        "customers who left have at most 2 % of the results that those who stayed had at the "
        "same tenure",
        recording.survivors_only,
    ),
    Rule(
        "Customers who left on day 0",
        "1 % of customers, 5 times a usual day of the first month",
        cells.zero_days,
    ),
    Rule(
        "A scale that changes",
        "the highest score changes 1.6 times and the mean by a standard deviation, 50 answers on "
        "both sides",
        cells.scales,
    ),
    Rule(
        "One customer under two ids",
        "5 times as many pairs alike in everything as chance makes, at least 5",
        cells.copies,
    ),
    Rule("Revenue of nothing or less", "any below 0; 1 % of customers with 0", cells.revenue),
)


@lru_cache(maxsize=2)
def _looked(company: Company) -> tuple[Sequence[Suspicion] | None, ...]:
    """What each rule found."""
    return tuple(rule.look(tallies_of(company)) for rule in RULES)


def suspicions(company: Company) -> tuple[Suspicion, ...]:
    """Every suspicious pattern found in a company's data."""
    return tuple(one for found in _looked(company) for one in found or ())


def looked_for(company: Company) -> Part:
    """Every pattern that is looked for, from when on it is told, and how often it was found."""
    rows = []
    for rule, found in zip(RULES, _looked(company), strict=True):
        told = "cannot be seen here" if found is None else f"{len(found)}" if found else "no"
        rows.append((rule.pattern, rule.judged, told))
    table = pd.DataFrame(rows, columns=["pattern", "told_from", "found"])
    return Part(
        title="What is looked for",
        table=table,
        prose=True,
        text="Beside the limits named, a pattern is told only if chance alone would make it less "
        "than once in a million times, and from 20 customers or rows on where no other number "
        "stands.",
    )


def suspicious(company: Company) -> Part:
    """What was found: where, what was seen, and what to do."""
    found = suspicions(company)
    table = pd.DataFrame(
        [(one.where, one.seen, one.advice) for one in found],
        columns=["where", "what was seen", "what to do"],
    )
    return Part("Suspicious patterns", table, in_words(len(found)), prose=True)


def in_words(n: int) -> str:
    """How many patterns were found, in a sentence."""
    if not n:
        return f"None of the {len(RULES)} kinds of suspicious pattern was found."
    patterns = "1 suspicious pattern was" if n == 1 else f"{n} suspicious patterns were"
    return f"{patterns} found; look at each before reading a verdict."
