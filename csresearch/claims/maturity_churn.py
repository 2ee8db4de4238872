"""C3 maturity-churn: does the vast majority of churn come from the lowest maturity?"""

from __future__ import annotations

from dataclasses import replace

from csresearch.claims import common
from csresearch.claims import maturity_words as words
from csresearch.claims.base import Claim, Terms
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.histories import history_of
from csresearch.claims.maturity_parts import parts, too_little_parts
from csresearch.claims.maturity_steps import (
    Bands,
    bands_of,
    clustered_share,
    low_rate_ratio,
    naive_share,
)
from csresearch.company import Company
from csresearch.concentration import (
    ShareOfChurn,
    attributable_fraction,
    concentration_index,
    share_of_churn,
)
from csresearch.events import NOT_RECORDED
from csresearch.findings import Finding
from csresearch.findings.labels import value_text
from csresearch.history import History
from csresearch.verdicts import Judgement, enough_events, judge_share, not_identifiable

TERMS = Terms("share", None, smallest_effect=0.10, near_miss=0.10, claimed_region=(0.75, 1.0))
MOST_CUSTOMERS = 0.75  # claims.md, trap 6: from here on the base rate alone makes the claim
MUCH_MISSING = 0.2  # a share of customers without maturity that lowers the grade


def run(company: Company, *, horizon_months: float | None = None) -> Finding:
    """Estimate and judge the claim on a company that records maturity.

    Parameters
    ----------
    company : Company
    horizon_months : float, optional
        Of the share of churn; the company's by default. Shortened to what every band supports.
    """
    history = history_of(company, ("maturity",), unmerged=("maturity",))
    months = horizon_months or company.config.horizon_months
    bands = bands_of(history.event_table(), company.bands.labels, company.bands.low, months)
    refusal = _refusal(bands, company.bands.low)
    if refusal is not None:
        return _without_estimate(company, history, refusal)
    churn = bands.churn
    found = clustered_share(bands, share_of_churn(churn, bands.low))
    share, difference = _judged(found)
    judgement = _judgement(found, share, difference)
    letter, reasons = grade([*maturity_reasons(company), _missing_reason(history)])
    fraction = attributable_fraction(churn, bands.low)
    told = words.sentence(found, bands.low)
    if judgement.verdict == "inconclusive":
        enough = enough_events(difference, history.n_events)
        told += common.enough_text(company, history.n_events, enough)
    return Finding(
        claim=CLAIM.id,
        title=words.title(judgement.verdict, difference),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(
            share,
            difference,
            found.share_of_customers,
            naive_share(bands),
            concentration_index(churn),
            fraction.fraction,
            low_rate_ratio(bands),
        ),
        n_customers=history.n_customers,
        n_events=history.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.action(judgement.verdict, fraction),
        parts=parts(company, (bands, found), (judgement.verdict, _judge), reasons),
        draw=common.draw_interval,
    )


def _judged(found: ShareOfChurn) -> tuple:
    """Share and difference with what they are judged against."""
    share = TERMS.primary(
        found.share,
        name="share of churn from the low group",
        null=found.share_of_customers.value,
        smallest_effect=found.share_of_customers.value + TERMS.smallest_effect,
    )
    difference = replace(found.difference, null=0.0, smallest_effect=TERMS.smallest_effect)
    return share, difference


def _judgement(found: ShareOfChurn, share, difference) -> Judgement:
    """The verdict; not identifiable when the low group is most of the customers."""
    customers = found.share_of_customers.value
    if customers >= MOST_CUSTOMERS:
        return not_identifiable(
            f"the low group is {value_text(customers, 'share')} of customers: they are most of "
            "your customers"
        )
    return judge_share(share, difference)


def _judge(found: ShareOfChurn) -> Judgement:
    """What the claim's rule makes of a share of churn."""
    return _judgement(found, *_judged(found))


def _refusal(bands: Bands, named_low: tuple[str, ...]) -> Judgement | None:
    """Why no share can be estimated, if so."""
    if not named_low:
        return not_identifiable("company.yml does not say which bands are low")
    if not bands.low or set(bands.low) == set(bands.order):
        return not_identifiable("all customers with a recorded maturity are in one group")
    if bands.horizon_days is None:
        return Judgement("inconclusive", "there is no day with 10 customers at risk in every band")
    if bands.churn.events.sum() == 0:
        return Judgement("inconclusive", "no customer with a recorded maturity left")
    return None


def _without_estimate(company: Company, history: History, judgement: Judgement) -> Finding:
    """The finding when there is no share to estimate."""
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES[judgement.verdict]
        if judgement.verdict == "inconclusive"
        else "Where churn comes from cannot be told here",
        verdict=judgement.verdict,
        rule=judgement.rule,
        n_customers=history.n_customers,
        n_events=history.n_events,
        sentence=f"{judgement.rule[0].upper()}{judgement.rule[1:]}.",
        action=words.ACTION_WITHOUT,
        parts=too_little_parts(company, judgement.rule),
    )


def _missing_reason(history: History) -> tuple[bool, str]:
    """Whether many customers have no maturity."""
    frame = history.frame
    return _too_many(frame.loc[frame["maturity"] == NOT_RECORDED, "n"].sum() / history.n_customers)


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    missing = company.customers["maturity"].isnull().mean().execute()
    return [*maturity_reasons(company), _too_many(float(missing))]


def _too_many(missing: float) -> tuple[bool, str]:
    """Whether the share of customers without maturity lowers the grade."""
    share = value_text(missing, "share")
    return missing > MUCH_MISSING, f"{share} of customers have no maturity recorded in time"


CLAIM = Claim(
    id="maturity-churn",
    number="C3",
    title="Maturity and churn",
    statement="The vast majority of churn comes from low-maturity customers.",
    needs=(("customers.maturity",),),
    terms=TERMS,
    judged_by=(
        "share of churn by the horizon from the low group, with its difference from the group's "
        "share of customers",
        "no difference is its share of customers, the smallest that counts 10 points more, the "
        "claim 75 % or more",
        "not identifiable if the low group holds 75 % of customers or more",
    ),
    run=run,
    foreseen=_foreseen,
)
