"""Many analyses of one ratio of churn rates: what C1 and C2 have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from csresearch.claims.ratios import ratio_of
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate
from csresearch.multiverse import (
    JointTest,
    Multiverse,
    Redrawn,
    combinations,
    drawn_totals,
    joint_test,
    slope_of,
)
from csresearch.risk_sets import RiskSets

MOST = 200  # analyses in a notebook: each option comes often enough to be told from the others
DRAWS = 99  # of the joint test
BINS_MONTHS = (3, 6, 12, 24)  # of the Poisson model
DATES = {"day of leaving": 0.0, "30 days earlier": -30.0, "30 days later": 30.0}
NOTICE = "day of notice"
FOLLOW_UP = {"all": np.inf, "24 months": 24.0, "12 months": 12.0}
COX, BRESLOW, POISSON = MODELS = ("Cox, Efron", "Cox, Breslow", "Poisson rates")

Row = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class RatioMultiverse(ABC):
    """Every analysis of a claim whose number is a ratio of churn rates.

    Parameters
    ----------
    primary : Estimate
        The estimate as the claim makes it: its name and what it is judged against.
    clustered : bool
        Whether customers of one parent are taken together in it. Then all intervals are widened
        by as much as its own.
    """

    primary: Estimate
    clustered: bool = False

    @property
    @abstractmethod
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The options of each choice, the primary analysis' first."""

    @abstractmethod
    def verdict_on(self, estimate: Estimate) -> str:
        """What the claim's rule makes of one analysis."""

    @abstractmethod
    def risk(self, row: Row) -> RiskSets:
        """The risk sets of an analysis."""

    @abstractmethod
    def covariate(self, row: Row) -> np.ndarray:
        """The covariate of each level."""

    def is_drawn(self, row: Row) -> bool:
        """Whether an analysis is part of the joint test."""
        return True

    @abstractmethod
    def drawn_alike(self, row: Row) -> Hashable:
        """Analyses with this in common differ in who is compared, not in who leaves in a draw."""

    @abstractmethod
    def redrawn(self, row: Row) -> Redrawn:
        """Every departure as an analysis sees it, and by which follow-ups it counts."""

    @property
    @abstractmethod
    def n_left(self) -> int:
        """Departures."""

    def sensible(self, grid: pd.DataFrame) -> np.ndarray:
        """Which combinations make sense; all of them unless said otherwise."""
        return np.ones(len(grid), dtype=bool)

    def run(self, verdict: str, *, most: int = MOST, draws: int = DRAWS) -> Multiverse:
        """All analyses, how many agree with a verdict, and the joint test.

        Parameters
        ----------
        verdict : str
        most : int
            Of the analyses.
        draws : int
            Of the joint test; 0 for none.
        """
        grid, possible = combinations(self.choices, most=most, sensible=self.sensible)
        rows = grid.astype(str).to_dict("records")
        risks = [self.risk(row) for row in rows]
        plain = [self._estimate(*pair) for pair in zip(rows, risks, strict=True)]
        spread = self._spread(plain[0])
        found = [widened(one, spread) for one in plain]
        table = grid.assign(
            value=[one.value for one in found],
            ci_low=[one.ci_low for one in found],
            ci_high=[one.ci_high for one in found],
            verdict=[self.verdict_on(one) for one in found],
        )
        known = [
            bool(one.value) and self.is_drawn(row) for row, one in zip(rows, found, strict=True)
        ]
        joint = self._joint(rows, risks, known, (draws, spread)) if draws and self.n_left else None
        return Multiverse(table, tuple(self.choices), "ratio", verdict, possible, joint)

    def _estimate(self, row: Row, risk: RiskSets) -> Estimate:
        """One analysis, of independent customers."""
        x = self.covariate(row)
        if not np.ptp(x) > 0:
            return Estimate(self.primary.name, None, null=1.0)
        ties = "efron" if row["model"] == COX else "breslow"
        return ratio_of(risk, x[:, None], name=self.primary.name, ties=ties)

    def _spread(self, first: Estimate) -> float:
        """How much wider intervals are than those of independent customers; never less."""
        if not (self.clustered and self.primary.std_error and first.std_error):
            return 1.0
        own, plain = (math.log(one.ci_high / one.ci_low) for one in (self.primary, first))
        return max(own / plain, 1.0)

    def _joint(
        self,
        rows: Sequence[Row],
        risks: Sequence[RiskSets],
        known: Sequence[bool],
        wanted: tuple[int, float],
    ) -> JointTest | None:
        """The joint test of the analyses that have a number."""
        draws, spread = wanted
        keys = {self.drawn_alike(rows[i]): rows[i] for i in np.flatnonzero(known)}
        redrawn = [self.redrawn(row) for row in keys.values()]
        totals = dict(zip(keys, drawn_totals(redrawn, self.n_left, draws=draws), strict=True))
        place = {name: i for i, name in enumerate(FOLLOW_UP)}
        observed, drawn = [], []
        for i in np.flatnonzero(known):
            row, risk = rows[i], risks[i]
            x = self.covariate(row)
            slope = slope_of(risk, x)
            observed.append(slope.at((risk.observed @ x).sum()))
            drawn.append(slope.at(totals[self.drawn_alike(row)][:, place[row["follow-up"]]]))
        if not observed:
            return None
        both = (np.array(observed).T, np.array(drawn).transpose(1, 2, 0))
        return joint_test(*(tuple(one) for one in both), spread=spread)


def follow_up_days(row: Row) -> float:
    """How long customers are followed in an analysis, days."""
    return FOLLOW_UP[row["follow-up"]] * DAYS_PER_MONTH


def widened(estimate: Estimate, spread: float) -> Estimate:
    """An estimate of a ratio with an interval so many times as wide, on the log scale."""
    if spread == 1.0 or not estimate.value or estimate.ci_low is None:
        return estimate
    low, high = (
        estimate.value * (end / estimate.value) ** spread
        for end in (estimate.ci_low, estimate.ci_high)
    )
    error = None if estimate.std_error is None else estimate.std_error * spread
    return replace(estimate, ci_low=low, ci_high=high, std_error=error)
