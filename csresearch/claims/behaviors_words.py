"""C7 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.claims.behaviors_study import Study
from csresearch.findings.estimates import Estimate
from csresearch.findings.labels import interval_text, value_text


def title(study: Study) -> str:
    """The finding as a headline."""
    if study.one_date:
        return "Whether behaviours come before first results cannot be told here"
    name = f"'{study.best.name}'" if study.best else ""
    return {
        "reproduced": f"Hardly anybody gets a first result without {name}",
        "same direction, smaller": f"{name} helps towards a first result; it is not necessary",
        "same direction, size unclear": (
            f"First results are rarer without {name}; whether it is necessary is not settled"
        ),
        "opposite": f"Customers get first results sooner without {name} here",
        "not reproduced": "No recorded behaviour makes a difference that counts to first results",
        "inconclusive": "Too little data to say which behaviours first results need",
        "not identifiable": f"{name} goes with first results, but so does who the customers are",
    }[study.judgement.verdict]


def sentence(study: Study) -> str:
    """What the numbers mean."""
    if study.best is None:
        return "No behaviour has enough customers both with and without it."
    plain, name = study.plain[study.best.name], study.best.name
    with_it, without = study.adopters, study.primary
    told = (
        f"{value_text(study.adoption.same_day, 'share')} of first results are dated on the very "
        "day a behaviour was first done, so these numbers tell nothing about what comes first. "
        if study.one_date
        else ""
    )
    told += (
        f"While '{name}' is not adopted, {without.text} of customers get a first result by month "
        f"{study.months:.0f}; once it is, {with_it.text}."
    )
    if len(study.adoption.kinds) > 1:
        told += f" Both intervals hold for all {len(study.adoption.kinds)} behaviours at once."
    if None not in (plain.never.value, plain.never_no_effect.value, plain.ever.value):
        told += (
            f" A plain comparison of who never and who ever did it says {_short(plain.never)} "
            f"against {_short(plain.ever)}; had it done nothing, it would still say "
            f"{_short(plain.never_no_effect)} against {_short(plain.ever_no_effect)}, because who "
            "stays has time for both."
        )
    return told + also(study) + patterns(study.patterns)


def also(study: Study) -> str:
    """Which further behaviours are necessary."""
    if study.judgement.verdict != "reproduced" or not study.also:
        return ""
    names = " and ".join(f"'{name}'" for name in study.also)
    return f" By the same rule {names} {'is' if len(study.also) == 1 else 'are'} necessary too."


def patterns(ratio: Estimate) -> str:
    """What the numbers of patterns say."""
    if ratio.value is None:
        return ""
    return (
        f" Failures show {ratio.text} times as many patterns of behaviour as successes; claimed "
        "are 1.5 times or more."
    )


def usage(found: tuple[Estimate, ...]) -> str:
    """Whether behaviours tell more than product usage."""
    if not found:
        return "No behaviour is called usage, so behaviours cannot be set against product usage."
    gap = found[2]
    if gap.value is None or gap.ci_low is None:
        return "Too few first results to compare them."
    told = interval_text(gap.value, (gap.ci_low, gap.ci_high), "points")
    if gap.ci_low > 0:
        return f"Behaviours tell who gets a first result sooner better than usage does: {told}."
    if gap.ci_high < 0:
        return f"Usage tells who gets a first result sooner better than behaviours do: {told}."
    return f"Neither tells surely more than the other: {told}."


def action(study: Study) -> str:
    """What to do on Monday."""
    if study.one_date:
        return "Record behaviours that are no part of the result, each with a day of its own."
    name = f"'{study.best.name}'" if study.best else ""
    record = "Record the day of each behaviour and each first result"
    return {
        "reproduced": f"List the customers who have not done {name} yet, and start there.",
        "same direction, smaller": (
            f"Encourage {name}, but do not hold customers up for it: results come without it too."
        ),
        "same direction, size unclear": f"Push {name} with some customers first, picked at random.",
        "opposite": f"Ask customers who did {name} what it held up.",
        "not reproduced": "Do not drive these behaviours for their own sake; look for others.",
        "inconclusive": f"{record}, and run this again next quarter.",
        "not identifiable": (
            f"Ask some unprepared customers, picked at random, to do {name}, and compare."
        ),
    }[study.judgement.verdict]


def _short(estimate: Estimate) -> str:
    """A chance alone."""
    return value_text(estimate.value, estimate.scale)
