"""C13 priorities: what would keep the most of the customers there are?"""

from __future__ import annotations

from dataclasses import replace

from csresearch.claims import common
from csresearch.claims import priorities_words as words
from csresearch.claims.base import Claim, Terms
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.priorities_naive import naive_contrast
from csresearch.claims.priorities_parts import parts, scenario_table
from csresearch.claims.priorities_steps import ALL_HAPPY, AS_IS, RESULTS, Priorities, priorities_of
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.survival.scenarios import Scenarios
from csresearch.verdicts import Judgement, descriptive, not_identifiable

TERMS = Terms("points", null=0.0, smallest_effect=None, near_miss=None, claimed_region=(0.0, None))
ENOUGH_EVENTS = 10
PRIMARY = "more kept, results for all − everyone happy"
CAUSAL = "that a changed state does what it goes with is assumed, not shown"


def run(company: Company, *, lag_days: float = 0.0) -> Finding:
    """Describe what each scenario would keep of today's customers.

    Parameters
    ----------
    company : Company
    lag_days : float
        How old a result or an answer must be before it counts.
    """
    study = priorities_of(company, lag_days=lag_days)
    refusal = _refusal(study)
    if refusal is not None:
        return _without_estimate(study, refusal)
    kept = study.kept()
    letter, reasons = grade(_foreseen(company))
    table = scenario_table(study, kept).set_index("scenario")
    per_hundred = table["more_per_hundred"].dropna().to_dict()
    leads = words.leader(kept.frame)
    judgement = descriptive(
        f"{leads} keeps the most, surely more than now"
        if leads
        else "no scenario surely keeps more"
    )
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES[leads],
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(*_primary(study, kept), *_shares(kept)),
        n_customers=int(study.today["customers"].sum()),
        n_events=study.table.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=words.sentence(kept.frame, kept.total),
        action=words.action(kept.frame, per_hundred),
        parts=parts(study, kept, reasons),
        draw=common.draw_interval,
    )


def _refusal(study: Priorities) -> Judgement | None:
    """Why nothing can be said, if so."""
    if study.table.n_events < ENOUGH_EVENTS:
        return Judgement("inconclusive", f"fewer than {ENOUGH_EVENTS} customers left")
    if not len(study.today):
        return not_identifiable("nobody is a customer on the last day observed")
    if len(study.scenarios) < 2:
        return not_identifiable(
            "neither results, nor answers, nor maturity tell who leaves in these data, or there is "
            "nobody to change them for"
        )
    return None


def _without_estimate(study: Priorities, judgement: Judgement) -> Finding:
    """The finding when no scenario can be told from another."""
    return Finding(
        claim=CLAIM.id,
        title="What to put first cannot be told here",
        verdict=judgement.verdict,
        rule=judgement.rule,
        n_customers=int(study.today["customers"].sum()),
        n_events=study.table.n_events,
        sentence=f"{judgement.rule[0].upper()}{judgement.rule[1:]}.",
        action="Record results with their dates, answers and maturity, and run this again.",
        parts={
            "data": common.data_part(study.company),
            "limits": common.limits_part((judgement.rule,)),
        },
    )


def _primary(study: Priorities, kept: Scenarios) -> tuple[Estimate, ...]:
    """Results before satisfaction: the difference of the two scenarios, and its naive twin."""
    if not {RESULTS, ALL_HAPPY} <= set(study.scenarios):
        return ()
    apart = study.kept(first=ALL_HAPPY).frame.set_index("scenario").loc[RESULTS]
    ends = ("difference", "difference_ci_low", "difference_ci_high")
    value, low, high = (float(apart[end]) / kept.total for end in ends)
    return (
        Estimate(PRIMARY, value, low, high, scale="points", role="primary", null=0.0),
        naive_contrast(study),
    )


def _shares(kept: Scenarios) -> list[Estimate]:
    """Share kept as things are, and points more in each scenario."""
    found = []
    for row in kept.frame.itertuples():
        if row.scenario == AS_IS:
            ends = (row.ci_low / kept.total, row.ci_high / kept.total)
            found.append(Estimate("kept over 12 months as things are", row.share, *ends,
                                  scale="share"))  # fmt: skip
        else:
            ends = (row.difference, row.difference_ci_low, row.difference_ci_high)
            value, low, high = (float(x) / kept.total for x in ends)
            name = f"more kept: {row.scenario}"
            found.append(Estimate(name, value, low, high, scale="points", null=0.0))
    return [replace(one, role="secondary") for one in found]


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    return [(True, CAUSAL), *maturity_reasons(company)]


CLAIM = Claim(
    id="priorities",
    number="C13",
    title="Priorities",
    statement=(
        "Put results before satisfaction, aim at the lowest-maturity customers, and do not spend "
        "on the high."
    ),
    needs=(
        (
            "results",
            "customers.first_result_on",
            "surveys.score",
            "customers.maturity",
        ),
    ),
    terms=TERMS,
    judged_by=(
        "customers expected to be kept over 12 months in each scenario, over the company's own "
        "customers of today",
        "described, not tested: that changing a state does what the state goes with is an "
        "assumption",
    ),
    run=run,
    foreseen=_foreseen,
)
