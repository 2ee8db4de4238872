"""How few kinds carry most of the gain? k₈₀ with its distribution and its no-effect values."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from csresearch.survival.intervals import Interval, normal_quantile

SHARE = 0.8


@dataclass(frozen=True, eq=False)
class FewestKinds:
    """The fewest kinds that carry a share of the joint gain.

    Parameters
    ----------
    kinds : DataFrame
        One row per kind, largest gain first: ``kind, gain, ci_low, ci_high, share, cumulative,
        chosen, stability``. Gains may be negative and are shown so; shares are of the gains above
        zero; ``chosen`` are the fewest, ``stability`` how often a draw chooses the kind.
    fewest : int or None
        None where no kind has a gain above zero.
    joint_gain : Interval
        Sum of all gains, negative ones included.
    distribution : Series
        Chance of each number of kinds, from draws; 0 stands for no gain at all.
    if_equal : int
        The number if all kinds gained alike: the share times the kinds, rounded up.
    if_noise : Series
        Its distribution if no kind had any effect and only the errors were left.
    confidence_level : float
    """

    kinds: pd.DataFrame
    fewest: int | None
    joint_gain: Interval
    distribution: pd.Series
    if_equal: int
    if_noise: pd.Series
    confidence_level: float = 0.95

    def chance_of_at_most(self, kinds: int, *, noise: bool = False) -> float:
        """Return the chance that so few kinds, one at least, carry the share."""
        told = self.if_noise if noise else self.distribution
        return float(told[(told.index >= 1) & (told.index <= kinds)].sum())


def fewest_kinds(
    log_ratios: ArrayLike,
    covariance: ArrayLike,
    at_risk: ArrayLike,
    *,
    base_rate: float | ArrayLike = 1.0,
    names: Sequence[Hashable] | None = None,
    share: float = SHARE,
    pooled: int = 0,
    draws: int = 10_000,
    seed: int = 0,
    confidence_level: float = 0.95,
) -> FewestKinds:
    """How few kinds carry 80 % of what all of them gain together?

    Parameters
    ----------
    log_ratios : array of float, shape (K,)
        Mutually adjusted log hazard ratios of the kinds; below 0 is a gain.
    covariance : array of float, shape (K, K)
    at_risk : array of float, shape (K,)
        Customer time lived with each kind, in any unit.
    base_rate : float or array of float, shape (K,)
        Churn rate without the kind, per the same unit of time.
    names : sequence, optional
        Of the kinds; 0 … K − 1 unless given.
    share : float
        Of the joint gain to be carried.
    pooled : int
        So many of the last entries stand for several kinds each ("all other kinds"): their gain
        is part of the joint gain, but they are counted only after every other kind.
    draws, seed : int
        Draws from the estimates' normal distribution.
    confidence_level : float

    Returns
    -------
    FewestKinds
        Gains are churns avoided: at_risk × base_rate × (1 − hazard ratio).

    Raises
    ------
    ValueError
        If shapes do not fit, an estimate is not finite, the covariance is not one, or the share
        is not between 0 and 1.

    Notes
    -----
    Negative gains count as 0 in shares and are shown in the table. Errors alone make a few kinds
    look as if they carried it all, since by luck about half the gains are negative: with six
    independent kinds of equal error and no effect the number is 3 or fewer in most draws. So the
    number must be compared with ``if_noise``, not only with ``if_equal``, and the joint gain must
    lie beyond 0 before it means anything. Intervals are quantiles of the draws.

    Examples
    --------
    >>> found = fewest_kinds([-2.0, -0.1, 0.0], np.diag([0.01] * 3), [10, 10, 10], draws=200)
    >>> found.fewest, found.if_equal
    (1, 3)
    """
    b, v, time = _checked(log_ratios, covariance, at_risk, share)
    rate = np.broadcast_to(np.asarray(base_rate, dtype=float), b.shape)
    normal_quantile(confidence_level)
    noise = np.random.default_rng(seed).multivariate_normal(np.zeros(len(b)), v, draws)

    def gains(logs: np.ndarray) -> np.ndarray:
        return -np.expm1(logs) * time * rate

    own, drawn, luck = gains(b), gains(b + noise), gains(noise)
    tails = (0.5 - confidence_level / 2, 0.5 + confidence_level / 2)
    low, high = np.quantile(drawn, tails, axis=0)
    total = np.quantile(drawn.sum(axis=1), tails)
    number, chosen = _fewest(own[None], share, pooled)
    frame = pd.DataFrame(
        {
            "kind": list(range(len(b)) if names is None else names),
            "gain": own,
            "ci_low": low,
            "ci_high": high,
            "share": np.maximum(own, 0) / max(np.maximum(own, 0).sum(), np.finfo(float).tiny),
            "chosen": chosen[0],
            "stability": _fewest(drawn, share, pooled)[1].mean(axis=0),
        }
    ).sort_values("gain", ascending=False, kind="stable", ignore_index=True)
    frame.insert(5, "cumulative", frame["share"].cumsum())
    return FewestKinds(
        kinds=frame,
        fewest=int(number[0]) or None,
        joint_gain=Interval(
            float(own.sum()), float(total[0]), float(total[1]), None, confidence_level
        ),
        distribution=_distribution(_fewest(drawn, share, pooled)[0], len(b)),
        if_equal=_ceil(share * (len(b) - pooled)),
        if_noise=_distribution(_fewest(luck, share, pooled)[0], len(b)),
        confidence_level=confidence_level,
    )


def _fewest(gains: np.ndarray, share: float, pooled: int) -> tuple[np.ndarray, np.ndarray]:
    """How many kinds carry the share in each row, and which."""
    positive = np.maximum(gains, 0)
    ranked = positive.copy()
    ranked[:, gains.shape[1] - pooled :] = -1.0  # several kinds in one: after every other
    order = np.argsort(-ranked, axis=1, kind="stable")
    running = np.cumsum(np.take_along_axis(positive, order, axis=1), axis=1)
    total = running[:, -1:]
    needed = (running < share * total * (1 - 1e-12)).sum(axis=1) + 1
    number = np.where(total[:, 0] > 0, needed, 0)
    rank = np.argsort(order, axis=1, kind="stable")
    return number, rank < number[:, None]


def _distribution(numbers: np.ndarray, kinds: int) -> pd.Series:
    """The chance of 0, 1, …, K kinds."""
    chance = np.bincount(numbers, minlength=kinds + 1) / len(numbers)
    return pd.Series(chance, index=pd.RangeIndex(kinds + 1, name="kinds"), name="chance")


def _ceil(x: float) -> int:
    """The next whole number up, rounding errors aside."""
    return int(np.ceil(x - 1e-9))


def _checked(
    log_ratios: ArrayLike, covariance: ArrayLike, at_risk: ArrayLike, share: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three as arrays that fit together, or an error."""
    b, v, time = (np.asarray(x, dtype=float) for x in (log_ratios, covariance, at_risk))
    if b.ndim != 1 or not len(b) or v.shape != (len(b), len(b)) or time.shape != b.shape:
        raise ValueError(
            f"log_ratios (K,), covariance (K, K) and at_risk (K,) are needed, got {b.shape}, "
            f"{v.shape} and {time.shape}"
        )
    if not (np.isfinite(b).all() and np.isfinite(v).all() and (time >= 0).all()):
        raise ValueError("kinds without a finite estimate must be merged or left out first")
    if not np.allclose(v, v.T) or np.linalg.eigvalsh(v)[0] < -1e-9 * max(np.abs(v).max(), 1e-300):
        raise ValueError("covariance must be symmetric, without negative variances")
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share}")
    return b, v, time
