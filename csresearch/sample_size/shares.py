"""What the claims of a share or a chance take: C3, C7, C9 and C16."""

from __future__ import annotations

import math

from scipy.special import ndtri

from csresearch.claims.base import Terms
from csresearch.claims.behaviors_steps import kinds_of
from csresearch.claims.challenge import LEAST
from csresearch.claims.key_behaviors import BAR
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.findings.labels import value_text
from csresearch.planning import Condition, Question, chance_ratio_error, scaled_share_error
from csresearch.sample_size.needs import STARTS, STEADY, Needs, Truth
from csresearch.sample_size.truths import claimed_truth, not_reproduced, reproduced

ALL_OR_NONE = "the share is 0 or all so far, so its precision can't be scaled: too few were seen"


def maturity_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C3: the low group's share of churn, and what it is above its share of customers."""
    share, apart = found.primary, found.named("share of churn − share of customers")
    if not _inside(share) or apart is None:
        return Needs(why_not=found.rule if share is None else ALL_OR_NONE)
    value = claimed_truth(share) if truth is None else truth
    base, error = share.null, scaled_share_error(share.std_error, share.value, value)
    beside = apart.std_error / share.std_error  # the share of customers is an estimate as well
    size = Condition(value, error, (share.claimed_region[0], math.inf))
    more = Condition(
        value - base, error * beside, interval_within=(apart.smallest_effect, math.inf)
    )
    even = (
        apart.std_error / share.std_error * scaled_share_error(share.std_error, share.value, base)
    )
    words = f"{value_text(value, 'share')} of churn from the low group"
    return Needs(
        Truth(words, value, Question((size, more))),
        Truth("its share of customers", base, Question((not_reproduced(apart, even),)),
              "not reproduced"),
        (("left", found.n_events),),
        std_error=error,
        scale="share",
    )  # fmt: skip


def kickoff_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C9: balanced accuracy, and both hit rates above their base rates."""
    primary = found.primary
    if not _inside(primary):
        return Needs(why_not=found.rule if primary is None else ALL_OR_NONE)
    value = claimed_truth(primary) if truth is None else truth
    errors = {
        one: scaled_share_error(primary.std_error, primary.value, one)
        for one in (value, primary.null)
    }
    main = reproduced(primary, errors[value], value, near_miss=terms.near_miss)
    known = 2 * primary.value - 1
    both = [
        # what a hit rate is above its base rate grows as the judgement knows more
        Condition(one.value * (2 * value - 1) / known, one.std_error, interval_within=(0, math.inf))
        for name in ("difference, left", "difference, still here")
        if (one := found.named(name)) and one.std_error and one.value > 0 and known > 0
    ]
    note = "both hit rates must be above their base rates too; what they are here leaves that open"
    return Needs(
        Truth(f"{value_text(value, 'probability')} right", value, Question((main, *both))),
        Truth("nothing known", primary.null,
              Question((not_reproduced(primary, errors[primary.null]),)), "not reproduced"),
        (("left", found.n_events), ("were judged", found.n_customers)),
        clock=STARTS,
        std_error=errors[value],
        scale="probability",
        notes=() if len(both) == 2 else (note,),
    )  # fmt: skip


def behaviors_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C7: the chance without the behaviour small, and a fraction of its adopters'."""
    primary = found.primary
    if not _inside(primary) or not primary.smallest_effect:
        return Needs(why_not=found.rule if primary is None else ALL_OR_NONE)
    adopters = next((e for e in found.estimates if " with '" in e.name), None)
    if adopters is None or not _inside(adopters):
        return Needs(why_not="too few adopters are followed to plan with")
    overall = next(e for e in found.estimates if e.name.endswith("all customers"))
    if overall.value is None or overall.value < BAR.overall:
        why = (
            f"only {value_text(overall.value, 'share')} of customers get a first result, and the "
            f"claim needs {value_text(BAR.overall, 'share')}"
        )
        return Needs.not_cured(why)
    value = claimed_truth(primary, -1) if truth is None else truth
    error = scaled_share_error(primary.std_error, primary.value, value)
    ratio = chance_ratio_error((value, error), (adopters.value, adopters.std_error))
    part = math.log(value / adopters.value)
    # the best of several behaviours is picked, so intervals hold for all of them at once
    reach = float(ndtri(1 - 0.025 / len(kinds_of(company))))
    small = Condition(value, error, interval_within=(-math.inf, BAR.chance), reach=reach)
    fraction = Condition(part, ratio, interval_within=(-math.inf, math.log(BAR.part)), reach=reach)
    alike = chance_ratio_error(
        (adopters.value, scaled_share_error(primary.std_error, primary.value, adopters.value)),
        (adopters.value, adopters.std_error),
    )
    same = Condition(0.0, alike, interval_within=(math.log(BAR.smallest), math.inf))
    words = f"{value_text(value, 'probability')} get a first result without the behaviour"
    note = "the same must hold among comparable customers, which may take more"
    return Needs(
        Truth(words, value, Question((small, fraction))),
        Truth("no difference", adopters.value, Question((same,)), "not reproduced"),
        clock=STARTS,
        std_error=error,
        scale="probability",
        notes=(note,),
    )


def challenge_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C16: the share not worse, and what it is above the matched unchallenged."""
    primary = found.primary
    gap = found.named("challenged − matched unchallenged")
    if not _inside(primary) or gap is None or not gap.std_error:
        return Needs(why_not="too few challenged customers answered before and after")
    matched = primary.value - gap.value
    value = truth or max(claimed_truth(primary), matched + 2 * LEAST)
    if not 0 < value < 1:
        why = (
            f"{value_text(matched, 'probability')} of the matched are not worse without a "
            "challenge, which leaves no room to do better"
        )
        return Needs.not_cured(why)
    error = scaled_share_error(primary.std_error, primary.value, value)
    main = reproduced(primary, error, value, near_miss=terms.near_miss)
    apart = Condition(value - matched, gap.std_error, interval_within=(0.0, math.inf))
    none = not_reproduced(
        primary, scaled_share_error(primary.std_error, primary.value, primary.null)
    )
    words = f"{value_text(value, 'probability')} not worse"
    return Needs(
        Truth(f"{words}, the matched {value_text(matched, 'probability')}", value,
              Question((main, apart))),
        Truth("half", primary.null, Question((none,)), "not reproduced"),
        (("challenged who answered before and after", found.n_customers),),
        clock=STEADY,
        std_error=error,
        scale="probability",
    )  # fmt: skip


def _inside(share: Estimate | None) -> bool:
    """Whether there is a share, with an error that can be scaled."""
    if share is None or share.value is None:
        return False
    return bool(share.std_error) and 0 < share.value < 1
