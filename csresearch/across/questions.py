"""What of each claim's findings is pooled across companies, and by which rule it is judged.

The rule is the one that judges a single company (claims.md). It is used three times: on what a
file says, to see whether its verdict follows from its numbers; on the average of all companies;
and on the interval in which the next company is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial

from csresearch import claims
from csresearch.across.measures import PRIMARY, Measure, Reading
from csresearch.claims import bad_fit, challenge, kickoff_judgement
from csresearch.claims.base import Claim
from csresearch.claims.effort_steps import MARGIN
from csresearch.claims.satisfaction_steps import D_MARGIN, RATIO_MARGIN
from csresearch.verdicts import (
    Judgement,
    judge_effect,
    judge_share,
    judge_zero,
    judge_zero_in_group,
    with_share,
)
from csresearch.verdicts.bound import judge_at_most

Readings = Mapping[str, Reading]
CHOSEN = "each company's leading one is picked from several, so they are not the same number"
LATEST = "month 12+"


@dataclass(frozen=True)
class Question:
    """One claim, asked of many companies.

    Parameters
    ----------
    claim : Claim
    judge : callable or None
        What the claim's readings mean; None where the claim is counted, not pooled.
    measures : tuple of Measure
        The first is the primary one.
    why_counted : str
        Why a claim is counted and not pooled.
    despite : bool
        Whether companies in which the claim is not identifiable are pooled too: where that hangs
        on the estimate itself, leaving them out would choose companies by their answer.
    refuses : callable
        ``refuses(name of the primary estimate)``: why a company's estimate is not comparable.
    """

    claim: Claim
    judge: Callable[[Readings], Judgement] | None = None
    measures: tuple[Measure, ...] = ()
    why_counted: str = ""
    despite: bool = False
    refuses: Callable[[str], str] = field(default=lambda name: "")

    @property
    def pools(self) -> bool:
        """Whether there is an average to estimate."""
        return self.judge is not None


@cache
def questions() -> dict[str, Question]:
    """Every claim's question by the claim's id, in the registry's order."""
    asked = {one.claim.id: one for one in (*_pooled(), *_counted())}
    return {claim.id: asked[claim.id] for claim in claims.all()}


def _pooled() -> list[Question]:
    """Claims whose estimates mean the same in every company."""
    return [
        _one("results-retention", _effect),
        _one("satisfaction-retention", _zero, Measure("churn-rate ratio per SD of the score")),
        _one("maturity-churn", _share, Measure("share of churn − share of customers", "points")),
        _one("results-satisfaction", _at_most, refuses=_survivors_only),
        _one("bad-fit", _bad_fit, Measure("share of those outside who left by", "share")),
        _one("effort-by-maturity", _effort, Measure("programme's ratio, ")),
        _one(
            "kickoff-judgement",
            _kickoff,
            Measure("difference, left", "points"),
            Measure("difference, still here", "points"),
        ),
        _one("customer-bonding", partial(_effect, side=-1), despite=True),
        _one("standard-process", partial(_effect, side=-1)),
        _one("which-wins", _effect),
        _one(
            "challenge",
            _challenge,
            Measure("challenged − matched unchallenged", "points"),
            Measure("the same of matched customers without a challenge", "probability"),
            despite=True,
        ),
    ]


def _counted() -> list[Question]:
    """Claims whose estimates are not one number that all companies share."""
    reasons = {
        "key-results": "how few kinds carry it is a small count, and companies have other kinds",
        "key-behaviors": CHOSEN,
        "churn-types": CHOSEN,
        "priorities": "what a scenario keeps depends on who the company's customers are",
        "same-drivers": "it is itself about how an effect varies, within each company",
    }
    return [Question(claims.get(name), why_counted=why) for name, why in reasons.items()]


def _one(name: str, judge: Callable, *more: Measure, **settings) -> Question:
    """A pooled claim: its primary estimate and what else its rule reads."""
    claim = claims.get(name)
    measures = (Measure(PRIMARY, claim.terms.scale), *more)
    return Question(claim, partial(judge, claim), measures, **settings)


def _judged(claim: Claim, readings: Readings):
    """The primary estimate with what the claim is judged against."""
    return claim.terms.primary(readings[PRIMARY].estimate)


def _effect(claim: Claim, readings: Readings, *, side: int = 1) -> Judgement:
    """Claims of an effect (C1, C11, C12, C14)."""
    return judge_effect(_judged(claim, readings), near_miss=claim.terms.near_miss, side=side)


def _zero(claim: Claim, readings: Readings) -> Judgement:
    """C2: both measures practically zero."""
    d, ratio = (readings[name] for name in list(readings)[:2])
    return judge_zero([d.zero_check(D_MARGIN), ratio.zero_check(RATIO_MARGIN)])


def _share(claim: Claim, readings: Readings) -> Judgement:
    """C3: the share of churn jointly with its difference from the share of customers."""
    share, difference = (reading.estimate for reading in readings.values())
    least = claim.terms.smallest_effect
    return judge_share(
        replace(share, claimed_region=claim.terms.claimed_region),
        replace(difference, null=0.0, smallest_effect=least),
    )


def _at_most(claim: Claim, readings: Readings) -> Judgement:
    """C4: one-sided, the upper end of the 90 % interval."""
    return judge_at_most(_judged(claim, readings), readings[PRIMARY].narrow[1])


def _bad_fit(claim: Claim, readings: Readings) -> Judgement:
    """C6: the ratio with the share that failed."""
    _, failed = (reading.estimate for reading in readings.values())
    judgement = _effect(claim, readings)
    return with_share(judgement, replace(failed, claimed_region=bad_fit.SHARE_FAILED))


def _effort(claim: Claim, readings: Readings) -> Judgement:
    """C8: practically nothing among the high, more among the low."""
    high, gap = readings.values()
    terms = {"null": claim.terms.null, "smallest_effect": claim.terms.smallest_effect}
    return judge_zero_in_group(high.zero_check(MARGIN), replace(gap.estimate, **terms))


def _kickoff(claim: Claim, readings: Readings) -> Judgement:
    """C9: the accuracy, with both hit rates above their base rates."""
    _, left, here = (reading.estimate for reading in readings.values())
    found = {"accuracy": _judged(claim, readings), "fail_above": left, "stay_above": here}
    return kickoff_judgement.judge(found)


def _challenge(claim: Claim, readings: Readings) -> Judgement:
    """C16: the share, held against the matched."""
    _, gap, matched = (reading.estimate for reading in readings.values())
    return challenge.judge(_judged(claim, readings), gap=gap, matched=matched)


def _survivors_only(name: str) -> str:
    """C4: among those who stayed a year the two look opposed whatever they were at the start."""
    return "only survivors could be compared" if name.endswith(LATEST) else ""
