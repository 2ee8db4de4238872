"""Kinds of churn: each beside the customers at risk in the same condition at the same tenure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from csresearch.events import EventTable
from csresearch.risk_sets import RiskSets, risk_sets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.hazard_ratios import hazard_ratio
from csresearch.survival.intervals import Interval


@dataclass(frozen=True, eq=False)
class KindsOfChurn:
    """What each condition contributes to churn, and what its customers at risk would explain.

    Parameters
    ----------
    frame : DataFrame
        One row per condition, most churn first: ``condition, events, expected, share_of_churn,
        share_at_risk, rate_ratio, ci_low, ci_high, p_value``. ``expected`` are the churns if all
        conditions had one rate at each tenure; ``share_at_risk`` is their share, the condition's
        among customers at risk at the tenures at which churn happens. The rate ratio is against
        all other customers at the same tenure.
    ratios : dict of Interval
        The rate ratios by condition.
    n_events : float
    confidence_level : float
    """

    frame: pd.DataFrame
    ratios: dict[Hashable, Interval]
    n_events: float
    confidence_level: float = 0.95


def kinds_of_churn(
    table: EventTable,
    condition: str,
    *,
    strata: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> KindsOfChurn:
    """Which kinds of churn come more often than customers in that condition would explain?

    Parameters
    ----------
    table : EventTable
        Days of tenure by a time-dependent condition that everybody is in one of; the kind of a
        churn is the condition it happened in.
    condition : str
        That column.
    strata : sequence of str
        Columns within which customers are compared.
    confidence_level : float

    Returns
    -------
    KindsOfChurn
        A kind is above what chance makes of its customers if its interval lies above 1.

    Raises
    ------
    ValueError
        With fewer than two conditions.

    Notes
    -----
    Each ratio is Cox's of one condition against all others, Efron ties, so ratios of several
    conditions are not independent and do not multiply up. Expected events are those of the
    log-rank test (R's ``survdiff``; tests/oracles/kinds.json). The p-value is Wald's.
    """
    risk = risk_sets(table, condition, strata)
    if len(risk.levels) < 2:
        raise ValueError(f"{condition!r} needs two conditions, got {list(risk.levels)}")
    share = risk.at_risk / risk.at_risk.sum(axis=1, keepdims=True)
    expected, observed = risk.observed.sum(axis=1) @ share, risk.observed.sum(axis=0)
    ratios, p_values = {}, []
    for place, level in enumerate(risk.levels):
        ratios[level], p_value = _one_against_rest(risk, place, confidence_level)
        p_values.append(p_value)
    total = max(risk.n_events, 1.0)
    limits = {
        name: np.array([getattr(one, field) for one in ratios.values()], dtype=float)
        for name, field in (
            ("rate_ratio", "value"),
            ("ci_low", "ci_low"),
            ("ci_high", "ci_high"),
        )
    }
    frame = pd.DataFrame(
        {
            "condition": risk.levels,
            "events": observed,
            "expected": expected,
            "share_of_churn": observed / total,
            "share_at_risk": expected / total,
            **limits,
            "p_value": p_values,
        }
    ).sort_values("events", ascending=False, kind="stable", ignore_index=True)
    return KindsOfChurn(frame, ratios, risk.n_events, confidence_level)


def _one_against_rest(risk: RiskSets, place: int, level: float) -> tuple[Interval, float]:
    """The rate ratio of one level against all others taken together."""
    two = [
        np.stack([x.sum(axis=1) - x[:, place], x[:, place]], axis=1)
        for x in (risk.at_risk, risk.observed)
    ]
    pair = RiskSets(("rest", "own"), risk.stratum, risk.day, *two)
    fit = cox_partial_likelihood(pair, np.array([[0.0], [1.0]]))
    z = float(fit.coef[0] / fit.std_error[0])
    p_value = float(2 * ndtr(-abs(z))) if np.isfinite(z) else float("nan")
    return hazard_ratio(fit, confidence_level=level), p_value
