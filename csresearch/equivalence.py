"""Is an effect too small to matter? Two one-sided tests, and how much data they need."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from csresearch.estimates import Estimate

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


def n_for_half_width(
    std_error: float, n: float, half_width: float, *, confidence_level: float = 0.90
) -> int:
    """How many events (or customers) make the interval's half-width fit?

    Parameters
    ----------
    std_error : float
        As found with `n` events; on the log scale for a ratio.
    n : float
        Events, or customers: the answer is in the same unit.
    half_width : float
        Wanted, on the scale of `std_error`: the distance from the null to the nearer margin.
    confidence_level : float

    Returns
    -------
    int
        At least this many, with everything else as it was.

    Raises
    ------
    ValueError
        When an argument is not positive.

    Notes
    -----
    The standard error shrinks with √n. An interval that just fits is inside the margins only if
    the estimate falls on the null exactly: `n_for_equivalence` adds the chance of that.

    Examples
    --------
    >>> n_for_half_width(0.10, 100, 0.08225)
    400
    """
    _positive(std_error=std_error, n=n, half_width=half_width)
    z = -ndtri((1 - confidence_level) / 2)
    return _n_for(z * std_error / half_width, n)


def n_for_equivalence(
    std_error: float, n: float, margin: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """How many events (or customers) would show a truly zero effect to be practically zero?

    Parameters
    ----------
    std_error, n : float
        Standard error found with `n` events or customers; on the log scale for a ratio.
    margin : float
        Distance from the null to the nearer margin, on the scale of `std_error`.
    alpha, power : float
        Level of each test, and the wanted chance that both reject.

    Returns
    -------
    int
        Events or customers, in the unit of `n`.

    Raises
    ------
    ValueError
        When an argument is not positive.

    Notes
    -----
    With a truth of exactly zero and margins at equal distance both tests reject with chance
    2 Φ(margin ÷ SE − z) − 1.
    """
    _positive(std_error=std_error, n=n, margin=margin)
    needed = -ndtri(alpha) - ndtri((1 - power) / 2)
    return _n_for(needed * std_error / margin, n)


def n_to_exclude(
    std_error: float, n: float, distance: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """How many events (or customers) would tell an effect of this size from none?

    Parameters
    ----------
    std_error, n : float
        Standard error found with `n` events or customers; on the log scale for a ratio.
    distance : float
        From the null to the effect that must not be missed, on the scale of `std_error`.
    alpha, power : float
        Two-sided level, and the wanted chance that the interval excludes the null.

    Returns
    -------
    int
        Events or customers, in the unit of `n`.

    Raises
    ------
    ValueError
        When an argument is not positive.
    """
    _positive(std_error=std_error, n=n, distance=distance)
    needed = -ndtri(alpha / 2) - ndtri(1 - power)
    return _n_for(needed * std_error / distance, n)


def _n_for(shrink: float, n: float) -> int:
    """Events for a standard error `shrink` times smaller; a hair's rounding does not add one."""
    needed = n * shrink**2
    return ceil(needed - 1e-9 * needed)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not (value > 0 and sqrt(value) < np.inf):
            raise ValueError(f"{name} must be positive and finite, got {value}")
