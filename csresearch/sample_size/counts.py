"""What claims of kinds and segments take, and those that only describe: C5, C10, C13 and C15."""

from __future__ import annotations

import math

import numpy as np

from csresearch.claims.base import Terms
from csresearch.claims.churn_conditions import definitions_of, read_conditions
from csresearch.claims.churn_kinds import CONDITION, Kinds
from csresearch.claims.drivers_parts import MOST_TAU
from csresearch.claims.drivers_steps import LEAST_EVENTS, Segments, segments_of
from csresearch.claims.key_study import LEAST_LATER, MOST_KINDS
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.history import MIN_LEVEL_EVENTS
from csresearch.planning import Alike, log_ratio_error
from csresearch.planning.conditions import REACH_95
from csresearch.risk_sets import risk_sets
from csresearch.sample_size.needs import DESCRIBED, Floor, Needs, Truth
from csresearch.sample_size.truths import turn_of


def kinds_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C5: six kinds of result, each followed by twenty departures."""
    kinds = found.part("first_look").table
    looked = kinds[kinds["one_by_one"]]
    if len(looked) < MOST_KINDS:
        why = f"it takes {MOST_KINDS} kinds of result and these data have {len(looked)}"
        return Needs.not_cured(why, "tell kinds of result apart")
    left = looked["left_later"].to_numpy(float)
    if found.verdict == "not identifiable" and left.min() >= LEAST_LATER:
        return Needs.not_cured(found.rule)
    if not left.sum():
        return Needs(why_not="nobody has left after a result yet")
    # nobody may have left after the rarest so far: then as many as its share of the results
    expected = left.sum() * (looked["customers"] / looked["customers"].sum()).min()
    floor = Floor(f"{LEAST_LATER} departures after each kind",
                  LEAST_LATER / (left.min() or expected))  # fmt: skip
    note = "that is what it takes to look; how clear the answer will be can't be said beforehand"
    counted = (("left after the rarest of the kinds", int(left.min())),)
    return Needs(Truth("few kinds carry it", None, None), counted=counted, floors=(floor,),
                 notes=(note,))  # fmt: skip


def churn_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C10: a kind with ten departures; beyond that it is described."""
    if found.primary is not None:
        return _described(found)
    given = definitions_of(company, lapse_months=12.0, onboarding_months=3.0, key_behaviors=None)
    table = Kinds(read_conditions(company, given), given).table.total([CONDITION])
    most = int(table.counts.groupby(CONDITION)["observed"].sum().max())
    if not most:
        return Needs(why_not="nobody has left in a condition that is known")
    floor = Floor(f"{MIN_LEVEL_EVENTS} departures of one kind", MIN_LEVEL_EVENTS / most)
    return Needs(
        Truth("one kind is frequent", None, None),
        counted=(("left in the most frequent kind", most),),
        floors=(floor,),
        notes=("that is what it takes to describe the first kind",),
    )


def priorities_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C13: scenarios are described, not tested."""
    return _described(found) if found.verdict == "descriptive" else Needs(why_not=found.rule)


def drivers_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C15: every segment's ratio surely past the smallest that counts, all alike."""
    column = max(segments_of(company), key=lambda one: (one.n_used, len(one.levels)))
    if len(column.levels) < 2:
        left = column.history.n_events
        if left >= 2 * LEAST_EVENTS:
            return Needs.not_cured(found.rule)
        floor = Floor(f"{LEAST_EVENTS} departures in each of two segments", 2 * LEAST_EVENTS / left)
        note = "at the least, were departures divided evenly between two segments"
        alike = Truth("alike in both", None, None)
        return Needs(alike, counted=(("left", left),), floors=(floor,), notes=(note,))
    average = found.named("lifetime ratio, average of the segments")
    # how strong the driver is is C1's question; here only whether it is the same everywhere
    seen = average is not None and (average.ci_low or 0.0) > terms.smallest_effect
    return _alike(column, truth or (average.value if seen else terms.smallest_effect**2))


def _alike(column: Segments, value: float) -> Needs:
    """The segments of one column with one true ratio."""
    names = [row.label for row in column.ratios.itertuples() if row.used] or list(column.levels)
    histories = [column.only(name) for name in names]
    left = [history.n_events for history in histories]
    errors = []
    for history in histories:
        risk = risk_sets(history.event_table(by=column.strata), "state", column.strata)
        errors.append(log_ratio_error(risk, "without", math.log(value)) if risk.n_events else None)
    if None in errors or len(names) < 2:
        return Needs(why_not="in a segment nobody with, or nobody without results has left")
    # as exact, on average, as segments that differ in size
    error = 1 / math.sqrt(float(np.mean([1 / one**2 for one in errors])))
    asked = Alike(math.log(value), error, len(names), math.log(1.25), MOST_TAU)
    floor = Floor(f"{LEAST_EVENTS} departures in each segment", LEAST_EVENTS / max(min(left), 0.5))
    words = f"{round(value, 2):g} times in every segment"
    return Needs(
        Truth(words, value, asked),
        counted=((f"left in the smallest {column.column}", min(left)),),
        floors=(floor,),
        std_error=error,
    )


def _described(found: Finding) -> Needs:
    """How precise a described number is."""
    primary = found.primary
    if primary is None:
        return Needs(why_not=DESCRIBED)
    counted = (("left", found.n_events or 0),)
    error = _error(primary)
    return Needs(counted=counted, std_error=error, scale=primary.scale, why_not=DESCRIBED)


def _error(estimate: Estimate) -> float | None:
    """The standard error, from the interval where it is not there."""
    if estimate.std_error is not None:
        return estimate.std_error
    turn = turn_of(estimate.scale)
    if None in (estimate.ci_low, estimate.ci_high) or estimate.ci_low == estimate.ci_high:
        return None
    return (turn(estimate.ci_high) - turn(estimate.ci_low)) / (2 * REACH_95)
