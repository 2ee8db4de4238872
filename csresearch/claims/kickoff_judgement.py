"""C9 kickoff-judgement: is a judgement at kickoff of who will make it right, in both directions?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from csresearch.claims import common
from csresearch.claims import kickoff_words as words
from csresearch.claims.base import Claim, Terms
from csresearch.claims.grades import grade
from csresearch.claims.kickoff_counts import WILL, WILL_NOT, Judgements, read_judgements
from csresearch.claims.kickoff_effort import effort_by_judgement, effort_ratio, followed_judgement
from csresearch.claims.kickoff_parts import first_parts, parts
from csresearch.claims.kickoff_skill import Forecasts
from csresearch.claims.kickoff_steps import (
    HORIZON_MONTHS,
    Scored,
    clustered,
    judged_ratio,
    one_sided,
    pairs,
    scored,
)
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.findings.labels import value_text
from csresearch.verdicts import Judgement, enough_events, judge_effect, not_identifiable

TERMS = Terms(
    "probability", null=0.5, smallest_effect=0.55, near_miss=0.55, claimed_region=(0.70, 1.0)
)
MOST = 0.5  # of the judgements written after day 30, those left may be the ones that came true
MANY = 0.2  # a share of late or undated judgements that lowers the grade
LEAK = 0.97  # share of pairs told apart, as in the data report: nobody foresees that much
LEAST = 20  # customers who left, and who stayed, from which a leak can be told


def run(company: Company, *, horizon_months: float = HORIZON_MONTHS) -> Finding:
    """Estimate and judge the claim on a company that records judgements.

    Parameters
    ----------
    company : Company
    horizon_months : float
        By when a customer must have left or stayed; shortened to what both judgements support.
    """
    judgements = read_judgements(company)
    on = scored(judgements, horizon_months)
    refusal = _refusal(judgements, on)
    if refusal is not None:
        return _without_estimate(company, judgements, refusal)
    found = _estimates(company, on)
    judgement = judge(found)
    letter, reasons = grade(_reasons(company, judgements, found))
    told = words.sentence(found, on.months)
    if judgement.verdict == "inconclusive":
        enough = enough_events(found["accuracy"], judgements.n_events)
        told += common.enough_text(company, judgements.n_events, enough)
    return Finding(
        claim=CLAIM.id,
        title=words.title(judgement.verdict, found["within"]),
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(found["accuracy"], *(e for n, e in found.items() if n != "accuracy")),
        n_customers=judgements.n_customers,
        n_events=judgements.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.ACTIONS[judgement.verdict],
        parts=parts(company, on, found, reasons),
        draw=common.draw_interval,
    )


def _estimates(company: Company, on: Scored) -> dict[str, Estimate]:
    """Every number of the finding, by a short name."""
    judgements = on.judgements
    found = clustered(
        on,
        {
            "balanced accuracy of the judgement": lambda rates: rates.balanced_accuracy,
            "left, of those judged not to make it": lambda rates: rates.failed_given_will_not,
            "left, of all judged": lambda rates: rates.failed_at_all,
            "difference, left": lambda rates: rates.failed_above_base,
            "still here, of those judged to make it": lambda rates: rates.stayed_given_will,
            "still here, of all judged": lambda rates: rates.stayed_at_all,
            "difference, still here": lambda rates: rates.stayed_above_base,
        },
    )
    keys = ("accuracy", "fail", "fail_base", "fail_above", "stay", "stay_base", "stay_above")
    named = dict(zip(keys, found.values(), strict=True))
    for key in ("fail_above", "stay_above"):
        named[key] = replace(named[key], scale="points", null=0.0)
    named["accuracy"] = TERMS.primary(named["accuracy"])
    named |= _right_so_far(judgements)
    named["pairs"] = pairs(judgements, on.horizon_days, within=False)
    named["pairs_within"] = pairs(judgements, on.horizon_days, within=True)
    named["ratio"] = judged_ratio(judgements, within=False)
    named["within"] = judged_ratio(judgements, within=True)
    for number, skill in enumerate(Forecasts(on).skills.itertuples()):
        name = f"Brier skill, {skill.label}"
        ends = (skill.value, skill.ci_low, skill.ci_high)
        named[f"skill{number}"] = Estimate(name, *ends, scale="share", null=0.0)
    if company.has("efforts"):
        named["effort"] = effort_ratio(effort_by_judgement(company))
    return named


def _right_so_far(judgements: Judgements) -> dict[str, Estimate]:
    """The tempting number, and what it would be if nothing were known."""
    rows = judgements.written[judgements.written["side"].isin([WILL, WILL_NOT])]
    n, churned, negative = rows["n"], rows["churned"], rows["side"] == WILL_NOT
    if not n.sum():
        return {role: Estimate(role, None, role=role) for role in ("naive", "no_effect")}
    right = float(n[churned == negative].sum() / n.sum())
    left, told = float(n[churned].sum() / n.sum()), float(n[negative].sum() / n.sum())
    guessed = left * told + (1 - left) * (1 - told)
    name = "judged right so far, whenever it was written"
    return {
        "naive": Estimate(name, right, scale="probability", role="naive"),
        "no_effect": Estimate("the same if nothing were known", guessed, scale="probability",
                              role="no_effect"),
    }  # fmt: skip


def judge(found: Mapping[str, Estimate]) -> Judgement:
    """The verdict; reproduced needs both hit rates surely above their base rates."""
    judgement = judge_effect(found["accuracy"], near_miss=TERMS.near_miss)
    short = [
        found[name].name
        for name in ("fail_above", "stay_above")
        if found[name].ci_low is None or found[name].ci_low <= 0
    ]
    if judgement.verdict == "reproduced" and short:
        rule = f"{judgement.rule}; but a hit rate is not surely above its base rate: {short[0]}"
        return Judgement("same direction, size unclear", rule)
    return judgement


def _refusal(judgements: Judgements, on: Scored | None) -> Judgement | None:
    """Why nothing can be estimated, if so."""
    if judgements.share_written("late") > MOST:
        late = value_text(judgements.share_written("late"), "share")
        return not_identifiable(
            f"{late} of the judgements were written after day 30, so which are left from the "
            "kickoff may depend on how it went"
        )
    if not judgements.n_customers:
        return Judgement("inconclusive", "no judgement of a customer under observation")
    if _leaks(judgements):
        return not_identifiable(
            "the judgement separates those who left from those who stayed almost perfectly, as "
            "only something written afterwards does"
        )
    sides = set(judgements.table(["judged"]).counts["judged"])
    if not {WILL, WILL_NOT} <= sides:
        return not_identifiable("all customers were judged alike")
    if on is None:
        return Judgement("inconclusive", "there is no day with 10 customers at risk either way")
    why = one_sided(on.churn)
    return Judgement("inconclusive", why) if why else None


def _leaks(judgements: Judgements) -> bool:
    """Whether the chance told orders almost all pairs of one who left and one who did not."""
    n = judgements.frame.groupby(["chance", "churned"])["n"].sum().unstack(fill_value=0)
    left, stayed = (n.get(side, 0 * n.sum(axis=1)).to_numpy(float) for side in (True, False))
    if min(left.sum(), stayed.sum()) < LEAST:
        return False
    below = np.cumsum(left) - left
    return (stayed * (below + left / 2)).sum() / (left.sum() * stayed.sum()) > LEAK


def _reasons(
    company: Company, judgements: Judgements, found: Mapping[str, Estimate]
) -> list[tuple[bool, str]]:
    """What lowers the grade."""
    effort = found.get("effort")
    return [
        *_written_reasons(judgements),
        (
            not company.has("customers.maturity"),
            "no maturity recorded, so the judgement may only repeat it",
        ),
        (
            (found["accuracy"].ci_low or 0.0) > TERMS.null and words.adds_nothing(found["within"]),
            "among customers of the same maturity the judgement tells nothing sure, so it may "
            "only repeat maturity",
        ),
        (
            effort is not None and followed_judgement(effort),
            "effort followed the judgement, so it may have made itself come true, or untrue",
        ),
    ]


def _written_reasons(judgements: Judgements) -> list[tuple[bool, str]]:
    """What is known of when judgements were written."""
    undated, late = (judgements.share_written(flag) for flag in ("undated", "late"))
    return [
        (
            undated > MANY,
            f"{value_text(undated, 'share')} of the judgements have no date, so they may be "
            "hindsight",
        ),
        (
            late > MANY,
            f"{value_text(late, 'share')} of the judgements were written after day 30 and do not "
            "count; those left may be the ones that came true",
        ),
    ]


def _without_estimate(company: Company, judgements: Judgements, judgement: Judgement) -> Finding:
    """The finding when only the tempting number can be had."""
    found = _right_so_far(judgements)
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES[judgement.verdict],
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=tuple(found.values()),
        n_customers=judgements.n_customers,
        n_events=judgements.n_events,
        sentence=f"{judgement.rule[0].upper()}{judgement.rule[1:]}.",
        action=words.ACTIONS[judgement.verdict],
        draw=common.draw_interval,
        parts=first_parts(company, judgements, found, judgement.rule),
    )


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    dated = company.has("customers.kickoff_judged_on")
    return [
        (not dated, "the judgements have no date, so they may be hindsight"),
        (
            not company.has("customers.maturity"),
            "no maturity recorded, so the judgement may only repeat it",
        ),
    ]


CLAIM = Claim(
    id="kickoff-judgement",
    number="C9",
    title="Judgement at kickoff",
    statement=(
        "A judgement at kickoff of who will make it is surprisingly often right, in both "
        "directions."
    ),
    needs=(("customers.kickoff_judgement",),),
    terms=TERMS,
    judged_by=(
        "balanced accuracy by month 12: the mean of the share of those who left that was judged "
        "not to make it, and the share of those who stayed that was judged to",
        "knowing nothing is 50 %, the smallest that counts 55 %, the claim 70 % or more, with "
        "both hit rates surely above their base rates",
        "not identifiable if most judgements were written after day 30, or separate those who "
        "left almost perfectly",
    ),
    run=run,
    foreseen=_foreseen,
)
