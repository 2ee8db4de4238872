"""What the claims of a rate ratio take: C1, C6, C8, C11, C12 and C14."""

from __future__ import annotations

import math
from dataclasses import replace

from csresearch.claims.base import Terms
from csresearch.claims.bonding_study import LATE, level_of
from csresearch.claims.bonding_study import Study as BondingStudy
from csresearch.claims.compared import Compared
from csresearch.claims.effort_steps import MARGIN, bands_only
from csresearch.claims.effort_study import Study as EffortStudy
from csresearch.claims.fit_study import OUTSIDE, key_and_tested, read_fit
from csresearch.claims.happy import cuts_of
from csresearch.claims.histories import default_strata, history_of
from csresearch.claims.process_steps import OWN, Ways
from csresearch.claims.quadrants import CONFLICT, HAPPY_FAILING, STATE
from csresearch.claims.wins_study import Study as WinsStudy
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.findings import Estimate, Finding
from csresearch.findings.labels import value_text
from csresearch.planning import Condition, Question, log_ratio_error, scaled_share_error
from csresearch.planning.conditions import REACH_90
from csresearch.risk_sets import RiskSets, risk_sets
from csresearch.sample_size.needs import DEPARTURES, STARTS, Needs, Truth
from csresearch.sample_size.truths import claimed_truth, not_reproduced, reproduced
from csresearch.survival.rates import event_rates
from csresearch.survival.since_event import SINCE

NOBODY = "nobody of one of the two groups is at risk when somebody leaves"


def results_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C1: results as a time-dependent state."""
    strata = default_strata(company)
    history = history_of(company, strata, change="result_day")
    history = Compared.among(history, strata).of(history)
    table = history.event_table(by=strata)
    risk = risk_sets(table, "state", strata)
    counted = (("left", history.n_events), ("had results", _entered(table, "state", "with")))
    return _of_ratio(found, (risk, "without"), terms, truth=truth, counted=counted)


def fit_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C6: expected results outside the key ones; most of those outside must fail too."""
    strata = default_strata(company)
    key, tested = key_and_tested(company, strata)
    study = read_fit(company, strata, key, tested)
    table = study.fair_table
    risk = risk_sets(table.total([*strata, "fit"]), "fit", strata)
    outside = _entered(table, "fit", OUTSIDE)
    counted = (("left", table.n_events), ("expected something else", outside))
    needs = _of_ratio(found, (risk, OUTSIDE), terms, truth=truth, counted=counted)
    return _with_share_failed(needs, found)


def process_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C12: first results of those on their own way; new customers bring them."""
    strata = default_strata(company)
    ways = Ways(company, strata)
    table = ways.fair_results.total([*ways.strata, "process"])
    risk = risk_sets(table, "process", ways.strata)
    counted = (
        ("had first results", ways.n_results),
        ("chose their own way", _entered(table, "process", OWN)),
    )
    found_needs = _of_ratio(found, (risk, OWN), terms, truth=truth, counted=counted, side=-1)
    return replace(found_needs, clock=STARTS)


def wins_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C14: the happy without results against the unhappy with them."""
    strata = default_strata(company)
    study = WinsStudy(company, cuts_of(company, None), strata)
    counts = study.fair_table.counts
    some = EventTable(
        counts[counts[STATE].isin(CONFLICT)].reset_index(drop=True), study.fair_table.by
    ).total([*strata, STATE])
    risk = risk_sets(some, STATE, strata)
    counted = (("left in conflict", study.n_events_in_conflict),)
    return _of_ratio(found, (risk, HAPPY_FAILING), terms, truth=truth, counted=counted)


