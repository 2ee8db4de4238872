"""The standard error that the same data would have, were another effect true."""

from __future__ import annotations

import math

import numpy as np

from csresearch.risk_sets import RiskSets


def log_ratio_information(risk: RiskSets, exposed: object, log_ratio: float) -> float:
    """How much do these risk sets tell about the log of a hazard ratio, were it this?

    Parameters
    ----------
    risk : RiskSets
        Everybody at risk on each day somebody leaves, by state.
    exposed : hashable
        The state whose rate is the ratio's numerator; all others are its denominator.
    log_ratio : float

    Returns
    -------
    float
        Σ d q (1 − q) over the risk sets: d leave, of whom a share q would be exposed,
        q = p e^β ÷ (p e^β + 1 − p), where p is the share of the exposed at risk.

    Raises
    ------
    ValueError
        If there is no such state.

    Notes
    -----
    The partial likelihood's information with Breslow's ties. Exposure may change with time: only
    its share among those at risk counts. With one share p and a ratio near 1 it is Schoenfeld's
    d p (1 − p) [1]_. The number who leave is held as it is, and divided anew between the states.

    .. [1] Schoenfeld (1983), Sample-size formula for the proportional-hazards regression model,
       Biometrics 39, 499.
    """
    if exposed not in risk.levels:
        raise ValueError(f"there is no state {exposed!r}, only {list(risk.levels)}")
    weighed = risk.at_risk[:, risk.levels.index(exposed)] * math.exp(log_ratio)
    others = risk.at_risk.sum(axis=1) - risk.at_risk[:, risk.levels.index(exposed)]
    share = weighed / (weighed + others)
    return float((risk.observed.sum(axis=1) * share * (1 - share)).sum())


def log_ratio_error(
    risk: RiskSets,
    exposed: object,
    log_ratio: float,
    *,
    seen: tuple[float | None, float | None] = (None, None),
) -> float | None:
    """Which standard error would a log hazard ratio have, were it this?

    Parameters
    ----------
    risk : RiskSets
    exposed : hashable
    log_ratio : float
    seen : (float, float), optional
        The log ratio that was estimated and its standard error. What customers of one parent
        share makes the error larger than the information says; it is taken over from here.

    Returns
    -------
    float or None
        None where nobody exposed, or nobody else, is at risk when somebody leaves.
    """
    information = log_ratio_information(risk, exposed, log_ratio)
    if not information > 0:
        return None
    inflation = 1.0
    if None not in seen:
        inflation = max(1.0, seen[1] ** 2 * log_ratio_information(risk, exposed, seen[0]))
    return math.sqrt(inflation / information)


def scaled_share_error(std_error: float, share: float, truth: float) -> float:
    """Which standard error would a share have, were it another?

    Parameters
    ----------
    std_error, share : float
        As estimated; the share strictly between 0 and 1.
    truth : float

    Returns
    -------
    float
        Scaled by the root of p (1 − p), as a binomial's is.

    Raises
    ------
    ValueError
        If a share is not strictly between 0 and 1.
    """
    for one in (share, truth):
        if not 0 < one < 1:
            raise ValueError(f"a share must lie strictly between 0 and 1, got {one}")
    return std_error * math.sqrt(truth * (1 - truth) / (share * (1 - share)))


def chance_ratio_error(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Which standard error has the log of a ratio of two independent chances?

    Parameters
    ----------
    first, second : (float, float)
        Chance above 0 and its standard error.

    Returns
    -------
    float
        By the delta method: the root of the sum of squared relative errors.
    """
    return math.hypot(first[1] / first[0], second[1] / second[0])


def somers_d_error(n_first: float, n_second: float) -> float:
    """Which standard error has Somers' D between two groups that do not differ?

    Parameters
    ----------
    n_first, n_second : float
        Answers in each group.

    Returns
    -------
    float
        √((n₁ + n₂ + 1) ÷ (3 n₁ n₂)): Mann and Whitney's, without ties.
    """
    return float(np.sqrt((n_first + n_second + 1) / (3 * n_first * n_second)))
