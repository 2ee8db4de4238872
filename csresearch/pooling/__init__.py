"""One effect over several segments or companies: how much does it vary, what to expect next?"""

from csresearch.pooling.between_variance import TAU2_METHODS, between_variance, tau2_interval
from csresearch.pooling.leave_one_out import leave_one_out, movers
from csresearch.pooling.meta_regression import MetaRegression, meta_regression, small_study_effect
from csresearch.pooling.model_scales import ModelScale, model_scale
from csresearch.pooling.random_effects import RandomEffects, random_effects

__all__ = [
    "TAU2_METHODS",
    "MetaRegression",
    "ModelScale",
    "RandomEffects",
    "between_variance",
    "leave_one_out",
    "meta_regression",
    "model_scale",
    "movers",
    "random_effects",
    "small_study_effect",
    "tau2_interval",
]
