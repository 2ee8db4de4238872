"""The true value of an estimate in a world: by formula where there is one, else at large size.

Where no column hides a difference the value is in the world's parameters. Elsewhere (unseen
differences, say) it is what the kit's own estimator gives on a company so large that chance plays
no part; a study against such a value finds bias in small companies, not in the estimator itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from csresearch import claims
from csresearch.company import Company
from csresearch.simulate import draw_truth, simulate
from csresearch.simulate.world import World
from csresearch.truth.cases import CASES, MATURITY, RESULTS, SATISFACTION, Case

LARGE, LARGE_SEED = 200_000, 90_001
FILE = "targets.csv"


@dataclass(frozen=True)
class Targets:
    """What is true in every world: formulas, and values at large size read from a file.

    Parameters
    ----------
    at_large_size : dict of (world, claim) to float
    """

    at_large_size: dict[tuple[str, str], float]

    @classmethod
    def read(cls, folder: Path) -> Targets:
        """Read what `find_targets` wrote; without the file only the formulas."""
        path = folder / FILE
        if not path.is_file():
            return cls({})
        rows = pd.read_csv(path)
        return cls({(row.world, row.claim): float(row.value) for row in rows.itertuples()})

    def of(self, world: World, claim: str, horizon_days: float | None) -> float | None:
        """Return the true value of a claim's primary estimate; None where nobody knows it."""
        exact = by_formula(world, claim, horizon_days)
        return self.at_large_size.get((world.name, claim)) if exact is None else exact


def by_formula(world: World, claim: str, horizon_days: float | None) -> float | None:
    """The value that follows from the world's parameters, if one does."""
    if world.additions:
        return None
    plain = world.frailty_variance == 0 and world.satisfaction_ratio == 1
    if claim == RESULTS and plain:
        return world.lifetime_ratio
    if claim == SATISFACTION and world.satisfaction_ratio == 1 and not world.surveys.leaving_days:
        return 0.0
    if claim == MATURITY and horizon_days is not None:
        return _share_of_churn(world, horizon_days)
    return None


def find_targets(cases: Iterable[Case] = CASES.values()) -> pd.DataFrame:
    """Estimate, on one large company a world, every value without a formula.

    Parameters
    ----------
    cases : iterable of Case
        All of the study by default.

    Returns
    -------
    DataFrame
        Columns world, claim, value, ci_low, ci_high, customers and seed.
    """
    rows = []
    for case in cases:
        if case.same_as is not None:
            continue
        open_claims = [c for c in case.claims if by_formula(case.world, c, 1.0) is None]
        if not open_claims:
            continue
        drawn = simulate(case.world, seed=LARGE_SEED, n_customers=LARGE)
        company = Company.from_frames(**drawn.tables, **drawn.config)
        for claim in open_claims:
            found = claims.get(claim).estimate(company).primary
            if found is not None and found.value is not None:
                row = (case.name, claim, found.value, found.ci_low, found.ci_high)
                rows.append((*row, LARGE, LARGE_SEED))
    names = ["world", "claim", "value", "ci_low", "ci_high", "customers", "seed"]
    return pd.DataFrame(rows, columns=names)


def _share_of_churn(world: World, horizon_days: float) -> float:
    """The low bands' true share of churn by a day."""
    low, everyone = _leaving_days(world)
    gone_low = np.searchsorted(low, horizon_days, side="right")
    return float(gone_low / np.searchsorted(everyone, horizon_days, side="right"))


@cache
def _leaving_days(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Sorted days of leaving, of the low bands and of all; a million customers to the end."""
    drawn = draw_truth(world, 1_000_000, seed=0)
    low = np.array([band.low for band in world.bands])[drawn["band"]]
    days = drawn["leaving_day"].to_numpy()
    return np.sort(days[low]), np.sort(days)
