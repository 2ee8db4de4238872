"""What the user chose: claims by number or id, and what to take for true."""

from __future__ import annotations

from collections.abc import Sequence

from csresearch import claims
from csresearch.claims import Claim
from csresearch.errors import CompanyError, did_you_mean
from csresearch.sample_size.truths import check_truth


def claim_named(word: str) -> Claim:
    """The claim of a number or an id, as "C1" or "results-retention".

    Raises
    ------
    CompanyError
        If there is no such claim.
    """
    for claim in claims.all():
        if word.lower() in (claim.id, claim.number.lower()):
            return claim
    known = [name for claim in claims.all() for name in (claim.number, claim.id)]
    raise CompanyError(f"There is no claim {word!r}: {did_you_mean(word, known)}")


def claims_named(words: Sequence[str]) -> tuple[Claim, ...]:
    """The claims of some words, each once, in the registry's order."""
    chosen = {claim_named(word).id for word in words}
    return tuple(claim for claim in claims.all() if claim.id in chosen)


def truths_given(words: Sequence[str]) -> dict[str, float]:
    """What to take for true, by claim id, from words like "C1=5".

    Raises
    ------
    CompanyError
        If a word is not of that form, names no claim, gives no number, or one at which the claim
        is not true.
    """
    given = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise CompanyError(f"--truth {word}: give it as C1=5, a claim and a number.")
        try:
            truth = float(value)
        except ValueError:
            raise CompanyError(f"--truth {word}: {value!r} is no number.") from None
        claim = claim_named(name)
        check_truth(claim, truth)
        given[claim.id] = truth
    return given
