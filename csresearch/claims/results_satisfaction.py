"""C4 results-satisfaction: are customers with results usually more satisfied?"""

from __future__ import annotations

from dataclasses import replace

from csresearch.claims import common
from csresearch.claims import conflict_steps as steps
from csresearch.claims import conflict_words as words
from csresearch.claims.answers import BIN_NAMES, customers_who_answered
from csresearch.claims.base import Claim, Terms
from csresearch.claims.conflict_parts import parts, too_little_parts
from csresearch.claims.conflict_study import Study, undated
from csresearch.claims.grades import grade
from csresearch.claims.happy import cuts_of
from csresearch.claims.results_undated import undated_reasons
from csresearch.claims.scores_by_result import MIN_EACH, scored_answers
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.findings.labels import value_text
from csresearch.verdicts import Judgement, not_identifiable
from csresearch.verdicts.bound import judge_at_most

TERMS = Terms(
    "correlation", null=0.0, smallest_effect=0.10, near_miss=None, claimed_region=(None, 0.10)
)
DRIFT_P = 0.05
MUCH_SILENCE = 0.5  # a share of customers without an answer that lowers the grade


def run(company: Company, *, happy_from: float | None = None) -> Finding:
    """Estimate and judge the claim on a company that dates results and asks customers.

    Parameters
    ----------
    company : Company
    happy_from : float, optional
        Lowest score that counts as happy in the four quadrants; two thirds up each scale by
        default.
    """
    if company.results_known != "dated":
        return undated(company, CLAIM)
    cuts = cuts_of(company, happy_from)
    study = Study(company, scored_answers(company), cuts)
    if study.lead is None:
        return _too_little(company, study)
    name = f"Somers' D of score by result, month {study.lead}"
    d = TERMS.primary(study.earliest.somers_d, name=name)
    judgement = _judged(study, judge_at_most(d, study.earliest.upper, absent="too few answers"))
    letter, reasons = grade(_reasons(study))
    drift, _ = study.drift
    known = (drift,) if drift.value is not None else ()
    return Finding(
        claim=CLAIM.id,
        title=words.title(judgement.verdict),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(d, steps.naive(study.answers), steps.pooled(study.answers), *known,
                   replace(study.earliest.with_ties, role="secondary"), *study.conflict),
        n_customers=study.answers.n_customers,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=words.sentence(study, judgement.verdict),
        action=words.action(judgement.verdict),
        parts=parts(company, study, reasons),
        draw=common.draw_interval,
    )  # fmt: skip


def _judged(study: Study, judgement: Judgement) -> Judgement:
    """The verdict; where only survivors could be compared, a low D cannot be told from sorting."""
    if judgement.verdict == "reproduced" and study.lead == BIN_NAMES[-1]:
        return not_identifiable(
            "no tenure before month 12 has enough answers with and without results, and among "
            "those who stayed a year results and satisfaction look unrelated or opposed whatever "
            f"they were at the start ({judgement.rule})"
        )
    return judgement


def _too_little(company: Company, study: Study) -> Finding:
    """The finding where no tenure has enough answers to compare."""
    n = f"{MIN_EACH} answers with results and {MIN_EACH} without"
    why = f"no tenure at the survey has {n}"
    return Finding(
        claim=CLAIM.id,
        title=words.title("inconclusive"),
        verdict="inconclusive",
        rule=why,
        n_customers=study.answers.n_customers,
        sentence=f"Too few answers to compare: {why}.",
        action=words.action("inconclusive"),
        parts=too_little_parts(company, why),
    )


def _reasons(study: Study) -> list[tuple[bool, str]]:
    """What lowers the grade."""
    drift, p_value = study.drift
    silent = 1 - study.answers.n_customers / study.company.data_summary.customers
    return [
        (
            p_value is not None and p_value < DRIFT_P and drift.value < 0,
            "the association falls with the tenure at which customers were asked, as it does when "
            "only survivors answer",
        ),
        (
            p_value is not None and p_value < DRIFT_P and drift.value > 0,
            "the association grows with the tenure at which customers were asked",
        ),
        (
            study.lead != BIN_NAMES[0],
            f"the earliest tenure that can be compared is month {study.lead}, when some had left",
        ),
        _silent(silent),
    ]


def _silent(share: float) -> tuple[bool, str]:
    """Whether so many never answered that the grade falls."""
    return share > MUCH_SILENCE, f"{value_text(share, 'share')} of customers never answered"


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    if company.results_known != "dated":
        return undated_reasons()
    return [_silent(1 - customers_who_answered(company) / company.data_summary.customers)]


CLAIM = Claim(
    id="results-satisfaction",
    number="C4",
    title="Results and satisfaction",
    statement=(
        "Customers with results are not usually more satisfied; the two goals conflict "
        "surprisingly often."
    ),
    needs=(
        ("surveys.score",),
        ("results", "customers.first_result_on", "customers.had_result"),
    ),
    terms=TERMS,
    judged_by=(
        "Somers' D of the score by whether there was a result at the survey, at the same tenure; "
        "the earliest tenure leads",
        "reproduced when the one-sided 95 % upper bound of D is below 0.10",
        "not reproduced when the 95 % interval is wholly above 0 and the bound is not below 0.10",
        "customer-months in the two conflict quadrants against independence stand beside it",
    ),
    run=run,
    foreseen=_foreseen,
)
