"""One function per picture: a table and Axes in, Axes out.

Each is loaded when it is first asked for: Matplotlib and seaborn take longer to load than most
companies take to estimate, and numbers need neither.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

_HOME = {
    "activity": "recorded",
    "calibration": "forecasts",
    "concentration_curve": "shares",
    "confounder_curves": "unmeasured",
    "effort_shares": "efforts",
    "empty_cells": "recorded",
    "forest": "ratios",
    "four_fields": "quadrants",
    "hazard_and_explanations": "hazards",
    "hits_beside_base": "forecasts",
    "gains_by_kind": "gains",
    "interval_picture": "interval",
    "lag_curve": "ratios",
    "naive_beside_no_effect": "pairs",
    "numbers_of_kinds": "gains",
    "pooled_forest": "across",
    "pooled_panels": "across",
    "practical_zero": "pairs",
    "rates_by_band": "shares",
    "rates_by_state": "pairs",
    "ratio_by_tenure": "ratios",
    "responses": "recorded",
    "score_histogram": "pairs",
    "scores_by_result": "quadrants",
    "share_beside_share": "shares",
    "shares_by_score": "efforts",
    "shifted_answers": "unmeasured",
    "specification_curve": "specifications",
    "specification_dots": "ratios",
    "specification_size": "specifications",
    "stacked_incidence": "stacks",
    "stacked_shares": "stacks",
    "starts_and_churn": "coverage",
    "survival_curves": "survival",
    "tenure_histogram": "coverage",
    "verdict_bars": "across",
    "waterfall": "ratios",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Callable:
    """Load a picture's module when the picture is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The pictures."""
    return sorted(__all__)
