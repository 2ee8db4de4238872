"""Which customers does churn come from? Shares by a horizon, concentration, attributable fraction.

And how few kinds carry a gain, how many ways lead somewhere: `fewest`, `diversity`.

A share of churn alone says nothing: it stands beside the same group's share of customers, and
customers still here count through the Kaplan–Meier chance of leaving by the horizon.
"""

from csresearch.concentration.bands import (
    BandChurn,
    churn_by_horizon,
    supported_horizon,
    supported_start,
)
from csresearch.concentration.diversity import (
    diversity_ratio,
    hill_number,
    rarefied_hill_number,
)
from csresearch.concentration.fewest import FewestKinds, fewest_kinds
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
    "FewestKinds",
    "ShareOfChurn",
    "attributable_fraction",
    "churn_by_horizon",
    "concentration_index",
    "diversity_ratio",
    "fewest_kinds",
    "gini",
    "hill_number",
    "lorenz_curve",
    "rarefied_hill_number",
    "share_of_churn",
    "supported_horizon",
    "supported_start",
]
