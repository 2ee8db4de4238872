"""Landmark comparisons: group by what had happened on a day, follow only those still there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from csresearch.events import EventTable, risk_sets
from csresearch.survival.comparisons import LogRank, log_rank
from csresearch.survival.cox import CoxFit, cox_partial_likelihood, hazard_ratio
from csresearch.survival.designs import level_design
from csresearch.survival.intervals import Interval


@dataclass(frozen=True, eq=False)
class LandmarkRatio:
    """Two groups fixed at a landmark, compared from there on.

    Parameters
    ----------
    groups : DataFrame
        One row per group, columns ``group, n_customers, n_events``.
    ratio : Interval
        Hazard ratio, the other group over the reference.
    fit : CoxFit
    test : LogRank
    """

    groups: pd.DataFrame
    ratio: Interval
    fit: CoxFit
    test: LogRank


def landmark_ratio(
    table: EventTable,
    group: str,
    *,
    reference: object,
    strata: Sequence[str] = (),
    ties: str = "efron",
    confidence_level: float = 0.95,
) -> LandmarkRatio:
    """Among those still there at the landmark, how do the groups' churn rates compare after it?

    Parameters
    ----------
    table : EventTable
        Only customers still at risk after the landmark, in the group they were in on that day,
        entering on it or later; the clock may start at the landmark or be kept.
    group : str
        Column of ``table.by`` with the two groups.
    reference : object
        The group the other is divided by.
    strata : sequence of str
    ties : {"efron", "breslow"}
    confidence_level : float

    Returns
    -------
    LandmarkRatio
        Group sizes, hazard ratio and log-rank test.

    Raises
    ------
    ValueError
        If there are not two groups, or the reference is not one of them.

    Notes
    -----
    A landmark only mitigates immortal time: who changes group later stays where he was, which
    pulls the ratio towards 1 (tests/oracles/landmarks.json).
    """
    risk = risk_sets(table, group, strata)
    if len(risk.levels) != 2:
        raise ValueError(f"{group!r} must have two groups, got {list(risk.levels)}")
    design = level_design(risk.levels, names=[group], reference=[reference])
    fit = cox_partial_likelihood(risk, design, ties=ties)
    counts = table.total([group]).counts.groupby(group, sort=True)[["entrance", "observed"]].sum()
    groups = counts.reset_index().set_axis(["group", "n_customers", "n_events"], axis=1)
    ratio = hazard_ratio(fit, confidence_level=confidence_level)
    return LandmarkRatio(groups, ratio, fit, log_rank(risk))
