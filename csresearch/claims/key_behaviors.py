"""C7 key-behaviors: are a few behaviours necessary for a first result?"""

from __future__ import annotations

from collections.abc import Sequence

from csresearch.claims import behaviors_words as words
from csresearch.claims import common
from csresearch.claims.base import Claim, Terms
from csresearch.claims.behaviors_parts import parts
from csresearch.claims.behaviors_steps import USAGE, Adoption, kinds_of
from csresearch.claims.behaviors_study import Study
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.histories import checked_strata
from csresearch.claims.waiting import enough_results_text
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings import Finding
from csresearch.verdicts import Bar, enough_events

TERMS = Terms("probability", None, None, near_miss=0.10, claimed_region=(0.0, 0.10))
HORIZON_MONTHS = 12.0
BAR = Bar(chance=0.10, part=0.5, smallest=0.8, overall=0.20)


def run(
    company: Company, *, strata: Sequence[str] | None = None, horizon_months: float | None = None
) -> Finding:
    """Estimate and judge the claim on a company that dates behaviours and results.

    Parameters
    ----------
    company : Company
    strata : sequence of str, optional
        What comparable customers share: by default maturity and at most two segments.
    horizon_months : float, optional
        By when a first result counts; 12, or the company's horizon where that is shorter.
    """
    strata = checked_strata(company, strata)
    if company.results_known != "dated":
        return _cannot(company, "not identifiable", "results have no days of tenure")
    kinds = kinds_of(company)
    if not kinds:
        rule = f"no behaviour is recorded but '{USAGE}', which is plain product usage"
        return _cannot(company, "not identifiable", rule)
    months = horizon_months or min(HORIZON_MONTHS, company.config.horizon_months)
    study = Study(Adoption(company, kinds, strata, months * DAYS_PER_MONTH), BAR)
    if not len(study.adoption.table.counts):
        return _cannot(company, "inconclusive", "nobody waits for a first result under observation")
    letter, reasons = grade([*_reasons(company), study.adoption.who.reason])
    told = words.sentence(study)
    if study.judgement.verdict == "inconclusive":
        enough = enough_events(study.ratio, study.n_results) if study.best else None
        told += enough_results_text(company, study.n_results, enough)
    summary = company.data_summary
    return Finding(
        claim=CLAIM.id,
        title=words.title(study),
        verdict=study.judgement.verdict,
        rule=study.judgement.rule,
        estimates=study.estimates(),
        n_customers=summary.customers,
        n_events=summary.churned,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.action(study),
        parts=parts(company, study, reasons),
        draw=common.draw_interval,
    )


def _cannot(company: Company, verdict: str, rule: str) -> Finding:
    """The finding when there is nothing to estimate."""
    return Finding(
        claim=CLAIM.id,
        title="Which behaviours first results need cannot be told here",
        verdict=verdict,
        rule=rule,
        sentence=f"{rule[0].upper()}{rule[1:]}.",
        action="Record the day of each behaviour and each first result from now on.",
        parts={"data": common.data_part(company), "limits": common.limits_part((rule,))},
    )


def _reasons(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    return [
        *maturity_reasons(company),
        (True, "customers chose themselves what to adopt, so adopters may differ in other ways"),
    ]


CLAIM = Claim(
    id="key-behaviors",
    number="C7",
    title="Key behaviours",
    statement="A few key behaviours are necessary for first results.",
    needs=(
        ("behaviors.behavior",),
        ("results.reached_on", "customers.first_result_on"),
    ),
    terms=TERMS,
    judged_by=(
        "for each behaviour, the chance of a first result by month 12 while it is not adopted, "
        "against its adopters' chance; product usage is not one of them",
        "claimed: for at least one behaviour surely at most 10 % and at most half the adopters' "
        "chance, also among comparable customers, where 20 % of all get a first result",
        "second: failures show 1.5 times as many patterns of behaviour as successes, or more",
    ),
    run=run,
    foreseen=_reasons,
)
