"""Does a score go with staying longer, or with a state? Pairs of customers compared."""

from csresearch.association.by_state import ScoreByState, difference, score_by_state
from csresearch.association.pairs import (
    WEIGHTINGS,
    Concordance,
    concordance,
    naive_correlations,
)

__all__ = [
    "WEIGHTINGS",
    "Concordance",
    "ScoreByState",
    "concordance",
    "difference",
    "naive_correlations",
    "score_by_state",
]
