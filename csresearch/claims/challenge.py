"""C16 challenge: do most customers respond well when sincerely challenged to change?"""

from __future__ import annotations

from csresearch.claims import challenge_words as words
from csresearch.claims import common
from csresearch.claims.base import Claim, Terms
from csresearch.claims.challenge_parts import parts
from csresearch.claims.challenge_study import Study
from csresearch.claims.grades import grade, maturity_reasons
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.findings.labels import count_text, value_text
from csresearch.verdicts import Judgement, enough_events, judge_effect, not_identifiable

TERMS = Terms("probability", 0.5, smallest_effect=0.55, near_miss=0.55, claimed_region=(0.60, 1.0))
LEAST = 0.05  # what the share must differ by to count, and so the difference from the matched
CLAIMED_SIDE = ("reproduced", "same direction, smaller", "same direction, size unclear")
MUCH_SILENCE = 0.5  # a share of the challenged without a next answer that lowers the grade
CHOSEN = "whom to challenge was the team's choice"
NONE = "efforts of kind challenge"


def run(company: Company) -> Finding:
    """Estimate and judge the claim on a company that records challenges and survey answers.

    Parameters
    ----------
    company : Company
    """
    study = Study(company)
    if not study.challenged["challenged"].sum():
        return _without_challenges(company)
    share = TERMS.primary(study.share)
    judgement = judge(share, gap=study.gap, matched=study.matched)
    letter, reasons = grade([*maturity_reasons(company), (True, CHOSEN), _silence(study)])
    told = words.sentence(study, share)
    if judgement.verdict == "inconclusive":
        told += _enough(company, study, share)
    return Finding(
        claim=CLAIM.id,
        title=words.TITLES[judgement.verdict],
        verdict=judgement.verdict,
        rule=judgement.rule,
        estimates=(
            share,
            study.naive,
            study.matched,
            study.gap,
            study.worst,
            study.result_ratio,
            study.churn_ratio,
        ),
        n_customers=study.pairs.n_challenged,
        evidence_grade=letter,
        evidence_reasons=reasons,
        sentence=told,
        action=words.ACTIONS[judgement.verdict],
        parts=parts(study, share, reasons),
        draw=common.draw_interval,
    )


def judge(share: Estimate, *, gap: Estimate, matched: Estimate | None) -> Judgement:
    """The verdict on the share; one that the matched unchallenged reach too is no response.

    Staying the same counts as not worse, scores that were low by chance rise by themselves, and
    high ones fall: so the share stands only if the difference from the matched goes its way, and
    is not so small that it would not count.
    """
    absent = "no challenged customer answered before and after"
    judgement = judge_effect(share, near_miss=TERMS.near_miss, absent=absent)
    if judgement.verdict == "inconclusive":
        return judgement
    claimed = judgement.verdict in CLAIMED_SIDE
    if gap.ci_low is None:
        return not_identifiable("there is no customer without a challenge to compare with")
    ends = f"{value_text(gap.ci_low, 'points', exact=True, unit=False)} to "
    beside = f"{gap.name}: the 95 % interval {ends}{value_text(gap.ci_high, 'points', exact=True)}"
    small = -LEAST < gap.ci_low and gap.ci_high < LEAST
    if (gap.ci_low > 0 if claimed else gap.ci_high < 0) and not small:
        side = "beyond" if claimed else "below"
        return Judgement(judgement.verdict, f"{judgement.rule}; {beside} is {side} zero")
    if claimed and gap.ci_high < 0:
        return Judgement("not reproduced", f"{beside} is wholly below zero")
    without = judge_effect(TERMS.primary(matched), near_miss=TERMS.near_miss).verdict
    if without != "inconclusive" and (without in CLAIMED_SIDE) == claimed:
        less = f", or by less than {value_text(LEAST, 'points', exact=True)}" if small else ""
        return not_identifiable(f"{beside} does not tell them apart from the unchallenged{less}")
    return Judgement("inconclusive", f"{judgement.rule}; but {beside} holds zero")


def _silence(study: Study) -> tuple[bool, str]:
    """Whether many of the challenged never answered again."""
    share = value_text(study.share_silent, "share")
    return study.share_silent > MUCH_SILENCE, f"{share} of those challenged did not answer again"


def _enough(company: Company, study: Study, share: Estimate) -> str:
    """How many challenged customers would do."""
    n = study.pairs.n_challenged
    answered = count_text(n, smallest_cell=company.config.smallest_cell)
    enough = enough_events(share, n)
    needed = "more would be needed" if enough is None or enough <= n else f"about {enough:,} would"
    ending = "" if "needed" in needed else " be enough"
    return f" {answered.capitalize()} answered before and after a challenge; {needed}{ending}."


def _without_challenges(company: Company) -> Finding:
    """The finding where no effort is a challenge."""
    return Finding(
        claim=CLAIM.id,
        title=f"{CLAIM.title}: nothing to say yet",
        verdict="not answerable",
        rule=f"needs {NONE}, of which these data have none",
        sentence="These data cannot test the claim: no effort is of the kind challenge.",
        action="Record when a customer is challenged to change, and run this again.",
        missing=(NONE,),
        parts={"data": common.data_part(company), "limits": common.limits_part((f"no {NONE}",))},
    )


def _foreseen(company: Company) -> list[tuple[bool, str]]:
    """What lowers the grade before anything is estimated."""
    return [*maturity_reasons(company), (True, CHOSEN)]


CLAIM = Claim(
    id="challenge",
    number="C16",
    title="Challenge",
    statement="Most customers respond well when sincerely challenged to change.",
    needs=(("efforts.kind",), ("surveys.score",), ("customers.started_on",)),
    terms=TERMS,
    judged_by=(
        "share of challenged customers whose next score is not worse, beside matched customers "
        "without a challenge",
        "no response is half, the smallest that counts 55 %, the claim 60 % or more",
        "not identifiable where as many of the matched are not worse, or nearly (5 points): same "
        "band, tenure and scores before",
    ),
    run=run,
    foreseen=_foreseen,
)
