"""How much data would do: precision and power from counts and rates."""

from csresearch.planning.accrual import Pace
from csresearch.planning.alike import Alike
from csresearch.planning.conditions import Condition, Question
from csresearch.planning.std_errors import (
    chance_ratio_error,
    log_ratio_error,
    log_ratio_information,
    scaled_share_error,
    somers_d_error,
)

__all__ = [
    "Alike",
    "Condition",
    "Pace",
    "Question",
    "chance_ratio_error",
    "log_ratio_error",
    "log_ratio_information",
    "scaled_share_error",
    "somers_d_error",
]
