"""What labels mean: who left, how satisfied, which comes before which."""

from __future__ import annotations

from collections.abc import Sequence

from csresearch.company.cells import NO, YES

_LEFT = frozenset(
    "churned churn cancelled canceled terminated ended inactive former lost left expired closed "
    "deactivated ex-customer".split()
) | {"former customer", "churned customer", "closed lost", "in-active"}
_HERE = frozenset(
    "active activated customer live current retained renewed paying paid trialing in_trial "
    "non_renewing past_due unpaid future paused onboarding subscribed".split()
) | {"active customer", "past due", "non renewing", "in trial", "not churned"}
_SCORES = (
    {"bad": 0, "good": 1},
    {"unsatisfied": 0, "satisfied": 1},
    {"dissatisfied": 0, "satisfied": 1},
    {"negative": 0, "neutral": 1, "positive": 2},
    {"bad": 0, "okay": 1, "great": 2},
    {"detractor": 0, "passive": 1, "promoter": 2},
    {"very dissatisfied": 1, "dissatisfied": 2, "neutral": 3, "satisfied": 4, "very satisfied": 5},
    {"very unsatisfied": 1, "unsatisfied": 2, "neutral": 3, "satisfied": 4, "very satisfied": 5},
    {"strongly disagree": 1, "disagree": 2, "neutral": 3, "agree": 4, "strongly agree": 5},
    {"very poor": 1, "poor": 2, "fair": 3, "good": 4, "excellent": 5},
)
_INVITED = ("offered", "sent", "no answer", "no response", "not answered", "unanswered", "invited")
_NOT_ASKED = ("unoffered", "not offered", "not sent", "not asked")
_ORDERS = (
    "very low|low|medium low|medium|middle|moderate|medium high|high|very high",
    "none|novice|beginner|basic|intermediate|advanced|expert|leader",
    "crawl|walk|run|fly",
    "red|amber|yellow|green",
    "initial|managed|defined|quantitatively managed|optimizing",
    "initial|repeatable|defined|managed|optimizing",
    "ad hoc|emerging|developing|established|optimized|leading",
    "unprepared|partly prepared|prepared",
    "not ready|partly ready|ready",
    "weak|fair|good|strong|excellent",
    "bronze|silver|gold|platinum",
    "d|c|b|a",
    "immature|developing|mature",
    "level 0|level 1|level 2|level 3|level 4|level 5",
)


def churn_words(labels: Sequence[str]) -> dict[str, str]:
    """Labels as yes (left) or no, if all of them are known; otherwise none.

    >>> churn_words(["active", "canceled"])
    {'active': 'no', 'canceled': 'yes'}
    """
    words = {}
    for label in labels:
        plain = label.strip().casefold()
        if plain in _LEFT or plain in YES:
            words[label] = "yes"
        elif plain in _HERE or plain in NO:
            words[label] = "no"
        else:
            return {}
    return words


def score_words(labels: Sequence[str]) -> dict[str, str]:
    """Labels of satisfaction as numbers, invitations without an answer as empty.

    Labels of those who were never asked are left out, so that their rows are set aside and told.

    >>> score_words(["Good", "Bad", "Offered", "Not offered"])
    {'Good': '1', 'Bad': '0', 'Offered': ''}
    """
    asked = {label: label.strip().casefold() for label in labels}
    asked = {label: plain for label, plain in asked.items() if plain not in _NOT_ASKED}
    answered = {label: plain for label, plain in asked.items() if plain not in _INVITED}
    for scale in _SCORES:
        if len(answered) > 1 and set(answered.values()) <= set(scale):
            return {l: str(scale[p]) if l in answered else "" for l, p in asked.items()}  # noqa: E741
    return {}


def order_of(labels: Sequence[str]) -> list[str]:
    """Labels from least to most, if they belong to a known scale; otherwise none.

    >>> order_of(["High", "Low", "Medium"]), order_of(["North", "South"])
    (['Low', 'Medium', 'High'], [])
    """
    plain = {label: " ".join(label.casefold().replace("-", " ").split()) for label in labels}
    for scale in (order.split("|") for order in _ORDERS):
        if len(labels) > 1 and set(plain.values()) <= set(scale):
            return sorted(labels, key=lambda label: scale.index(plain[label]))
    return []
