"""C5 key-results: do a few kinds of result carry what results do for retention?"""

from __future__ import annotations

from collections.abc import Sequence

from csresearch.claims import common
from csresearch.claims import key_words as words
from csresearch.claims.base import Claim, Terms
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.claims.histories import checked_strata
from csresearch.claims.key_parts import FEW, number_limits, parts
from csresearch.claims.key_study import LEAST_LATER, MOST_KINDS, KindStudy
from csresearch.claims.kinds_read import lives_of
from csresearch.company import Company
from csresearch.concentration import FewestKinds
from csresearch.findings import Estimate, Finding
from csresearch.verdicts import Judgement, judge_few, not_identifiable

TERMS = Terms("kinds", null=None, smallest_effect=None, near_miss=None, claimed_region=(None, FEW))
REVERSE_LAG_DAYS = 28.0
SHARE_MOVED = 0.25  # a lag that takes this share of the joint gain away lowers the grade
NUMBER = "fewest kinds of result that carry 80 % of the gain"


def run(company: Company, *, strata: Sequence[str] | None = None) -> Finding:
    """Estimate and judge the claim on a company that dates kinds of result.

    Parameters
    ----------
    company : Company
    strata : sequence of str, optional
        What customers are compared within: by default maturity and at most two segments.
    """
    lives, clusters = lives_of(company)
    study = KindStudy(lives, company.results, checked_strata(company, strata), clusters)
    refusal, no_gain = _refusal(study)
    letter, reasons = grade([*maturity_reasons(company), _lag_reason(study)])
    found = study.fewest() if study.names else None
    if refusal is not None:
        judgement, told = refusal, _first_up(refusal.rule)
        what = words.ACTION_NO_GAIN if no_gain else words.ACTION_WITHOUT
    else:
        luck = study.if_alike.chance_of_at_most(found.fewest)
        judgement = judge_few(_number(found), chance_of_few=found.chance_of_at_most(FEW), luck=luck)
        told, what = words.sentence(found, FEW), words.action(judgement.verdict, found)
    if judgement.verdict == "inconclusive":
        told += common.enough_text(company, study.n_events, None)
    return Finding(
        claim=CLAIM.id,
        title=words.NO_GAIN if no_gain else words.TITLES[judgement.verdict],
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=_estimates(study, found, judged=refusal is None),
        n_customers=study.n_customers if study.names else None,
        n_events=study.n_events if study.names else None,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=what,
        parts=parts(company, study, reasons),
        draw=common.draw_interval,
    )


def _refusal(study: KindStudy) -> tuple[Judgement | None, bool]:
    """Why no number of kinds means anything, if so, and whether that is for want of a gain."""
    looked = study.counts[study.counts["kind"].isin(study.names)]
    enough = int((looked["left"] >= LEAST_LATER).sum())
    if enough < MOST_KINDS:
        many = f"{len(looked)} kinds of result were reached" if len(looked) else "none was reached"
        reason = (
            f"it takes {MOST_KINDS} kinds of result, each followed by {LEAST_LATER} departures or "
            f"more, to call any of them few: {many}, {enough or 'none'} followed by so many"
        )
        return not_identifiable(reason), False
    if study.fewest().joint_gain.ci_low > 0:
        return None, False
    reason = (
        "all kinds of result together avoid no departures beyond chance, so there is no gain that "
        "few of them could carry"
    )
    return not_identifiable(reason), True


def _first_up(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _number(found: FewestKinds) -> Estimate:
    """How few carry it, with what it is judged against."""
    low, high = number_limits(found)
    return Estimate(
        NUMBER, found.fewest, low, high, scale="kinds", role="primary", null=found.if_equal,
        claimed_region=TERMS.claimed_region,
    )  # fmt: skip


def _estimates(
    study: KindStudy, found: FewestKinds | None, *, judged: bool
) -> tuple[Estimate, ...]:
    """What is reported: the number if it means anything, its chances, the ratios of the kinds."""
    if found is None:
        return ()
    ratios = [
        Estimate(f"churn rate with ÷ without: {label}", row.value, row.ci_low, row.ci_high, null=1)
        for label, row in zip(study.labels, study.ratios().frame().itertuples(), strict=True)
    ]
    gain = found.joint_gain
    joint = Estimate(
        "departures avoided by all kinds together", gain.value, gain.ci_low, gain.ci_high,
        scale="count", null=0,
    )  # fmt: skip
    if not judged:
        return (joint, *ratios)
    plain = Estimate(
        "the same, plain comparison believed", study.plain_fewest("plain"), scale="kinds",
        role="naive",
    )  # fmt: skip
    none = Estimate(
        "the same, plain comparison if no kind did anything", study.plain_fewest("no_effect"),
        scale="kinds", role="no_effect",
    )  # fmt: skip
    few = f"chance that {FEW} kinds or fewer carry it"
    chances = {
        few: found.chance_of_at_most(FEW),
        f"{few}, if all gained alike": study.if_alike.chance_of_at_most(FEW),
        f"{few}, if none did anything": found.chance_of_at_most(FEW, noise=True),
    }
    sure = [Estimate(name, value, scale="probability") for name, value in chances.items()]
    return (_number(found), plain, none, *sure, joint, *ratios)


def _lag_reason(study: KindStudy) -> tuple[bool, str]:
    """Whether asking for older results takes much of the gain away (reverse causation)."""
    why = (
        f"asking that a result be {REVERSE_LAG_DAYS:.0f} days old takes a good part of the gain "
        "away, so leaving may come before the missing result"
    )
    found = study.fewest() if study.names else None
    if found is None or found.joint_gain.ci_low <= 0:
        return False, why
    lagged = study.fewest(lag_days=REVERSE_LAG_DAYS)
    left = lagged.joint_gain.value if lagged else 0.0
    return left < (1 - SHARE_MOVED) * found.joint_gain.value, why


CLAIM = Claim(
    id="key-results",
    number="C5",
    title="Key results",
    statement="Long-term retention rests on a few key business results, often a single one.",
    needs=(("results.result",), ("results.reached_on",)),
    terms=TERMS,
    judged_by=(
        "fewest kinds of result that carry 80 % of the departures avoided by all kinds together, "
        "each adjusted for the others",
        "were all kinds alike it would take 80 % of them; the claim is three or fewer with "
        "probability 95 %",
        "not identifiable without six kinds followed by 20 departures each, or without a joint "
        "gain beyond none",
    ),
    run=run,
    foreseen=maturity_reasons,
)
