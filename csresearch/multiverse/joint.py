"""A joint test of all analyses: would so many point that way if there were no link at all?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csresearch.survival.intervals import normal_quantile


@dataclass(frozen=True)
class JointTest:
    """The median and the share of significant analyses, beside what no link would show.

    Parameters
    ----------
    median : float
        Of the estimates (log ratios for ratios).
    null_median : (float, float, float)
        Its middle and its central 95 % without any link.
    p_median : float
        Chance of a median as far from the middle, either way.
    share : float
        Of the analyses whose interval excludes no difference.
    null_share : (float, float)
        Its middle without any link, and what it exceeds in one case of twenty.
    p_share : float
        Chance of a share as large.
    n_analyses, draws : int
    """

    median: float
    null_median: tuple[float, float, float]
    p_median: float
    share: float
    null_share: tuple[float, float]
    p_share: float
    n_analyses: int
    draws: int


def joint_test(
    observed: tuple[np.ndarray, np.ndarray],
    drawn: tuple[np.ndarray, np.ndarray],
    *,
    null: float = 0.0,
    spread: float = 1.0,
    confidence_level: float = 0.95,
) -> JointTest | None:
    """Do all analyses together find more than chance, their being one company's data allowed for?

    Parameters
    ----------
    observed : (float array, float array), shape (analyses,)
        Estimates and errors.
    drawn : (float array, float array), shape (draws, analyses)
        The same without any link.
    null : float
        No difference.
    spread : float
        How much wider estimates scatter than the draws, where customers share fate.
    confidence_level : float
        Of each analysis' interval.

    Returns
    -------
    JointTest or None
        None where no analysis has an estimate.

    Notes
    -----
    After Simonsohn, Simmons and Nelson (2020): the median over the specifications and the share of
    them that are significant, against the distribution both have in data without a link. An
    analysis that adjusts for too little is off the null in the draws as well, and its median with
    it: only what lies beyond that counts. p-values count the observed data as one of the draws.
    """
    known = np.isfinite(observed[0]) & np.isfinite(observed[1])
    known &= np.isfinite(drawn[0]).all(axis=0) & np.isfinite(drawn[1]).all(axis=0)
    if not known.any():
        return None
    both = zip(observed, drawn, strict=True)
    values, errors = (np.vstack([o[known], d[:, known]]) for o, d in both)
    centre = values[1:].mean(axis=0)
    values[1:] = centre + spread * (values[1:] - centre)
    medians = np.median(values, axis=1)
    far = np.abs(values - null) > normal_quantile(confidence_level) * spread * errors
    shares = far.mean(axis=1)
    middle = float(np.median(medians[1:]))
    low, high = np.quantile(medians[1:], [0.025, 0.975])
    return JointTest(
        median=float(medians[0]),
        null_median=(middle, float(low), float(high)),
        p_median=float(np.mean(np.abs(medians - middle) >= abs(medians[0] - middle) - 1e-12)),
        share=float(shares[0]),
        null_share=(float(np.median(shares[1:])), float(np.quantile(shares[1:], 0.95))),
        p_share=float(np.mean(shares >= shares[0] - 1e-12)),
        n_analyses=int(known.sum()),
        draws=len(medians) - 1,
    )
