"""Scales on which estimates are about normal: logs of ratios, Fisher's z, logits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelScale:
    """A scale on which estimates of one kind are pooled.

    Parameters
    ----------
    name : str
        In words.
    to, back : callable
        From the estimate's unit to the model's, and back.
    per_unit : callable
        Slope of `to` at a value: what turns a standard error into the model's.
    low, high : float
        Values that can be on it lie strictly between.
    """

    name: str
    to: Callable[[float], float]
    back: Callable[[float], float]
    per_unit: Callable[[float], float]
    low: float = -math.inf
    high: float = math.inf

    def holds(self, value: float) -> bool:
        """Whether a value can stand on it."""
        return self.low < value < self.high


def _expit(x: float) -> float:
    """Inverse of the logit, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _exp(x: float) -> float:
    """exp() that answers inf instead of raising."""
    return math.exp(x) if x < 709 else math.inf


PLAIN = ModelScale("as they are", float, float, lambda x: 1.0)
# the standard error of a ratio is already that of its log
LOG = ModelScale("logs", math.log, _exp, lambda x: 1.0, low=0.0)
FISHER = ModelScale("Fisher's z", math.atanh, math.tanh, lambda x: 1 / (1 - x * x), -1.0, 1.0)
LOGIT = ModelScale(
    "logits", lambda p: math.log(p / (1 - p)), _expit, lambda p: 1 / (p * (1 - p)), 0.0, 1.0
)
_OF = {"ratio": LOG, "correlation": FISHER, "share": LOGIT, "probability": LOGIT}


def model_scale(scale: str) -> ModelScale:
    """On which scale are estimates of this kind pooled?

    Parameters
    ----------
    scale : str
        As in `Estimate`: "ratio", "correlation", "share", "probability"; any other is pooled as
        it is.

    Returns
    -------
    ModelScale
        With the way there and back.

    Examples
    --------
    >>> one = model_scale("share")
    >>> one.to(0.5), round(one.back(2.0), 4), one.holds(1.0)
    (0.0, 0.8808, False)
    """
    return _OF.get(scale, PLAIN)
