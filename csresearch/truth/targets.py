"""The true value of an estimate in a world: by formula where there is one, else at large size.

Where no column hides a difference the value is in the world's parameters. Elsewhere (unseen
differences, say) it is what the kit's own estimator gives on companies so large, and so many, that
chance plays next to no part; a study against such a value finds bias in small companies, not in
the estimator itself.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from csresearch import claims
from csresearch.company import Company
from csresearch.simulate import draw_truth, simulate
from csresearch.simulate.world import World
from csresearch.truth.cases import CASES, MATURITY, RESULTS, SATISFACTION, Case

LARGE, LARGE_SEED = 200_000, 90_001
DRAWS = 10  # one company of this size is itself known to 2 % only where few leave in time (C11)
FILE = "targets.csv"
DRAWN = ["world", "claim", "value", "scale"]
COLUMNS = ["world", "claim", "value", "ci_low", "ci_high", "customers", "companies", "first_seed"]


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


def find_targets(
    names: Iterable[str] = CASES, *, workers: int = 1, customers: int = LARGE
) -> pd.DataFrame:
    """Estimate, on ten large companies a world, every value without a formula.

    Parameters
    ----------
    names : iterable of str
        Of worlds in the study; all of them by default.
    workers : int
        Processes.
    customers : int
        Of each company.

    Returns
    -------
    DataFrame
        Columns world, claim, value (the mean; of logs for a ratio), its 95 % limits by Student's t
        (ci_low, ci_high), customers, companies and first_seed.
    """
    open_claims = {name: _without_formula(CASES[name]) for name in names}
    draws = [
        (name, claim_ids, seed, customers)
        for name, claim_ids in open_claims.items()
        for seed in range(LARGE_SEED, LARGE_SEED + DRAWS)
        if claim_ids
    ]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        drawn = list(pool.map(_large, *zip(*draws, strict=True))) if draws else []
    found = pd.DataFrame([row for rows in drawn for row in rows], columns=DRAWN)
    rows = [
        (*key, *_mean(one), customers, len(one), LARGE_SEED)
        for key, one in found.groupby(["world", "claim"], sort=False)
        if len(one) == DRAWS  # where only some companies show a value, the world has none
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _without_formula(case: Case) -> tuple[str, ...]:
    """The claims whose true value no formula says; none where another world's values hold."""
    if case.same_as is not None:
        return ()
    return tuple(c for c in case.claims if by_formula(case.world, c, 1.0) is None)


def _large(name: str, claim_ids: Sequence[str], seed: int, customers: int) -> list[tuple]:
    """Every claim's estimate on one large company: world, claim, value and scale."""
    drawn = simulate(CASES[name].world, seed=seed, n_customers=customers)
    company = Company.from_frames(**drawn.tables, **drawn.config)
    primaries = ((claim, claims.get(claim).estimate(company).primary) for claim in claim_ids)
    return [
        (name, claim, found.value, found.scale)
        for claim, found in primaries
        if found is not None and found.value is not None
    ]


def _mean(drawn: pd.DataFrame) -> tuple[float, float, float]:
    """The mean over companies and its 95 % limits, on the scale the claim is judged on."""
    ratio = drawn["scale"].iloc[0] == "ratio"
    values = drawn["value"].to_numpy(float)
    on_scale = np.log(values) if ratio else values
    whole = drawn["scale"].iloc[0] == "kinds"  # there is no number of kinds between two
    n, mean = len(values), np.median(on_scale) if whole else on_scale.mean()
    apart = stdtrit(n - 1, 0.975) * on_scale.std(ddof=1) / math.sqrt(n) if n > 1 else math.inf
    ends = np.array([mean, mean - apart, mean + apart])
    return tuple(float(x) for x in (np.exp(ends) if ratio else ends))


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
