"""Cox's partial likelihood as a function of the coefficients, with its derivatives, on counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.risk_sets import RiskSets
from csresearch.survival.ties import TieNodes, breslow_nodes, efron_nodes

FAR_APART = 500.0  # log risks beyond which the smallest would vanish beside the largest


@dataclass(frozen=True, eq=False)
class Derivatives:
    """A log likelihood and its derivatives at one value of the coefficients.

    Parameters
    ----------
    loglik : float
    score : float array, shape (p,)
    information : float array, shape (p, p)
        Minus the second derivatives.
    """

    loglik: float
    score: np.ndarray
    information: np.ndarray


class PartialLikelihood:
    """The partial likelihood of risk sets as a function of the coefficients.

    Parameters
    ----------
    risk : RiskSets
    design : array, shape (L, p)
        Covariates of each level.
    ties : {"efron", "breslow"}
    offset : float array, shape (L,), optional
        Added to each level's log risk.
    """

    def __init__(
        self,
        risk: RiskSets,
        design: np.ndarray | pd.DataFrame,
        *,
        ties: str = "efron",
        offset: np.ndarray | None = None,
    ):
        design = _checked_design(risk, design)
        self.observed, self.at_risk = risk.observed, risk.at_risk
        people = self.at_risk.sum(axis=0)
        # centred columns keep the second moments from cancelling; the likelihood is unchanged
        centre = people @ design / people.sum() if people.sum() else 0.0
        self.design = design - centre
        self.offset = np.zeros(len(design)) if offset is None else np.asarray(offset, float)
        if ties not in risk.tie_nodes:
            risk.tie_nodes[ties] = _tie_nodes(risk, ties)
        self.nodes = risk.tie_nodes[ties]

    def log_risk(self, coef: np.ndarray) -> np.ndarray:
        """Each level's log hazard relative to the average customer, shape (L,)."""
        return self.design @ coef + self.offset

    def _top(self, log_risk: np.ndarray) -> np.ndarray | float:
        """What log risks are measured from: their largest, or where far apart each cell's own."""
        if len(log_risk) and np.ptp(log_risk) < FAR_APART:
            return float(log_risk.max())
        there = np.where(self.at_risk > 0, log_risk, -np.inf)
        return there.max(axis=1, initial=-np.inf)[:, None]

    def derivatives(self, coef: np.ndarray, cell_weight: np.ndarray | None = None) -> Derivatives:
        """Value, score and information, each risk set counted ``cell_weight`` times."""
        log_risk = self.log_risk(coef)
        top = self._top(log_risk)
        risk = np.exp(np.minimum(log_risk - top, 0.0))
        everyone, leaving = self.at_risk * risk, self.observed * risk
        cell, fraction = self.nodes.cell, self.nodes.fraction
        all_levels = np.ones(len(log_risk))  # a product with it is a sum, only quicker
        total = (everyone @ all_levels)[cell] - fraction * (leaving @ all_levels)[cell]
        count = np.ones(len(self.observed)) if cell_weight is None else cell_weight
        weight = self.nodes.weight if cell_weight is None else self.nodes.weight * cell_weight[cell]

        rate = weight / total
        expected = self.nodes.sum(rate) @ everyone - self.nodes.sum(rate * fraction) @ leaving
        score = self.design.T @ (count @ self.observed - expected)

        square = rate / total
        a, b = everyone @ self.design, leaving @ self.design
        square_fraction = square * fraction
        cross = a.T @ (b * self.nodes.sum(square_fraction)[:, None])
        information = self.design.T @ (self.design * expected[:, None]) + cross + cross.T
        information -= a.T @ (a * self.nodes.sum(square)[:, None])
        information -= b.T @ (b * self.nodes.sum(square_fraction * fraction)[:, None])

        gain = (count @ ((log_risk - top) * self.observed)).sum()
        return Derivatives(float(gain - (weight * np.log(total)).sum()), score, information)


def _checked_design(risk: RiskSets, design: np.ndarray | pd.DataFrame) -> np.ndarray:
    """The design as a float array that fits the levels, or an error that says what does not."""
    design = np.asarray(design, dtype=float)
    if design.ndim != 2 or len(design) != len(risk.levels):
        raise ValueError(
            f"design must have one row for each of the {len(risk.levels)} levels "
            f"{risk.levels[:5]} and one column per covariate, got shape {design.shape}"
        )
    if not np.isfinite(design).all():
        row = int(np.flatnonzero(~np.isfinite(design).all(axis=1))[0])
        raise ValueError(f"design must be finite, got {design[row]} for level {risk.levels[row]!r}")
    return design


def _tie_nodes(risk: RiskSets, ties: str) -> TieNodes:
    """The nodes of the tie sums."""
    if (risk.observed > risk.at_risk + 1e-9).any():
        cell, level = np.argwhere(risk.observed > risk.at_risk + 1e-9)[0]
        raise ValueError(
            f"{risk.observed[cell, level]:g} events among {risk.at_risk[cell, level]:g} at risk "
            f"on day {risk.day[cell]:g} in level {risk.levels[level]!r}"
        )
    events = risk.observed.sum(axis=1)
    if ties == "breslow":
        return breslow_nodes(events)
    if ties != "efron":
        raise ValueError(f"ties must be 'efron' or 'breslow', got {ties!r}")
    share = np.divide(
        risk.observed, risk.at_risk, out=np.zeros_like(risk.at_risk), where=risk.at_risk > 0
    )
    return efron_nodes(events, share.max(axis=1, initial=0.0))
