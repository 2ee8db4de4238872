"""Ratios of hazard ratios: does the rate fall more after an event than it would without?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from csresearch.events import EventTable
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import CoxFit, cox_partial_likelihood
from csresearch.survival.designs import level_design
from csresearch.survival.hazard_ratios import profile_contrast
from csresearch.survival.intervals import Interval, ratio_interval


def hazard_contrast(
    fit: CoxFit, weights: Sequence[float], *, confidence_level: float = 0.95
) -> Interval:
    """What is the exponential of a weighted sum of log hazard ratios?

    Parameters
    ----------
    fit : CoxFit
    weights : sequence of float, length p
        One for each coefficient.
    confidence_level : float

    Returns
    -------
    Interval
        A ratio with the Wald interval of the sum; where the sum is infinite 0 or ``inf`` with the
        limits of `profile_contrast`. None where a coefficient with a weight carries no information
        or two infinite ones are set against each other.

    Raises
    ------
    ValueError
        If there is not one weight for each coefficient.
    """
    weight = np.asarray(weights, dtype=float)
    if weight.shape != fit.coef.shape:
        raise ValueError(f"{len(fit.coef)} weights are needed, got {len(weight)}")
    some = weight != 0
    with np.errstate(invalid="ignore"):
        total = float(weight[some] @ fit.coef[some])
    if np.isinf(total):
        return profile_contrast(fit, weight, confidence_level=confidence_level)
    variance = float(weight[some] @ fit.covariance[np.ix_(some, some)] @ weight[some])
    return ratio_interval(total, float(np.sqrt(variance)), confidence_level)


def hazard_ratios(
    table: EventTable, level: str, *, reference: Hashable, strata: Sequence[str] = ()
) -> tuple[CoxFit, tuple]:
    """By what factor does each level multiply the churn rate at the same tenure?

    Parameters
    ----------
    table : EventTable
    level : str
        Column of ``table.by`` whose levels are compared.
    reference : hashable
    strata : sequence of str

    Returns
    -------
    (CoxFit, tuple)
        The fit and the levels its coefficients belong to, the reference left out.

    Raises
    ------
    ValueError
        If the reference does not occur, or there is nothing to compare it with.
    """
    risk = risk_sets(table, level, strata)
    if reference not in risk.levels or len(risk.levels) < 2:
        raise ValueError(
            f"{level!r} needs {reference!r} and another level, got {list(risk.levels)}"
        )
    design = level_design(risk.levels, names=[level], reference=[reference])
    others = tuple(name for name in risk.levels if name != reference)
    return cox_partial_likelihood(risk, design), others


def ratio_of_ratios(
    table: EventTable,
    level: str,
    *,
    late: Hashable,
    early: Hashable,
    reference: Hashable,
    strata: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> Interval:
    """How far does the rate fall from early to late, against the reference at the same tenures?

    Parameters
    ----------
    table : EventTable
        Days of tenure, by a column of time since an event (`time_since_table`).
    level : str
        That column.
    late, early : hashable
        Its bands whose rates are divided, late ÷ early.
    reference : hashable
        The level of customers without the event.
    strata : sequence of str
    confidence_level : float

    Returns
    -------
    Interval
        (late ÷ reference) ÷ (early ÷ reference), each at the same tenure: 1 where the rate after
        the event falls just as it does without it.

    Raises
    ------
    ValueError
        If a level does not occur.

    Notes
    -----
    A contrast of two log hazard ratios of one Cox model, so the drop of the rate with tenure is
    taken out by the risk sets, not by a curve. R's ``coxph(Surv(start, stop, event) ~ band)``
    gives the same (tests/oracles/bonding.json). Below 1 may be bonding, or sorting after the
    event: see `fit_beta_geometric`.
    """
    fit, others = hazard_ratios(table, level, reference=reference, strata=strata)
    absent = [name for name in (late, early) if name not in others]
    if absent:
        raise ValueError(f"{level!r} has no level {absent[0]!r}, only {[*others, reference]}")
    weights = [float(name == late) - float(name == early) for name in others]
    return hazard_contrast(fit, weights, confidence_level=confidence_level)


def standardised_ratio_of_ratios(
    table: EventTable, level: str, *, bands: Mapping[str, Hashable], strata: Sequence[str] = ()
) -> float:
    """The same by another road: observed over expected events late, divided by early.

    Parameters
    ----------
    table : EventTable
    level : str
    bands : mapping
        ``late``, ``early`` and ``reference``.
    strata : sequence of str

    Returns
    -------
    float
        Expected are the events there would be at the reference's rate on each day; days on which
        nobody of the reference is at risk are left out. ``nan`` without expected events.
    """
    risk = risk_sets(table, level, strata)
    place = {name: risk.levels.index(band) for name, band in bands.items()}
    n, d = risk.at_risk, risk.observed
    base = place["reference"]
    rate = np.divide(d[:, base], n[:, base], out=np.full(len(d), np.nan), where=n[:, base] > 0)
    known = ~np.isnan(rate)
    ratios = []
    for name in ("late", "early"):
        expected = (n[known, place[name]] * rate[known]).sum()
        observed = d[known, place[name]].sum()
        ratios.append(observed / expected if expected > 0 else np.nan)
    return float(ratios[0] / ratios[1]) if ratios[1] > 0 else float("nan")
