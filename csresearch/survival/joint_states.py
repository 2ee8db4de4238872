"""Several things that happen once, mutually adjusted: what each does to the churn rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood

LEVEL = "joint state"
GROUPS = 64  # of the jackknife


@dataclass(frozen=True, eq=False)
class JointRatios:
    """Log hazard ratios of several things, each adjusted for all others.

    Parameters
    ----------
    kinds : tuple of str
        The K things.
    coef : float array, shape (K,)
        As in `CoxFit`; ``nan`` or infinite where there is nothing to estimate.
    covariance : float array, shape (K, K)
    expected : float array, shape (K,)
        Churns there would have been among customers with each thing at the rate of those with
        none of them, at the same tenure and in the same stratum.
    observed : float array, shape (K,)
        Churns among customers with each thing.
    """

    kinds: tuple[str, ...]
    coef: np.ndarray
    covariance: np.ndarray
    expected: np.ndarray
    observed: np.ndarray

    @property
    def finite(self) -> np.ndarray:
        """Which of them have an estimate and its error, a mask."""
        return np.isfinite(self.coef) & np.isfinite(np.diag(self.covariance))

    def frame(self) -> pd.DataFrame:
        """One row per thing: ``kind, value, ci_low, ci_high, observed, expected``; hazard ratios.

        Nothing where there is no estimate.
        """
        error = 1.959963984540054 * np.sqrt(np.diag(self.covariance))
        ends = [np.exp(self.coef + side * error) for side in (0.0, -1.0, 1.0)]
        columns = dict(zip(("value", "ci_low", "ci_high"), ends, strict=True))
        found = {name: np.where(self.finite, column, np.nan) for name, column in columns.items()}
        counts = {"observed": self.observed, "expected": self.expected}
        return pd.DataFrame({"kind": self.kinds} | found | counts)


def with_joint_level(table: EventTable, kinds: Sequence[str], by: Sequence[str]) -> EventTable:
    """The table over ``by`` and one column "joint state": whole numbers, a bit for each kind.

    Parameters
    ----------
    table : EventTable
        A column per kind, "without" or "with".
    kinds : sequence of str
        The first is the lowest bit.
    by : sequence of str
        Columns that stay.

    Returns
    -------
    EventTable
        Over ``(*by, "joint state")``.
    """
    code = np.zeros(len(table.counts), dtype=np.int64)
    for place, kind in enumerate(kinds):
        code |= (table.counts[kind] == "with").to_numpy().astype(np.int64) << place
    return EventTable(table.counts.assign(**{LEVEL: code}), table.by).total([*by, LEVEL])


def joint_design(levels: Sequence[int], kinds: Sequence[str]) -> pd.DataFrame:
    """A column for each kind, 1 where the level holds it.

    Parameters
    ----------
    levels : sequence of int
        Joint states as `with_joint_level` codes them.
    kinds : sequence of str

    Returns
    -------
    DataFrame
        One row per level, indexed by it; a column per kind, 0.0 or 1.0.
    """
    code = np.asarray(levels, dtype=np.int64)
    columns = {kind: ((code >> place) & 1).astype(float) for place, kind in enumerate(kinds)}
    return pd.DataFrame(columns, index=pd.Index(levels))


def joint_ratios(
    table: EventTable,
    kinds: Sequence[str],
    *,
    strata: Sequence[str] = (),
    cluster: str | None = None,
) -> JointRatios:
    """By what factor does each of several things multiply the churn rate, the others held equal?

    Parameters
    ----------
    table : EventTable
        By the strata, a column per kind ("without" or "with", as `states.read_joint` counts
        them), and the cluster where there is one.
    kinds : sequence of str
        Columns of the things.
    strata : sequence of str
        Columns within which customers are compared.
    cluster : str, optional
        Column of groups of customers who share fate.

    Returns
    -------
    JointRatios
        A log ratio per kind, with their covariance and expected churns.

    Notes
    -----
    One Cox model with a main effect for each kind, Efron ties; the same as R's
    ``coxph(Surv(start, stop, event) ~ a + b + strata(s))`` (tests/oracles/joint_states.json).
    Expected churns add up Breslow's baseline hazard over the customers at risk with the kind.
    With a cluster the covariance is that of a delete-a-group jackknife over at most 64 groups;
    the model's own where there is one group only.
    """
    risk = risk_sets(with_joint_level(table, kinds, strata), LEVEL, strata)
    design = joint_design(risk.levels, kinds).to_numpy()
    fit = cox_partial_likelihood(risk, design)
    with np.errstate(invalid="ignore"):
        weight = np.exp(design @ np.where(np.isfinite(fit.coef), fit.coef, 0.0))
    hazard = risk.observed.sum(axis=1) / (risk.at_risk @ weight)
    covariance = fit.covariance
    if cluster is not None and table.counts[cluster].nunique() > 1:
        covariance = _jackknifed(table, kinds, strata, cluster)
    return JointRatios(
        kinds=tuple(kinds),
        coef=fit.coef,
        covariance=covariance,
        expected=hazard @ risk.at_risk @ design,
        observed=risk.observed.sum(axis=0) @ design,
    )


def _jackknifed(
    table: EventTable, kinds: Sequence[str], strata: Sequence[str], cluster: str
) -> np.ndarray:
    """Covariance of the coefficients from what they are without each group."""
    group = np.unique(table.counts[cluster].to_numpy(), return_inverse=True)[1] % GROUPS
    found = []
    for number in np.unique(group):
        kept = EventTable(table.counts[group != number].reset_index(drop=True), table.by)
        risk = risk_sets(with_joint_level(kept, kinds, strata), LEVEL, strata)
        found.append(cox_partial_likelihood(risk, joint_design(risk.levels, kinds)).coef)
    coef = np.array(found)
    with np.errstate(invalid="ignore"):  # what is infinite without a group has no error
        apart = coef - coef.mean(axis=0)
        return (len(coef) - 1) / len(coef) * apart.T @ apart
