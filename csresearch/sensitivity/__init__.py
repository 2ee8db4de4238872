"""How far can the number be trusted? No-effect benchmark, bias waterfall, E-value."""

from csresearch.sensitivity.e_values import e_value
from csresearch.sensitivity.naive import naive_ratios
from csresearch.sensitivity.no_effect import no_effect_benchmark
from csresearch.sensitivity.undated import undated_benchmark
from csresearch.sensitivity.waterfall import BiasWaterfall, bias_waterfall

__all__ = [
    "BiasWaterfall",
    "bias_waterfall",
    "e_value",
    "naive_ratios",
    "no_effect_benchmark",
    "undated_benchmark",
]
