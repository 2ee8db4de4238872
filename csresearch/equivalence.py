"""Is an effect too small to matter? Two one-sided tests."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from scipy.special import ndtr, ndtri

from csresearch.findings.estimates import Estimate

_TINY = 1e-300  # stands for a standard error of zero, so that no division fails


@dataclass(frozen=True)
class Equivalence:
    """An estimate against the margins within which it counts as zero.

    Parameters
    ----------
    name : str
    value : float
        The estimate.
    margins : (float, float)
        In the estimate's unit.
    ci_low, ci_high : float
        The interval both tests rest on: 90 % when `alpha` is 0.05.
    wide_low, wide_high : float
        The two-sided interval of level 1 − `alpha` (95 %).
    p_low, p_high : float
        Of the truth being at or below the lower, at or above the upper margin.
    p_value : float
        The larger of the two.
    p_zero : float
        Two-sided p-value of no effect at all.
    alpha : float
    equivalent : bool
        Whether the interval lies wholly inside the margins.
    """

    name: str
    value: float
    margins: tuple[float, float]
    ci_low: float
    ci_high: float
    wide_low: float
    wide_high: float
    p_low: float
    p_high: float
    p_value: float
    p_zero: float
    alpha: float
    equivalent: bool


def equivalence(
    estimate: Estimate, margins: tuple[float, float], *, alpha: float = 0.05
) -> Equivalence:
    """Does the interval lie wholly within the margins?

    Parameters
    ----------
    estimate : Estimate
        With a standard error; on the log scale when `estimate.scale` is "ratio".
    margins : (float, float)
        Lower and upper margin in the estimate's unit, as (0.90, 1.11) or (−0.10, 0.10); the null
        (`estimate.null`, or 1 for a ratio and 0 otherwise) lies between them.
    alpha : float
        Level of each one-sided test.

    Returns
    -------
    Equivalence
        Both one-sided tests, the interval they rest on, and whether it fits.

    Raises
    ------
    ValueError
        Without value or standard error, or when the margins do not enclose the null.

    Notes
    -----
    Schuirmann's two one-sided tests with a normal standard error: both reject exactly when the
    1 − 2 `alpha` interval is inside the margins. Oracle: oracles/equivalence.json (R).

    Examples
    --------
    >>> d = Estimate("Somers' D", 0.02, std_error=0.03, scale="correlation")
    >>> equivalence(d, (-0.10, 0.10)).equivalent
    True
    """
    ratio = estimate.scale == "ratio"
    null = estimate.null if estimate.null is not None else float(ratio)
    _check(estimate, margins, null, alpha)
    on_scale = [log(x) if ratio else x for x in (estimate.value, *margins, null)]
    value, low, high, null = on_scale
    std_error = max(estimate.std_error, _TINY)
    p_low, p_high = (float(ndtr(z / std_error)) for z in (low - value, value - high))
    z = -ndtri([alpha, alpha / 2]) * std_error
    narrow, wide = (value - z[0], value + z[0]), (value - z[1], value + z[1])
    ends = [float(np.exp(end) if ratio else end) for end in (*narrow, *wide)]
    return Equivalence(
        name=estimate.name,
        value=estimate.value,
        margins=(float(margins[0]), float(margins[1])),
        ci_low=ends[0],
        ci_high=ends[1],
        wide_low=ends[2],
        wide_high=ends[3],
        p_low=p_low,
        p_high=p_high,
        p_value=max(p_low, p_high),
        p_zero=float(2 * ndtr(-abs(value - null) / std_error)),
        alpha=alpha,
        equivalent=max(p_low, p_high) < alpha,
    )


def _check(estimate: Estimate, margins: tuple[float, float], null: float, alpha: float) -> None:
    """Refuse what cannot be tested."""
    if estimate.value is None or estimate.std_error is None:
        raise ValueError(f"{estimate.name} needs a value and a standard error, got {estimate}")
    low, high = margins
    if not low < null < high or (estimate.scale == "ratio" and low <= 0):
        raise ValueError(f"margins must enclose {null:g}, got ({low:g}, {high:g})")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha must lie between 0 and 0.5, got {alpha:g}")
    if estimate.scale == "ratio" and estimate.value <= 0:
        raise ValueError(f"a ratio must be positive, got {estimate.value:g}")
