"""Standard errors when customers of one group share fate, from an event table by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import CoxFit
from csresearch.survival.ties import efron_nodes


def cluster_influences(
    table: EventTable,
    covariate: Mapping[object, float],
    fit: CoxFit,
    *,
    level: str,
    cluster: str,
    strata: Sequence[str] = (),
) -> pd.Series:
    """How much of the log hazard ratio comes from each cluster?

    Parameters
    ----------
    table : EventTable
        By the strata, the cluster and the level.
    covariate : mapping of level to float
        The one covariate of the fit.
    fit : CoxFit
        Of one covariate, Efron ties, on the same table summed over clusters.
    level, cluster : str
    strata : sequence of str

    Returns
    -------
    Series of float
        By cluster, about what the ratio loses without it; ``nan`` where the fit has no finite
        coefficient. The root of the sum of squares is the error of the log ratio when the
        customers of a cluster share fate; for two fits, the sum of products is the covariance.

    Notes
    -----
    Lin and Wei's grouped sandwich: score residuals summed within clusters, which is what a
    delete-a-cluster jackknife tends to. Equals R's ``coxph(…, cluster =)``
    (tests/oracles/clusters.json). lifelines has no such error for time-dependent states.
    """
    if not np.isfinite(fit.coef[0]):
        return pd.Series([np.nan])
    risk = risk_sets(table, level, strata)
    x = np.array([covariate[name] for name in risk.levels], dtype=float)
    sums = _Sums(risk, x, float(fit.coef[0]))
    counts = table.total([*strata, cluster, level]).counts
    stratum = (
        counts.groupby(list(strata), sort=True, observed=True).ngroup().to_numpy()
        if strata
        else np.zeros(len(counts), dtype=int)
    )
    own = counts[level].map(covariate).to_numpy(float)
    residual = sums.residuals(counts, stratum, own)
    total = pd.Series(residual).groupby(counts[cluster].to_numpy(object)).sum()
    return total * fit.covariance[0, 0]


class _Sums:
    """Running sums over the event days of each stratum: the baseline hazard and its mean x."""

    def __init__(self, risk, x: np.ndarray, coef: float):
        self.coef = coef
        weight = np.exp(coef * x)
        events = risk.observed.sum(axis=1)
        share = (risk.observed / np.where(risk.at_risk > 0, risk.at_risk, np.inf)).max(axis=1)
        nodes = efron_nodes(events, share)
        cell, fraction = nodes.cell, nodes.fraction
        everyone, leaving = risk.at_risk * weight, risk.observed * weight
        total = everyone.sum(axis=1)[cell] - fraction * leaving.sum(axis=1)[cell]
        mean = ((everyone @ x)[cell] - fraction * (leaving @ x)[cell]) / total
        hazard = nodes.weight / total
        self.mean = nodes.sum(nodes.weight * mean) / events
        self.step = np.stack([nodes.sum(hazard), nodes.sum(hazard * mean)])
        own = hazard * (1 - fraction)  # Efron: those who leave today count less and less
        self.own_step = np.stack([nodes.sum(own), nodes.sum(own * mean)])
        self.place = risk.stratum * SPAN + risk.day
        self.running = np.concatenate([np.zeros((2, 1)), np.cumsum(self.step, axis=1)], axis=1)

    def residuals(self, counts, stratum: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Summed score residuals of the intervals that start or stop in each row."""
        at = stratum * SPAN + counts["day"].to_numpy(float)
        upto = self.running[:, np.searchsorted(self.place, at, side="right")]
        stops = (counts["censored"] + counts["moved"]).to_numpy(float)
        starts, events = counts["entrance"].to_numpy(float), counts["observed"].to_numpy(float)
        weight = np.exp(self.coef * x)
        residual = weight * (starts - stops) * (x * upto[0] - upto[1])
        some = np.flatnonzero(events)
        cell = np.searchsorted(self.place, at[some])
        lived = self.running[:, cell] + self.own_step[:, cell]
        expected = weight[some] * (x[some] * lived[0] - lived[1])
        residual[some] += events[some] * (x[some] - self.mean[cell] - expected)
        return residual


SPAN = 1e7  # days; more than any customer's tenure, so that strata lie apart on one line