def effort_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C8: no effect in the high band, one in the low group; both must show."""
    study = EffortStudy(company)
    table, strata = study.assignment.table(), ("maturity", *study.assignment.strata)
    risks = [
        risk_sets(bands_only(table, bands).total([*strata, "state"]), "state", strata)
        for bands in ((study.high,), study.low)
    ]
    gap = next(e for e in found.estimates if e.role == "secondary" and e.claimed_region)
    apart = claimed_truth(gap)
    errors = [
        _error(risk, "with", at) for risk, at in zip(risks, (0.0, -math.log(apart)), strict=True)
    ]
    counted = (("left in the high band", int(risks[0].n_events)),
               ("in the low group", int(risks[1].n_events)))  # fmt: skip
    if None in errors:
        return Needs(counted=counted, why_not=NOBODY)
    bounds = tuple(map(math.log, MARGIN))
    here = math.log(truth or 1.0)
    zero = Condition(here, errors[0], interval_within=bounds, reach=REACH_90)
    beyond = Condition(math.log(apart), math.hypot(*errors), interval_within=(0.0, math.inf))
    fewer = value_text(1 - 1 / apart, "share")
    words = f"no effect in the high band, {fewer} fewer leave in the low group"
    alike = Condition(0.0, math.hypot(*errors), interval_within=(-math.inf, math.log(MARGIN[1])))
    return Needs(
        Truth(words, truth or 1.0, Question((zero, beyond))),
        Truth("the same effect in both", 1.0, Question((alike,)), "not reproduced"),
        counted,
        std_error=errors[0],
    )


def bonding_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C11: the fall of the rate after a first result; who leaves late is what is scarce."""
    strata = default_strata(company)
    study = BondingStudy(history_of(company, strata, change="result_day"), strata)
    rates, primary = event_rates(study.fair_table.total([SINCE]), [SINCE]), found.primary
    rates = rates.set_index(SINCE)["observed"]
    late = int(rates.get(level_of(LATE), 0))
    if primary.std_error is None or not late:
        why = "too few have left 12 months and more after a first result to say what it would take"
        return Needs(why_not=why)
    value = claimed_truth(primary, -1) if truth is None else truth
    at = {one: _late_error(primary, late, one) for one in (value, 1.0)}
    needs = _judged(primary, at, (terms, value), side=-1)
    note = "a fall must also have the form of a clear turn, which may take more"
    return replace(needs, counted=(("left in months 12–24 after it", late),), notes=(note,))


def _late_error(primary: Estimate, late: int, truth: float) -> float:
    """The error were the fall another: only the number who leave late would be."""
    return math.sqrt(max(primary.std_error**2 - 1 / late, 0.0) + primary.value / truth / late)


def _of_ratio(
    found: Finding,
    states: tuple[RiskSets, str],
    terms: Terms,
    *,
    truth: float | None,
    counted: tuple[tuple[str, int], ...],
    side: int = 1,
) -> Needs:
    """A claim of one rate ratio, judged against its region and near miss."""
    primary, (risk, exposed) = found.primary, states
    if exposed not in risk.levels or len(risk.levels) < 2:
        return Needs(counted=counted, why_not=NOBODY)
    value = claimed_truth(primary, side) if truth is None else truth
    seen = (None, None)
    if primary.value and primary.std_error:
        seen = (math.log(primary.value), primary.std_error)
    at = {one: _error(risk, exposed, math.log(one), seen) for one in (value, primary.null)}
    if None in at.values():
        return Needs(counted=counted, why_not=NOBODY)
    return replace(_judged(primary, at, (terms, value), side=side), counted=counted)


def _judged(
    primary: Estimate, at: dict[float, float], asked: tuple[Terms, float], *, side: int
) -> Needs:
    """The two questions of a ratio, with the errors it would have at each truth."""
    terms, value = asked
    true = reproduced(primary, at[value], value, near_miss=terms.near_miss, side=side)
    nothing = not_reproduced(primary, at[primary.null], side)
    return Needs(
        Truth(f"{primary.name}: {round(value, 2):g}", value, Question((true,))),
        Truth("no difference", primary.null, Question((nothing,)), "not reproduced"),
        clock=DEPARTURES,
        std_error=at[value],
    )


def _error(
    risk: RiskSets, exposed: str, log_ratio: float, seen: tuple = (None, None)
) -> float | None:
    """The error at a truth; None where it can't be known."""
    if exposed not in risk.levels or not risk.n_events:
        return None
    return log_ratio_error(risk, exposed, log_ratio, seen=seen)


def _with_share_failed(needs: Needs, found: Finding) -> Needs:
    """C6's second condition: three quarters of those outside gone by month 24."""
    share = next((e for e in found.estimates if e.claimed_region and e.role != "primary"), None)
    if needs.truth is None or share is None:
        return needs
    least = share.claimed_region[0]
    if share.value is None or not share.std_error or not 0 < share.value < 1:
        note = f"{share.name} must be {value_text(least, 'share')} too, and can't be seen yet"
        return replace(needs, notes=(*needs.notes, note))
    value = (1 + least) / 2
    error = scaled_share_error(share.std_error, share.value, value)
    both = (*needs.truth.question.conditions, Condition(value, error, (least, math.inf)))
    words = f"{needs.truth.words}, with {value_text(value, 'share')} of those outside gone"
    truth = replace(needs.truth, words=words, question=Question(both))
    return replace(needs, truth=truth)


def _entered(table: EventTable, level: str, name: str) -> int:
    """Customers who were ever in one state."""
    counts = table.counts
    return int(counts.loc[counts[level] == name, "entrance"].sum())
