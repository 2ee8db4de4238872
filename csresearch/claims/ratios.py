"""One churn-rate ratio from an event table: what C1, C2 and C3 have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.resampling import GROUP
from csresearch.risk_sets import RiskSets, risk_sets
from csresearch.survival.clusters import cluster_influences
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.hazard_ratios import hazard_ratio
from csresearch.survival.intervals import Interval, ratio_interval


def rate_ratio(
    table: EventTable,
    level: str,
    covariate: Callable[[object], float],
    *,
    name: str,
    strata: Sequence[str] = (),
) -> Estimate:
    """By what factor does one unit of a covariate multiply the churn rate at the same tenure?

    Parameters
    ----------
    table : EventTable
        By the strata and the level; if ``cluster_group`` is among its columns, the interval
        allows for customers of one group sharing fate.
    level : str
        Column of states, scores or bands.
    covariate : callable
        The covariate of a level.
    name : str
        Of the estimate.
    strata : sequence of str
        Columns within which customers are compared.

    Returns
    -------
    Estimate
        Hazard ratio of the Cox partial likelihood (Efron ties); no value where the covariate
        does not vary or no one leaves. Where only one side leaves it is 0 or infinite, with the
        limit that the likelihood still has on the other side, for which customers of one group
        are taken as independent, as they are where there is one group only. With few groups the
        limits are Student's t on one degree of freedom less, as wide as few groups leave them.
    """
    risk = risk_sets(table, level, strata)
    values = {one: float(covariate(one)) for one in risk.levels}
    if len(set(values.values())) < 2:
        return Estimate(name, None, null=1.0)
    design = [[values[one]] for one in risk.levels]
    found = ratio_of(risk, design, name=name)
    fit = cox_partial_likelihood(risk, design)
    if GROUP not in table.by or not np.isfinite(fit.coef[0]):
        return found
    shares = cluster_influences(table, values, fit, level=level, cluster=GROUP, strata=strata)
    if len(shares) < 2:  # one group alone shows nothing of what groups share
        return found
    error = float(np.linalg.norm(shares.to_numpy()))
    return _estimate(name, ratio_interval(float(fit.coef[0]), error, df=len(shares) - 1))


def influences(
    table: EventTable,
    level: str,
    covariate: Callable[[object], float],
    *,
    strata: Sequence[str] = (),
) -> pd.Series:
    """How much of the log of `rate_ratio` comes from each group of customers who share fate?

    Parameters
    ----------
    table : EventTable
        As for `rate_ratio`, ``cluster_group`` among its columns.
    level : str
    covariate : callable
    strata : sequence of str

    Returns
    -------
    Series of float
        By group, as `cluster_influences` gives them.
    """
    risk = risk_sets(table, level, strata)
    values = {one: float(covariate(one)) for one in risk.levels}
    fit = cox_partial_likelihood(risk, [[values[one]] for one in risk.levels])
    return cluster_influences(table, values, fit, level=level, cluster=GROUP, strata=strata)


def ratio_of(
    risk: RiskSets, design: Sequence[Sequence[float]], *, name: str, ties: str = "efron"
) -> Estimate:
    """By what factor does one unit of the one covariate multiply the rate, from risk sets?

    Parameters
    ----------
    risk : RiskSets
        Customers at risk; time lived, with Breslow's ties, for a Poisson model.
    design : sequence, shape (L, 1)
    name : str
        Of the estimate.
    ties : {"efron", "breslow"}
    """
    return _estimate(name, hazard_ratio(cox_partial_likelihood(risk, design, ties=ties)))


def _estimate(name: str, ratio: Interval) -> Estimate:
    """An interval of a ratio as an estimate."""
    return Estimate(
        name, ratio.value, ratio.ci_low, ratio.ci_high, std_error=ratio.std_error, null=1.0
    )
