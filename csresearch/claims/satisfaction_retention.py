"""C2 satisfaction-retention: has satisfaction zero correlation with how long customers stay?"""

from __future__ import annotations

from dataclasses import replace

from csresearch.claims import common
from csresearch.claims import satisfaction_words as words
from csresearch.claims.answers import (
    answered_lives,
    customers_who_answered,
    first_answers,
    reliability,
)
from csresearch.claims.base import Claim, Terms
from csresearch.claims.grades import grade
from csresearch.claims.histories import LIFE, default_strata, known_levels
from csresearch.claims.satisfaction_parts import parts
from csresearch.claims.satisfaction_steps import D_MARGIN, RATIO_MARGIN, per_point
from csresearch.claims.satisfaction_study import Study
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.findings.labels import value_text
from csresearch.history import History, read_history
from csresearch.verdicts import enough_events_for_zero, judge_zero

TERMS = Terms(
    "correlation", null=0.0, smallest_effect=0.10, near_miss=None, claimed_region=D_MARGIN
)
DRIFT_P = 0.05
MUCH_SILENCE = 0.5  # a share of customers without an answer that lowers the grade


def run(company: Company, *, horizon_months: float | None = None) -> Finding:
    """Estimate and judge the claim on a company that has surveys.

    Parameters
    ----------
    company : Company
    horizon_months : float, optional
        Of Uno's concordance, months after the survey; the company's by default.
    """
    strata = default_strata(company)
    study = Study(
        first_answers(company),
        _silence(company, strata),
        strata,
        horizon_months or company.config.horizon_months,
        reliability(company),
    )
    d = TERMS.primary(study.link.somers_d, claimed_region=D_MARGIN)
    ratio = replace(study.link.ratio, claimed_region=RATIO_MARGIN)
    judgement = judge_zero(study.link.checks, absent="no one who answered has left since")
    letter, reasons = grade(_reasons(study))
    naive = next(iter(study.naive.values()))
    others = [per_point(ratio, study.answers), study.uno, study.silent_ratio, study.reliability]
    n_events = study.answers.n_events
    told = words.sentence(naive, d, ratio)
    if judgement.verdict == "inconclusive":
        enough = enough_events_for_zero(ratio, n_events, RATIO_MARGIN)
        told += common.enough_text(company, n_events, enough)
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES[judgement.verdict],
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(d, ratio, *study.naive.values(), *(e for e in others if e is not None)),
        n_customers=study.answers.n_customers,
        n_events=n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.action(judgement.verdict, ratio),
        parts=parts(company, study, ((d, ratio), judgement.verdict), reasons),
        draw=common.draw_interval,
    )


def _silence(company: Company, strata: tuple[str, ...]) -> History:
    """Customers counted with the day of their first answer as the state change."""
    answered = answered_lives(company).select("customer_id", change_day="answer_day")
    lives = company.customers.select(*LIFE, *strata).left_join(answered, "customer_id")
    return read_history(lives, strata, known=known_levels(company, strata))


def _reasons(study: Study) -> list[tuple[bool, str]]:
    """What lowers the grade."""
    p_value = study.drift[1]
    return [
        (
            p_value is not None and p_value < DRIFT_P,
            "the link changes with the tenure at which customers were asked, as it does when only "
            "survivors answer",
        ),
        (
            study.share_silent > MUCH_SILENCE,
            _silent_text(study.share_silent),
        ),
    ]


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    silent = 1 - customers_who_answered(company) / company.data_summary.customers
    return [(silent > MUCH_SILENCE, _silent_text(silent))]


def _silent_text(share: float) -> str:
    """Say how many never answered."""
    return f"{value_text(share, 'share')} of customers never answered"


CLAIM = Claim(
    id="satisfaction-retention",
    number="C2",
    title="Satisfaction and retention",
    statement="How satisfied customers are has zero correlation with how long they stay.",
    needs=(("surveys.score",),),
    terms=TERMS,
    judged_by=(
        "Somers' D and the churn-rate ratio per SD of the score, from the first answer on, within "
        "tenure at the survey and scale",
        "zero when the 90 % interval of D lies within ± 0.10 and that of the ratio within 0.90 to "
        "1.11",
        "not reproduced when a 95 % interval excludes zero and its 90 % one reaches outside",
    ),
    run=run,
    foreseen=_foreseen,
)
