"""C10 churn-types: churn comes in kinds; which are yours?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csresearch.claims import churn_words as words
from csresearch.claims import common
from csresearch.claims.base import Claim, Terms
from csresearch.claims.churn_conditions import Definitions, definitions_of, read_conditions
from csresearch.claims.churn_kinds import CONDITION, Kinds
from csresearch.claims.churn_parts import parts
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.results_undated import undated_reasons, without_dates
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.history import MIN_LEVEL_EVENTS
from csresearch.verdicts import Judgement, descriptive, not_identifiable

TERMS = Terms("ratio", null=1.0, smallest_effect=None, near_miss=None, claimed_region=(None, None))
HINDSIGHT = "the day the expected result was written down is not known, so it may be hindsight"


def run(
    company: Company,
    *,
    lapse_months: float = 12.0,
    onboarding_months: float = 3.0,
    key_behaviors: Sequence[str] | None = None,
) -> Finding:
    """Type every churn of a company and put each kind beside its customers.

    Parameters
    ----------
    company : Company
    lapse_months : float
        A result without another one for so long has lapsed.
    onboarding_months : float
        How long onboarding lasts.
    key_behaviors : sequence of str, optional
        Behaviours that a customer has to adopt; by default those that most customers with a
        first result did before it.
    """
    if company.results_known != "dated":
        return _undated(company)
    given = definitions_of(
        company,
        lapse_months=lapse_months,
        onboarding_months=onboarding_months,
        key_behaviors=key_behaviors,
    )
    kinds = Kinds(read_conditions(company, given), given)
    refusal = _refusal(kinds)
    if refusal is not None:
        return _without_kinds(company, kinds, refusal)
    judgement = descriptive(words.rule(kinds))
    primary = replace(kinds.ratio(kinds.frame[CONDITION].iloc[0]), role="primary")
    letter, reasons = grade([*maturity_reasons(company), *_reasons(company, given)])
    return Finding(
        claim=CLAIM.id,
        title=words.title(kinds),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(primary, *_shares(kinds), *map(kinds.ratio, kinds.frame[CONDITION][1:])),
        n_customers=kinds.n_customers,
        n_events=kinds.table.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=words.sentence(kinds),
        action=words.action(kinds),
        parts=parts(company, kinds, primary, reasons),
        draw=common.draw_interval,
    )


def _shares(kinds: Kinds) -> tuple[Estimate, Estimate]:
    """The largest kind's share of churn (naive) beside its share of customers at risk."""
    top = kinds.frame.iloc[0]
    name = f"share of churn that is “{top[CONDITION]}”"
    return (
        Estimate(name, top["share_of_churn"], scale="share", role="naive"),
        Estimate(
            "share of customers at risk in that condition at the same tenure",
            top["share_at_risk"],
            scale="share",
            role="no_effect",
        ),
    )


def _refusal(kinds: Kinds) -> Judgement | None:
    """Why no kind can be told, if so."""
    there = kinds.table.counts[CONDITION].unique()
    if len(there) < 2:
        return not_identifiable("all customers are in one condition, so there are no kinds to tell")
    by_kind = kinds.table.total([CONDITION]).counts.groupby(CONDITION)["observed"].sum()
    if by_kind.max() < MIN_LEVEL_EVENTS:
        return Judgement(
            "inconclusive", f"no kind of churn has {MIN_LEVEL_EVENTS} customers who left"
        )
    return None


def _without_kinds(company: Company, kinds: Kinds, judgement: Judgement) -> Finding:
    """The finding when there are no kinds to tell."""
    few = judgement.verdict == "inconclusive"
    told = f"{judgement.rule[0].upper()}{judgement.rule[1:]}."
    return Finding(
        claim=CLAIM.id,
        title="Too few left to tell kinds of churn" if few else "Kinds of churn cannot be told",
        verdict=judgement.verdict,
        rule=judgement.rule,
        n_customers=kinds.n_customers,
        n_events=kinds.table.n_events,
        sentence=told,
        action="Keep dating results, record maturity and the expected result, and run this again.",
        parts={
            "data": common.data_part(company),
            "limits": common.limits_part((judgement.rule,)),
        },
    )


def _undated(company: Company) -> Finding:
    """The finding where results have no dates."""
    return without_dates(
        company,
        CLAIM.id,
        title="Without dates the condition a customer left in is not known",
        sentence="What kind a churn was depends on what the customer had reached by that day.",
        action="Record the day of each customer's measurable results from now on.",
    )


def _reasons(company: Company, given: Definitions) -> list[tuple[bool, str]]:
    """What lowers the grade: kinds that cannot be told, and hindsight."""
    missing = words.left_out(company, given)
    return [
        (bool(missing), f"kinds that cannot be told here: {'; '.join(missing)}"),
        (bool(given.key_results), HINDSIGHT),
    ]


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    if company.results_known != "dated":
        return undated_reasons()
    absent = company.missing("customers.expected_result", "behaviors.behavior")
    return [
        *maturity_reasons(company),
        (bool(absent), f"kinds that cannot be told here: needs {', '.join(absent)}"),
        (company.has("customers.expected_result"), HINDSIGHT),
    ]


CLAIM = Claim(
    id="churn-types",
    number="C10",
    title="Kinds of churn",
    statement="Churn comes in kinds; know which you have.",
    needs=(("results", "customers.first_result_on", "customers.had_result"),),
    terms=TERMS,
    judged_by=(
        "each churn is typed by the condition it happened in: never got results (unprepared, bad "
        "fit, behaviours not adopted), results then lapsed, or left with results",
        "a kind is yours only if the churn rate in its condition ÷ all others' at the same tenure "
        "has an interval above 1, widened for the number of kinds; all orders of typing are shown",
        "descriptive: whether knowing the kind reduces churn is not tested",
    ),
    run=run,
    foreseen=_foreseen,
)
