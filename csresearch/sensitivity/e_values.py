"""How strong would an unmeasured cause have to be to explain a ratio away?"""

from __future__ import annotations

from dataclasses import replace

from csresearch.findings.estimates import Estimate
from csresearch.sensitivity.confounding import corner, risk_ratio_of


def e_value(estimate: Estimate) -> Estimate:
    """How strong would an unmeasured cause have to be to explain the hazard ratio away?

    Parameters
    ----------
    estimate : Estimate
        A hazard ratio or its inverse, with or without interval.

    Returns
    -------
    Estimate
        The E-value of the number; its `ci_low` is that of the limit nearer to 1 (1 when the
        interval holds 1). An unmeasured cause would have to be this many times as common in one
        group *and* multiply the chance of churn this many times. None without a number.

    Raises
    ------
    ValueError
        When the estimate is not on the ratio scale or not positive.

    Notes
    -----
    VanderWeele and Ding (2017), common-outcome form: the hazard ratio is first turned into the
    risk ratio (1 − 0.5^√HR) ÷ (1 − 0.5^√(1/HR)). A ratio and its inverse have the same E-value.

    Examples
    --------
    >>> e_value(Estimate("lifetime ratio", 1.0)).value
    1.0
    """
    if estimate.scale != "ratio" or (estimate.value is not None and estimate.value <= 0):
        raise ValueError(f"an E-value needs a positive ratio, got {estimate}")
    value, near = estimate.value, None
    if value is not None and value >= 1:
        near = estimate.ci_low
    elif value is not None:
        near = 1 / estimate.ci_high if estimate.ci_high else None
        value = 1 / value
    return replace(
        estimate,
        name=f"E-value of {estimate.name}",
        value=None if value is None else _from_ratio(value),
        ci_low=None if near is None else _from_ratio(max(near, 1.0)),
        ci_high=None,
        std_error=None,
        role="secondary",
        null=None,
        smallest_effect=None,
        claimed_region=None,
    )


def _from_ratio(hazard_ratio: float) -> float:
    """E-value of a hazard ratio of at least 1."""
    return corner(float(risk_ratio_of(hazard_ratio)))
