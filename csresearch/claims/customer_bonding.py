"""C11 customer-bonding: do customers come to depend on the vendor some time after a result?"""

from __future__ import annotations

from collections.abc import Sequence

from csresearch.claims import bonding_words as words
from csresearch.claims import common
from csresearch.claims.base import Claim, Terms
from csresearch.claims.bonding_parts import parts
from csresearch.claims.bonding_study import FAIR_NAME, Study
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.histories import checked_strata, history_of
from csresearch.claims.results_undated import undated_reasons, without_dates
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.verdicts import (
    Judgement,
    enough_events,
    has_interval,
    judge_effect,
    not_identifiable,
)

TERMS = Terms("ratio", null=1.0, smallest_effect=0.8, near_miss=0.8, claimed_region=(None, 0.67))
FALLING = ("reproduced", "same direction, smaller", "same direction, size unclear")
ABSENT = "too few left in one of the spans after the first result, or without any"


def run(company: Company, *, strata: Sequence[str] | None = None) -> Finding:
    """Estimate and judge the claim on a company that knows of results.

    Parameters
    ----------
    company : Company
    strata : sequence of str, optional
        What customers are compared within: by default maturity and at most two segments.
    """
    if company.results_known != "dated":
        return _undated(company)
    strata = checked_strata(company, strata)
    study = Study(history_of(company, strata, change="result_day"), strata)
    primary = TERMS.primary(study.fair, name=FAIR_NAME)
    judgement = judge(study, primary)
    letter, reasons = grade([*maturity_reasons(company), study.who.reason])
    told = words.sentence(study, primary)
    if judgement.verdict == "inconclusive":
        n = study.fair_table.n_events
        enough = enough_events(primary, n)
        told += common.enough_text(company, n, enough, among=study.who.inside)
    elif judgement.verdict in (*FALLING, "not identifiable"):
        told = f"{told} {words.sorting_text(study)}"
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES[judgement.verdict],
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(primary, study.naive, study.benchmark, study.sorting, *_past(study)),
        n_customers=study.history.n_customers,
        n_events=study.history.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.ACTIONS[judgement.verdict],
        parts=parts(company, study, primary, reasons),
        draw=common.draw_interval,
    )


def judge(study: Study, primary: Estimate) -> Judgement:
    """The verdict; not identifiable where sorting would show the same.

    Sorting has two ways to look like an effect. A first result that keeps some customers and not
    others makes the rate after it fall as the others leave, and nobody changed: so a fall must
    have the form of a turn, which sorting cannot make. And customers without results who differ
    get safer as the weak among them leave: so "opposite" needs a rate that rises by itself.
    """
    naive = study.naive_interval
    falls = naive.ci_high is not None and naive.ci_high < TERMS.null
    if not has_interval(primary) and falls:
        return not_identifiable(
            "the churn rate falls after the first result, but too few without results are there "
            "to compare with: bonding, or the weak leaving first"
        )
    found = judge_effect(primary, near_miss=TERMS.near_miss, side=-1, absent=ABSENT)
    if found.verdict in FALLING and not (study.turn is not None and study.turn.clear):
        return not_identifiable(
            f"{found.rule}; but the weak leaving first makes such a fall too, and no clear turn "
            "tells the two apart"
        )
    if found.verdict == "opposite" and not (naive.ci_low is not None and naive.ci_low > TERMS.null):
        return not_identifiable(
            f"{found.rule}; but the rate after the first result does not surely rise by itself, "
            "and the rate without results also falls where the weak leave first"
        )
    return found


def _past(study: Study) -> tuple[Estimate, ...]:
    """Who is past the change, where it is a turn and not sorting."""
    if study.plateau is None or study.turn is None or not study.turn.clear:
        return ()
    past = study.plateau.current_past
    name = "share of current customers with a first result who are past the change"
    return (Estimate(name, past.value, past.ci_low, past.ci_high, scale="share"),)


def _undated(company: Company) -> Finding:
    """The finding where results have no dates."""
    return without_dates(
        company,
        CLAIM.id,
        title="Without dates there is no time after a first result",
        sentence="Whether customers bond as time passes after a result needs the result's day.",
    )


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    if company.results_known != "dated":
        return undated_reasons()
    return maturity_reasons(company)


CLAIM = Claim(
    id="customer-bonding",
    number="C11",
    title="Customer bonding",
    statement=(
        "There comes a moment when customers can no longer picture their success without the "
        "vendor."
    ),
    needs=(("results", "customers.first_result_on", "customers.had_result"),),
    terms=TERMS,
    judged_by=(
        "churn rate in months 12 to 24 after the first result ÷ months 0 to 6, divided by the same "
        "ratio in customers without results at the same tenure",
        "no bonding is 1, the smallest fall that counts 0.8, the claim 0.67 or less",
        "not identifiable where a fall is no clear turn: the weak leaving first explains it too",
    ),
    run=run,
    foreseen=_foreseen,
)
