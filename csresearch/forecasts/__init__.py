"""Forecasts made at the start, scored as forecasts: hit rates, calibration, Brier skill."""

from csresearch.forecasts.brier import brier_parts, brier_score, brier_skill, calibration
from csresearch.forecasts.hit_rates import HitRates, hit_rates
from csresearch.forecasts.weighting import weighted_brier_score

__all__ = [
    "HitRates",
    "brier_parts",
    "brier_score",
    "brier_skill",
    "calibration",
    "hit_rates",
    "weighted_brier_score",
]
