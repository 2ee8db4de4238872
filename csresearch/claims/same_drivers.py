"""C15 same-drivers: is what drives retention the same in every segment of customers?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csresearch.claims import common
from csresearch.claims import drivers_words as words
from csresearch.claims.base import Claim, Terms
from csresearch.claims.drivers_parts import MOST_TAU, first_parts, parts
from csresearch.claims.drivers_steps import (
    LEAST_EVENTS,
    Segments,
    averaged,
    columns_of,
    prediction,
    segments_of,
)
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.findings.labels import value_text
from csresearch.survival.intervals import Interval
from csresearch.verdicts import Judgement, judge_alike, not_identifiable

TERMS = Terms("ratio", null=1.0, smallest_effect=1.25, near_miss=1.25, claimed_region=(1.25, None))
DIVIDED = "segments or customers.maturity"
NEXT = "lifetime ratio to expect in another segment"


class DriversClaim(Claim):
    """A claim that needs some column that divides customers, whatever its name."""

    def missing(self, company: Company) -> tuple[str, ...]:
        """Which needed columns does this company's data not have? Empty: none."""
        divided = () if columns_of(company) else (DIVIDED,)
        return (*super().missing(company), *divided)


def run(company: Company) -> Finding:
    """Estimate and judge the claim on a company with dated results and segments.

    Parameters
    ----------
    company : Company
    """
    columns = segments_of(company)
    leading = columns[0]
    if leading.n_used < 2:
        return _without_estimate(company, columns)
    judgement = judge_alike(leading.spread, smallest=TERMS.smallest_effect, most_tau=MOST_TAU)
    spread, told = _spread(leading), words.sentence(leading)
    if judgement.verdict == "inconclusive":
        told += common.enough_text(company, leading.history.n_events, None)
    letter, reasons = grade([*_reasons(company, leading, judgement.verdict), leading.who.reason])
    naive = averaged("ever had a result ÷ never, average of the segments",
                     leading.naive["plain"], "naive")  # fmt: skip
    none = averaged("the same if results did nothing", leading.naive["no_effect"], "no_effect")
    return Finding(
        claim=CLAIM.id,
        title=words.title(judgement.verdict, leading),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(*spread, naive, none, *_by_segment(columns)),
        n_customers=leading.history.n_customers,
        n_events=leading.history.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.ACTIONS[judgement.verdict],
        parts=parts(company, columns, spread, reasons),
        draw=common.draw_interval,
    )


def _spread(leading: Segments) -> tuple[Estimate, ...]:
    """What to expect of another segment, the average, tau and I²."""
    found = leading.pooled
    level = found.confidence_level
    nearly = prediction(found) or (None, None)
    mean = [float(np.exp(x)) for x in (found.mean.value, found.mean.ci_low, found.mean.ci_high)]
    expected = TERMS.primary(Estimate(NEXT, mean[0], *nearly, level))
    average = Estimate("lifetime ratio, average of the segments", *mean, level, null=TERMS.null)
    return expected, average, _tau(found.tau2), Estimate(
        "share of the differences that is not chance (I²)", found.i2, scale="share"
    )  # fmt: skip


def _tau(tau2: Interval) -> Estimate:
    """The spread as a standard deviation of logs; the limits hold the estimate."""
    ends = [np.sqrt(x) for x in (tau2.value, tau2.ci_low, tau2.ci_high)]
    low, high = min(ends[1], ends[0]), max(ends[2], ends[0])
    return Estimate("spread between segments (tau, log)", ends[0], low, high, scale="difference")


def _by_segment(columns: Sequence[Segments]) -> list[Estimate]:
    """The fair ratio of every segment of every column."""
    return [
        Estimate(
            f"lifetime ratio, {one.column} {row.label}",
            row.value,
            row.ci_low,
            row.ci_high,
            std_error=row.std_error,
            null=TERMS.null,
        )
        for one in columns
        for row in one.ratios[one.ratios["used"]].itertuples()
    ]


def _reasons(company: Company, leading: Segments, verdict: str) -> list[tuple[bool, str]]:
    """What lowers the grade."""
    widest = np.sqrt(leading.pooled.tau2.ci_high)
    return [
        *maturity_reasons(company),
        (
            verdict == "reproduced" and widest > MOST_TAU,
            f"{leading.n_used} segments cannot rule out a spread up to tau "
            f"{value_text(widest, 'difference')}",
        ),
    ]


def _without_estimate(company: Company, columns: Sequence[Segments]) -> Finding:
    """The finding when there are no two segments to compare."""
    judgement, history = _refusal(columns), columns[0].history
    told = f"{judgement.rule[0].upper()}{judgement.rule[1:]}."
    if judgement.verdict == "inconclusive":
        told += common.enough_text(company, history.n_events, None)
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES[judgement.verdict],
        verdict=judgement.verdict,
        rule=judgement.rule,
        n_customers=history.n_customers,
        n_events=history.n_events,
        sentence=told,
        action=words.ACTIONS[judgement.verdict],
        parts=first_parts(company, columns, judgement.rule),
    )


def _refusal(columns: Sequence[Segments]) -> Judgement:
    """Why nothing can be compared."""
    enough = columns[0].history.n_events >= 2 * LEAST_EVENTS
    if enough and all(len(one.levels) < 2 for one in columns):
        return not_identifiable("no column divides customers into two segments with departures")
    return Judgement(
        "inconclusive",
        f"no column has two segments with at least {LEAST_EVENTS} departures each, some with and "
        "some without results",
    )


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    return maturity_reasons(company)


CLAIM = DriversClaim(
    id="same-drivers",
    number="C15",
    title="Same drivers everywhere",
    statement="Customers are not all unique: what drives retention is the same across them.",
    needs=(("results.reached_on", "customers.first_result_on"), ("customers.started_on",)),
    terms=TERMS,
    judged_by=(
        "the lifetime ratio, with ÷ without results, in each segment with at least 20 departures, "
        "pooled by random effects (REML); the column with the most such segments is judged",
        "reproduced if every segment's predicted ratio is surely past 1.25 and their spread "
        "(tau, log) is at most 0.2",
        "not reproduced if the interval for another segment crosses 1 and the segments differ by "
        "more than chance, or a segment's own interval is wholly short of 1.25",
    ),
    run=run,
    foreseen=_foreseen,
)
