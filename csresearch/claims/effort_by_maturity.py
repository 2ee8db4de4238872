"""C8 effort-by-maturity: does effort keep only customers of low maturity?"""

from __future__ import annotations

from csresearch.claims import common
from csresearch.claims import effort_words as words
from csresearch.claims.base import Claim, Terms
from csresearch.claims.effort_parts import parts
from csresearch.claims.effort_programme import CHOSEN, ROLLOUT, START, Assignment, read_assignment
from csresearch.claims.effort_steps import MARGIN
from csresearch.claims.effort_study import Study
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.verdicts import (
    Judgement,
    ZeroCheck,
    enough_events_for_zero,
    judge_zero_in_group,
    not_identifiable,
)

TERMS = Terms("ratio", null=1.0, smallest_effect=1.25, near_miss=None, claimed_region=MARGIN)
LEAST_LAG_DAYS = 30.0  # claims.md, C8
FOLLOWS = 1.25  # hours with a sign of trouble ÷ without, from which effort follows trouble
REASONS = {
    START: "that customers were assigned by lot is taken from the company, not seen in these data",
    ROLLOUT: "before and after a rollout are different times, in which other things may change too",
    CHOSEN: "effort was not assigned, so who gets more of it may leave more or less anyway",
}


def run(
    company: Company,
    *,
    programme: str | None = None,
    lag_days: float = LEAST_LAG_DAYS,
    window_days: float = 90.0,
) -> Finding:
    """Estimate and judge the claim on a company that records effort and maturity.

    Parameters
    ----------
    company : Company
    programme : str, optional
        The one to compare with the rest; by default as in `read_assignment`.
    lag_days : float
        How old an effort must be before it counts, where effort was not assigned; at least 30.
    window_days : float
        Over which the team's hours are counted.
    """
    if lag_days < LEAST_LAG_DAYS or window_days <= 0:
        raise ValueError(
            f"lag_days must be at least 30 and window_days above 0, got {lag_days:g} and "
            f"{window_days:g}"
        )
    study = Study(company, programme, lag_days, window_days)
    if not study.comparable:
        return _one_group(company, study)
    high = TERMS.primary(study.judged[study.high])
    gap = study.interaction_of(study.judged, assigned=study.assigned)
    judgement = _judgement(study, high, gap)
    signals = [] if study.assigned else [_follows(study)]
    letter, reasons = grade([*_reasons(company, study.assignment), *signals])
    told = words.sentence(study, high, gap)
    if judgement.verdict == "inconclusive":
        told += _enough(study, high)
    others = [e for label, e in study.judged.items() if label != study.high]
    return Finding(
        claim=CLAIM.id,
        title=words.title(judgement.verdict, high),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(high, study.naive, study.no_effect, gap, *others, study.easy_results),
        n_customers=int(study.bands["customers"].sum()),
        n_events=int(study.bands["churned"].sum()),
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.action(judgement.verdict, high),
        parts=parts(study, high, reasons),
        draw=common.draw_interval,
    )


def _judgement(study: Study, high: Estimate, gap: Estimate) -> Judgement:
    """The verdict; not identifiable without an assignment."""
    if not study.assigned:
        return not_identifiable(study.assignment.why)
    check = ZeroCheck.from_estimate(high, MARGIN)
    return judge_zero_in_group(check, gap, absent="one of the arms saw no one leave")


def _enough(study: Study, high: Estimate) -> str:
    """How many departures of the high band would do, were effort to change nothing there."""
    left = int(study.bands.set_index("band")["churned"].get(study.high, 0))
    enough = enough_events_for_zero(high, left, MARGIN)
    enough = None if enough is None or enough <= left else enough  # it was no exact zero
    return common.enough_text(study.company, left, enough)


def _one_group(company: Company, study: Study) -> Finding:
    """The finding when there is no high band to set against a low one."""
    why = "all customers with a recorded maturity are in one group, or no band is named low"
    return Finding(
        claim=CLAIM.id,
        title="Whom effort keeps cannot be told here",
        verdict="not identifiable",
        rule=why,
        n_customers=int(study.bands["customers"].sum()),
        n_events=int(study.bands["churned"].sum()),
        sentence=f"{why[0].upper()}{why[1:]}.",
        action=words.ACTION_WITHOUT,
        parts={"data": common.data_part(company), "limits": common.limits_part((why,))},
    )


def _reasons(company: Company, assignment: Assignment) -> list[tuple[bool, str]]:
    """What lowers the grade and is known from how effort was given."""
    return [*maturity_reasons(company), (True, REASONS[assignment.design])]


def _follows(study: Study) -> tuple[bool, str]:
    """Whether effort follows a sign of trouble (confounding by indication)."""
    strong = study.signals[study.signals["value"] >= FOLLOWS]
    signs = " and ".join(strong["label"])
    return len(strong) > 0, f"the team spends more on customers {signs}: effort follows trouble"


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    return _reasons(company, read_assignment(company))


CLAIM = Claim(
    id="effort-by-maturity",
    number="C8",
    title="Effort by maturity",
    statement=(
        "Effort on high-maturity customers has little to no impact on retention; the impact is "
        "among the low."
    ),
    needs=(("efforts",), ("customers.maturity",), ("customers.started_on",)),
    terms=TERMS,
    judged_by=(
        "churn-rate ratio in a programme ÷ not, within the high band, and that ratio high ÷ low, "
        "where customers were assigned to it",
        "no impact when the 90 % interval in the high band lies within 0.80 to 1.25; the impact is "
        "among the low when high ÷ low is beyond 1",
        "not identifiable where the team chose whom to spend effort on",
    ),
    run=run,
    foreseen=_foreseen,
)
