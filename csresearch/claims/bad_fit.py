"""C6 bad-fit: do customers who arrive expecting some other result fail?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import ibis

from csresearch.claims import common
from csresearch.claims import fit_words as words
from csresearch.claims.base import Claim, Terms
from csresearch.claims.fit_parts import parts
from csresearch.claims.fit_study import (
    INSIDE,
    OUTSIDE,
    FitStudy,
    KeyResults,
    key_and_tested,
    read_fit,
)
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.histories import checked_strata
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.verdicts import (
    Judgement,
    enough_events,
    judge_effect,
    not_answerable,
    not_identifiable,
    with_share,
)

TERMS = Terms("ratio", null=1.0, smallest_effect=1.25, near_miss=1.25, claimed_region=(2.0, None))
SHARE_FAILED = (0.75, None)
MUCH_MISSING = 0.2  # a share of customers without an expectation that lowers the grade
NEEDED = "results.result or key_results in company.yml"


def run(company: Company, *, strata: Sequence[str] | None = None) -> Finding:
    """Estimate and judge the claim on a company that records what customers expected.

    Parameters
    ----------
    company : Company
    strata : sequence of str, optional
        What customers are compared within: by default maturity and at most two segments.
    """
    strata = checked_strata(company, strata)
    refusal = _without_key(company)
    if refusal is not None:
        return _refused(company, refusal)
    key, tested = key_and_tested(company, strata)
    if not key.kinds:
        why = f"which results are key is neither declared nor to be found: {key.why_none}"
        return _refused(company, not_identifiable(why))
    return _finding(company, read_fit(company, strata, key, tested), tested)


def _finding(company: Company, study: FitStudy, tested: ibis.Table) -> Finding:
    """What the customers tested say."""
    letter, reasons = grade([*_foreseen(company), _missing_reason(study), study.who.reason])
    ratio = TERMS.primary(study.ratio())
    failed = replace(study.failed(), claimed_region=SHARE_FAILED)
    judgement, n_events = _judgement(study, ratio, failed), study.table.n_events
    refused = judgement.verdict == "not identifiable"
    told = words.sentence(ratio, failed, study.key, study.strata)
    if refused:
        told = f"{judgement.rule[0].upper()}{judgement.rule[1:]}."
    if judgement.verdict == "inconclusive":
        n = study.fair_table.n_events
        enough = enough_events(ratio, n)
        told += common.enough_text(company, n, enough, among=study.who.inside)
    other_half = partial(_other_half, company, study)
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES[judgement.verdict],
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=() if refused else _estimates(study, ratio, failed),
        n_customers=_n_customers(study),
        n_events=n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.ACTION_WITHOUT if refused else words.action(judgement.verdict),
        parts=parts(company, study, reasons, tested=tested, other_half=other_half),
        draw=common.draw_interval,
    )


def _other_half(company: Company, study: FitStudy) -> FitStudy | None:
    """The same tested on the half that chose, with what the other chooses; None if declared."""
    if study.key.declared:
        return None
    key, tested = key_and_tested(company, study.strata, swapped=True)
    return read_fit(company, study.strata, key, tested) if key.kinds else None


def _without_key(company: Company) -> Judgement | None:
    """Why there can be no key results, if so."""
    if company.config.key_results:
        return None
    if company.results_known != "dated" or not company.has("results.result"):
        return not_answerable((NEEDED,))
    if company.results_are_activity:
        return not_identifiable(
            "leaving is inferred from inactivity and a result is itself activity, so key results "
            "cannot be found in these data; declare them"
        )
    return None


def _refused(company: Company, judgement: Judgement) -> Finding:
    """The finding when there is nothing to test against."""
    missing = (NEEDED,) if judgement.verdict == "not answerable" else ()
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES["not identifiable"],
        verdict=judgement.verdict,
        rule=judgement.rule,
        sentence=f"{judgement.rule[0].upper()}{judgement.rule[1:]}.",
        action=words.ACTION_WITHOUT,
        missing=missing,
        parts={"data": common.data_part(company), "limits": common.limits_part((judgement.rule,))},
    )


def _judgement(study: FitStudy, ratio: Estimate, failed: Estimate) -> Judgement:
    """The verdict; not identifiable when all customers are on one side."""
    if study.sides != {INSIDE, OUTSIDE}:
        side = f"every customer tested expects {next(iter(study.sides), 'nothing recorded')}"
        return not_identifiable(
            f"{side}: there is nothing to compare; the key results are {_named(study.key)}"
        )
    judged = judge_effect(
        ratio,
        near_miss=TERMS.near_miss,
        absent=f"one of the groups saw no one leave{study.who.inside}",
    )
    return with_share(judged, failed)


def _named(key: KeyResults) -> str:
    return ", ".join(f"'{kind}'" for kind in key.kinds)


def _estimates(study: FitStudy, ratio: Estimate, failed: Estimate) -> tuple[Estimate, ...]:
    """What is reported."""
    inside = replace(study.failed(side=INSIDE), name="share of those inside who left by month 24")
    return (ratio, study.plain, study.no_effect, failed, inside)


def _n_customers(study: FitStudy) -> int:
    """Customers tested who have a recorded expectation."""
    counts = study.table.counts
    return int(counts["entrance"].sum() - counts["moved"].sum())


def _missing_reason(study: FitStudy) -> tuple[bool, str]:
    """Whether many customers have no recorded expectation."""
    missing = 1 - _n_customers(study) / max(study.history.n_customers, 1)
    return missing > MUCH_MISSING, "many customers have no recorded expectation"


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    why = "the day expectations were recorded is not known, so they may be hindsight"
    return [*maturity_reasons(company), (True, why)]


CLAIM = Claim(
    id="bad-fit",
    number="C6",
    title="Expected results",
    statement="Customers who arrive expecting some other result than the key ones fail.",
    needs=(("customers.expected_result",),),
    terms=TERMS,
    judged_by=(
        "churn rate, expected result outside ÷ inside the key results, at the same tenure, "
        "maturity and segment",
        "no difference is 1, the smallest ratio that counts 1.25; the claim is 2 or more, and "
        "three quarters of those outside gone by month 24",
        "key results are declared, or chosen on one half of the customers and tested on the other",
    ),
    run=run,
    foreseen=_foreseen,
)
