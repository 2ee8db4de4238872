"""How alike are a column's name and a name a role goes by?"""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz

# Words of one meaning, by the one they are compared as.
_SAME = {
    "customer": "account accounts acct company companies client clients customers organization "
    "organisation org tenant workspace",
    "id": "ids identifier key code gsid uid uuid",
    "cancel": "canceled cancelled cancellation cancelation canceling cancelling cancels",
    "churn": "churned churns",
    "start": "started starts starting begin began begins beginning",
    "end": "ended ends ending",
    "create": "created creation creates",
    "renew": "renewal renewed renews renewals",
    "close": "closed closing",
    "respond": "response responded responses answered answer answers reply",
    "survey": "surveyed surveys",
    "solve": "solved resolved",
    "terminate": "terminated termination",
    "expire": "expired expires expiry expiration",
    "subscription": "subscriptions sub",
    "onboard": "onboarding onboarded",
    "achieve": "achieved achievement",
    "reach": "reached",
    "complete": "completed completion finished",
    "judgement": "judgment judged forecast prediction predicted",
    "programme": "program programs programmes",
    "behavior": "behaviour behaviors behaviours",
    "month": "months mths mo",
    "day": "days",
    "hour": "hours hrs h",
    "exit": "exited exits leave left leaving",
    "sign": "signed signature",
    "recommend": "recommended recommendation",
    "satisfaction": "satisfied",
    "readiness": "ready prepared preparedness",
    "reason": "reasons cause",
}
_WORD = {other: word for word, others in _SAME.items() for other in others.split()}
# Words that say how a column is stored, not what it means.
_SILENT = frozenset(
    "utc gmt date dates datetime time timestamp at on the of a an c cf is was to for in "
    "primary".split()
)


_OF_TIME = frozenset("utc gmt date dates datetime time timestamp at on since day when".split())


def speaks_of_time(name: str) -> bool:
    """Whether a name has a word such as date, at, on or since."""
    return bool(_OF_TIME & set(_split(name)))


def _split(name: str) -> list[str]:
    """The words of a name as they stand."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[:400])
    return re.findall(r"[^\W_]+", parted.casefold())


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name that carry meaning, in one spelling.

    >>> words_of("Canceled At (UTC)"), words_of("CustomerSince__c"), words_of("Account ID")
    (('cancel',), ('customer', 'since'), ('customer', 'id'))
    """
    found = _split(name)
    told = [_WORD.get(word, word) for word in found if word not in _SILENT]
    return tuple(told or found)


@lru_cache(maxsize=65536)
def likeness(name: str, known: str) -> float:
    """How surely a column's name means a known name, 0 to 1.

    Words count, not their order; a word more says something else might be meant, a word less
    that it is less clear. Otherwise spelling mistakes are forgiven.

    >>> likeness("Churn_Date__c", "churn date"), likeness("chrun date", "churn date") > 0.7
    (1.0, True)
    """
    column, role = set(words_of(name)), set(words_of(known))
    if column == role:
        return 1.0
    if role < column:
        return _with_more_words(name, len(role), len(column - role))
    if column and column < role:
        return 0.2 + 0.4 * len(column) / len(role)
    written = fuzz.ratio(" ".join(sorted(column)), " ".join(sorted(role))) / 100
    return written if written >= 0.8 else 0.45 * written


def _with_more_words(name: str, known: int, more: int) -> float:
    """What a known name is worth inside a longer one; a question may be long."""
    if known == 1:
        return max(0.2, 0.94 - 0.16 * more)
    return 0.88 if name.rstrip().endswith("?") else max(0.3, 1.06 - 0.14 * more)
