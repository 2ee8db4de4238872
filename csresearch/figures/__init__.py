"""One function per picture: a table and Axes in, Axes out."""

from csresearch.figures.coverage import starts_and_churn, tenure_histogram
from csresearch.figures.interval import interval_picture
from csresearch.figures.pairs import (
    naive_beside_no_effect,
    practical_zero,
    rates_by_state,
    score_histogram,
)
from csresearch.figures.ratios import (
    forest,
    lag_curve,
    ratio_by_tenure,
    specification_dots,
    waterfall,
)
from csresearch.figures.shares import concentration_curve, rates_by_band, share_beside_share
from csresearch.figures.survival import survival_curves

__all__ = [
    "concentration_curve",
    "forest",
    "interval_picture",
    "lag_curve",
    "naive_beside_no_effect",
    "practical_zero",
    "rates_by_band",
    "rates_by_state",
    "ratio_by_tenure",
    "score_histogram",
    "share_beside_share",
    "specification_dots",
    "starts_and_churn",
    "survival_curves",
    "tenure_histogram",
    "waterfall",
]
