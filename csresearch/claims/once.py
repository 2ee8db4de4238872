"""Questions that several parts and claims ask of one company, answered once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from csresearch.company import Company

T = TypeVar("T")


def once(ask: Callable[..., T]) -> Callable[..., T]:
    """A question of a company whose answer is kept for as long as the company is.

    Parameters
    ----------
    ask : callable
        Of a company and, after it, words or numbers. Its answer must not hold the company, which
        it would keep alive, and is not to be changed.
    """
    kept: WeakKeyDictionary[Company, dict[tuple, T]] = WeakKeyDictionary()

    @wraps(ask)
    def asked(company: Company, *about: Hashable) -> T:
        answers = kept.setdefault(company, {})
        if about not in answers:
            answers[about] = ask(company, *about)
        return answers[about]

    return asked
