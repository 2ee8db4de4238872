"""What is found across companies, in words."""

from __future__ import annotations

from csresearch.across.pooled import FEW, LEAST, General
from csresearch.across.questions import Question
from csresearch.findings.labels import interval_text, value_text

HOLDS = ("reproduced", "same direction, smaller", "same direction, larger")
HOLDS += ("same direction, size unclear",)
AGAINST = ("not reproduced", "opposite")
SCARCE = (
    f"With fewer than {FEW} companies the spread between them is hardly known, and with fewer "
    f"than {LEAST} nothing is said in general."
)


def label(question: Question) -> str:
    """A claim's number and short name."""
    return f"{question.claim.number} {question.claim.title.lower()}"


def average_text(general: General) -> str:
    """The average with its interval."""
    if general.main is None:
        return "–"
    one = general.main.average.estimate
    return interval_text(one.value, (one.ci_low, one.ci_high), one.scale)


def next_text(general: General) -> str:
    """Where the next company is expected."""
    found = None if general.main is None else general.main.next
    if found is None:
        return "–"
    one = found.estimate
    low = value_text(one.ci_low, one.scale, unit=False)
    return f"{low} to {value_text(one.ci_high, one.scale)}"


def action(general: General) -> str:
    """What to do on Monday, from both answers."""
    average, following = general.on_average.verdict, general.next_company.verdict
    if not general.question.pools:
        return "Read each company's own report: this claim has no average."
    if average in HOLDS and following in HOLDS:
        return "Start from it at a new customer base too, and measure it there within a year."
    if average in HOLDS and following in AGAINST:
        return "It holds on average and will mostly not at the next company: test before acting."
    if average in HOLDS:
        return "It holds on average, not surely at the next company: test it there before acting."
    if average in AGAINST:
        return "Do not build on it in general; act on it only where a company's own data show it."
    if average == "not identifiable":
        return "More companies of this kind will not tell: it takes another design within them."
    return "Add findings of more companies; so far nothing general can be said."


def sentence(general: General) -> str:
    """Both answers of a claim in one sentence."""
    if general.main is None:
        return f"{general.question.claim.title}: {general.on_average.rule}."
    return (
        f"Over {general.k} companies the average is {average_text(general)}: "
        f"{general.on_average.verdict}. At the next company {next_text(general)} is to be "
        f"expected: {general.next_company.verdict}."
    )
