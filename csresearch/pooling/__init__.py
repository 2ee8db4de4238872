"""One effect over several segments or companies: how much does it vary, what to expect next?"""

from csresearch.pooling.between_variance import TAU2_METHODS, between_variance, tau2_interval
from csresearch.pooling.random_effects import RandomEffects, random_effects

__all__ = [
    "TAU2_METHODS",
    "RandomEffects",
    "between_variance",
    "random_effects",
    "tau2_interval",
]
