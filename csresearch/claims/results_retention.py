"""C1 results-retention: do customers with measurable results stay six times longer?"""

from __future__ import annotations

from collections.abc import Sequence

from csresearch.claims import common, results_parts
from csresearch.claims.base import Claim, Terms
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.histories import checked_strata, history_of, plain_table
from csresearch.claims.results_steps import FAIR_NAME
from csresearch.claims.results_study import Study
from csresearch.claims.results_undated import undated_finding, undated_reasons
from csresearch.claims.results_words import action, sentence, title, unsteady
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.verdicts import enough_events, judge_effect

TERMS = Terms("ratio", null=1.0, smallest_effect=1.25, near_miss=3.0, claimed_region=(4.5, 8.0))
SHARE_MOVED = 0.25  # a lag that takes this share of the log ratio away lowers the grade


def run(
    company: Company,
    *,
    strata: Sequence[str] | None = None,
    lag_days: float = 0.0,
    lags_days: Sequence[float] = (7, 14, 28, 60, 90),
    landmarks_months: Sequence[float] = (3, 6, 12),
    horizon_months: float | None = None,
) -> Finding:
    """Estimate and judge the claim on a company that knows of results.

    Parameters
    ----------
    company : Company
    strata : sequence of str, optional
        What customers are compared within: by default maturity and at most two segments.
    lag_days : float
        How old a result must be before it counts in the primary estimate.
    lags_days, landmarks_months : sequence of float
        Of the cross-checks.
    horizon_months : float, optional
        Of the restricted means; the company's by default.
    """
    if company.results_known != "dated":
        return undated_finding(company)
    strata = checked_strata(company, strata)
    history = history_of(company, strata, change="result_day")
    study = Study(
        history,
        strata,
        plain_table(company, history),
        lag_days=lag_days,
        lags_days=tuple(lags_days),
        landmarks_months=tuple(landmarks_months),
        horizon_months=horizon_months or company.config.horizon_months,
    )
    primary = TERMS.primary(study.fair, name=FAIR_NAME)
    judgement = judge_effect(
        primary,
        near_miss=TERMS.near_miss,
        absent=f"one of the groups saw no one leave{study.who.inside}",
    )
    letter, reasons = grade([*_foreseen(company), study.who.reason, _lag_reason(study)])
    told = sentence(primary, study.naive, study.benchmark, strata)
    if study.drifts:
        told += unsteady(study.by_tenure)
    if judgement.verdict == "inconclusive":
        told += _enough(company, study, primary)
    return Finding(
        claim=CLAIM.id,
        title=title(judgement.verdict, primary),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(primary, study.naive, study.benchmark, *study.secondary, *study.waterfall.steps),
        n_customers=study.history.n_customers,
        n_events=study.history.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=action(judgement.verdict, primary),
        parts=results_parts.parts(company, study, (primary, judgement.verdict), reasons),
        draw=common.draw_interval,
    )


def _enough(company: Company, study: Study, primary: Estimate) -> str:
    """How many departures would do."""
    n = study.compared.n_events
    return common.enough_text(company, n, enough_events(primary, n), among=study.who.inside)


def _lag_reason(study: Study) -> tuple[bool, str]:
    """Whether asking for older results takes much of the effect away (reverse causation)."""
    moved = study.share_moved_by_lag
    return moved > SHARE_MOVED, (
        f"asking that a result be {study.REVERSE_LAG_DAYS:.0f} days old takes a good part of the "
        "ratio away, so leaving may come before the missing result"
    )


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    if company.results_known != "dated":
        return undated_reasons()
    return maturity_reasons(company)


CLAIM = Claim(
    id="results-retention",
    number="C1",
    title="Results and retention",
    statement="Customers with measurable results stay six times longer.",
    needs=(("results", "customers.first_result_on", "customers.had_result"),),
    terms=TERMS,
    judged_by=(
        "lifetime ratio: churn rate without ÷ with results at the same tenure, maturity and "
        "segment",
        "no difference is 1, the smallest ratio that counts 1.25, the claim 4.5 to 8",
        "reproduced only if the near end of the 95 % interval is past 3",
    ),
    run=run,
    foreseen=_foreseen,
)
