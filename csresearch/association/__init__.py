"""Does a score go with staying longer, or with a state? Pairs of customers compared."""

from csresearch.association.by_state import ScoreByState, difference, score_by_state
from csresearch.association.left_out import somers_d_without_each
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
    "somers_d_without_each",
]
