"""C14 which-wins: when results and satisfaction conflict, which of the two decides who stays?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csresearch.claims import common
from csresearch.claims import wins_words as words
from csresearch.claims.answers import customers_who_answered
from csresearch.claims.base import Claim, Terms
from csresearch.claims.conflict_study import undated
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.happy import cuts_of
from csresearch.claims.histories import checked_strata
from csresearch.claims.results_undated import undated_reasons
from csresearch.claims.wins_parts import parts
from csresearch.claims.wins_study import LAG_DAYS, Study
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.findings.labels import value_text
from csresearch.verdicts import enough_events, judge_effect

TERMS = Terms("ratio", null=1.0, smallest_effect=1.25, near_miss=1.25, claimed_region=(1.5, None))
MUCH_SILENCE = 0.5  # a share of customers without an answer that lowers the grade
SHARE_MOVED = 0.25  # a lag that takes this share of the log ratio away lowers the grade


def run(
    company: Company, *, strata: Sequence[str] | None = None, happy_from: float | None = None
) -> Finding:
    """Estimate and judge the claim on a company that dates results and asks customers.

    Parameters
    ----------
    company : Company
    strata : sequence of str, optional
        What customers are compared within: by default maturity and at most two segments.
    happy_from : float, optional
        Lowest score that counts as happy; two thirds up each scale by default.
    """
    if company.results_known != "dated":
        return undated(company, CLAIM)
    study = Study(company, cuts_of(company, happy_from), checked_strata(company, strata))
    primary = TERMS.primary(study.wins.conflict)
    judgement = judge_effect(
        primary,
        near_miss=TERMS.near_miss,
        absent="the happy without results or the unhappy with them saw no one leave"
        + study.who.inside,
    )
    letter, reasons = grade(_reasons(study))
    told = words.sentence(study)
    if judgement.verdict == "inconclusive":
        enough = enough_events(primary, study.n_events_in_conflict)
        n = study.n_events_in_conflict
        told += common.enough_text(company, n, enough, among=study.who.inside)
    return Finding(
        claim=CLAIM.id,
        title=words.title(judgement.verdict),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(primary, study.naive, study.no_effect, study.wins.results,
                   study.wins.satisfaction, study.lagged, *study.e_values),
        n_customers=company.data_summary.customers,
        n_events=study.table.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.action(judgement.verdict),
        parts=parts(company, study, reasons),
        draw=common.draw_interval,
    )  # fmt: skip


def _reasons(study: Study) -> list[tuple[bool, str]]:
    """What lowers the grade."""
    return [
        *maturity_reasons(study.company),
        study.who.reason,
        _silent(study.company),
        _lag_reason(study),
    ]


def _silent(company: Company) -> tuple[bool, str]:
    """Whether so many never answered that the grade falls."""
    share = 1 - customers_who_answered(company) / company.data_summary.customers
    return share > MUCH_SILENCE, f"{value_text(share, 'share')} of customers never answered"


def _lag_reason(study: Study) -> tuple[bool, str]:
    """Whether asking for older answers and results takes much of the effect away."""
    now, lagged = study.wins.conflict, study.lagged
    sure = now.value and now.excludes(1)
    moved = sure and lagged.value and 1 - np.log(lagged.value) / np.log(now.value) > SHARE_MOVED
    return bool(moved), (
        f"asking that answers and results be {LAG_DAYS:.0f} days old takes a good part of the "
        "ratio away, so leaving may come before the bad score or the missing result"
    )


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    if company.results_known != "dated":
        return undated_reasons()
    return [*maturity_reasons(company), _silent(company)]


CLAIM = Claim(
    id="which-wins",
    number="C14",
    title="Which wins",
    statement="When results and satisfaction conflict, results decide who stays.",
    needs=(
        ("surveys.score",),
        ("results", "customers.first_result_on", "customers.had_result"),
    ),
    terms=TERMS,
    judged_by=(
        "churn rate of the happy without results ÷ the unhappy with results, as time-dependent "
        "states, at the same tenure, maturity and segment",
        "no difference is 1, the smallest ratio that counts 1.25, the claim 1.5 or more",
        "reproduced only if the near end of the 95 % interval is past 1.25",
    ),
    run=run,
    foreseen=_foreseen,
)
