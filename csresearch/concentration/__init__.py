"""Which customers does churn come from? Shares by a horizon, concentration, attributable fraction.

A share of churn alone says nothing: it stands beside the same group's share of customers, and
customers still here count through the Kaplan–Meier chance of leaving by the horizon.
"""

from csresearch.concentration.bands import (
    BandChurn,
    churn_by_horizon,
    supported_horizon,
    supported_start,
)
from csresearch.concentration.inequality import concentration_index, gini, lorenz_curve
from csresearch.concentration.shares import (
    AttributableFraction,
    ShareOfChurn,
    attributable_fraction,
    share_of_churn,
)

__all__ = [
    "AttributableFraction",
    "BandChurn",
    "ShareOfChurn",
    "attributable_fraction",
    "churn_by_horizon",
    "concentration_index",
    "gini",
    "lorenz_curve",
    "share_of_churn",
    "supported_horizon",
    "supported_start",
]
