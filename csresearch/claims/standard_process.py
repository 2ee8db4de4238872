"""C12 standard-process: do customers who insist on their own way fail to get results?"""

from __future__ import annotations

from collections.abc import Sequence

from csresearch.claims import common
from csresearch.claims import process_words as words
from csresearch.claims.base import Claim, Terms
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.histories import checked_strata
from csresearch.claims.process_parts import parts
from csresearch.claims.process_steps import OWN, STANDARD, Ways
from csresearch.claims.waiting import enough_results_text
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.verdicts import (
    Judgement,
    enough_events,
    has_interval,
    judge_effect,
    not_identifiable,
)

TERMS = Terms("ratio", null=1.0, smallest_effect=0.8, near_miss=None, claimed_region=(None, 0.67))


def run(company: Company, *, strata: Sequence[str] | None = None) -> Finding:
    """Estimate and judge the claim on a company that knows who follows its process.

    Parameters
    ----------
    company : Company
    strata : sequence of str, optional
        What customers are compared within: by default maturity and at most two segments.
    """
    ways = Ways(company, checked_strata(company, strata))
    refusal = _refusal(company, ways)
    if refusal is not None:
        return _without_estimate(company, refusal)
    primary = TERMS.primary(ways.ratio())
    judgement = _judgement(ways, primary)
    letter, reasons = grade([*_reasons(company), ways.who.reason])
    told = words.sentence(ways, primary)
    if judgement.verdict == "inconclusive":
        enough = enough_events(primary, ways.n_results)
        told += enough_results_text(company, ways.n_results, enough, among=ways.who.inside)
    return Finding(
        claim=CLAIM.id,
        title=words.title(judgement.verdict, primary),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(primary, *ways.plain, ways.churn),
        n_customers=int(ways.stays.counts["entrance"].sum()),
        n_events=ways.stays.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.ACTIONS[judgement.verdict],
        parts=parts(company, ways, primary, reasons),
        draw=common.draw_interval,
    )


def _refusal(company: Company, ways: Ways) -> Judgement | None:
    """Why no ratio can be estimated, if so."""
    if company.results_known != "dated":
        return not_identifiable("results have no days of tenure")
    if not ways.levels:
        return not_identifiable(f"no customer's process is '{OWN}' or '{STANDARD}'")
    if len(ways.levels) == 1:
        return not_identifiable(f"every customer whose process is known is '{min(ways.levels)}'")
    return None


def _judgement(ways: Ways, primary: Estimate) -> Judgement:
    """The verdict; not identifiable where the strata and the process are one and the same."""
    if not has_interval(primary) and ways.only_strata_part_them:
        return not_identifiable(
            f"customers of the same {words.listed(ways.strata)} all follow the same process"
        )
    absent = "first results were reached in one of the two groups at most"
    return judge_effect(primary, side=-1, absent=absent)


def _without_estimate(company: Company, judgement: Judgement) -> Finding:
    """The finding when there is nothing to compare."""
    return Finding(
        claim=CLAIM.id,
        title="Whether a standard process gets results cannot be told here",
        verdict=judgement.verdict,
        rule=judgement.rule,
        sentence=f"{judgement.rule[0].upper()}{judgement.rule[1:]}.",
        action=words.RECORD,
        parts={"data": common.data_part(company), "limits": common.limits_part((judgement.rule,))},
    )


def _reasons(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    return [
        *maturity_reasons(company),
        (
            True,
            "the day the process was recorded is not known, so who failed may have been called "
            "a customer on an own way afterwards",
        ),
    ]


CLAIM = Claim(
    id="standard-process",
    number="C12",
    title="Standard process",
    statement="Standard processes produce results; customers insisting on their own way fail.",
    needs=(
        ("customers.process",),
        ("results.reached_on", "customers.first_result_on"),
    ),
    terms=TERMS,
    judged_by=(
        "rate of first results, own way ÷ standard, at the same tenure, maturity and segment",
        "no difference is 1, the smallest that counts 0.8, the claim 0.67 or less",
        "second: churn rate, own way ÷ standard; the claim 1.5 or more",
    ),
    run=run,
    foreseen=_reasons,
)
