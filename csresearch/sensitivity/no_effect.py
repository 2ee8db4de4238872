"""What would the naive ratio be if results did nothing?

If results did nothing, customers with and without one would churn at the same rate on the same
day of tenure. The company's own rates of churn, of leaving observation and of first results then
say how many customers would be in each state on each day, and so what the naive comparison of
"ever" with "never" would report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.sensitivity.naive import STATES, log_spread, plain_ratios

CELLS = 4_000_000  # of days × strata × draws held at once


def no_effect_benchmark(
    table: EventTable,
    strata: Sequence[str] = (),
    *,
    ignore_entry: bool = True,
    draws: int = 200,
    seed: int = 1,
    confidence_level: float = 0.95,
) -> dict[str, Estimate]:
    """What would each naive ratio be on this company's data if results did nothing?

    Parameters
    ----------
    table : EventTable
        `by` holds the strata and "state", with levels "without" and "with".
    strata : sequence of str
        Within a stratum everybody leaves at the same rate on the same day.
    ignore_entry : bool
        Count customers observed late as there from day 0, as the plain comparison does
        (``History.ever_table(ignore_entry=True)``); False: only while observed.
    draws, seed : int
        Of the interval: the daily rates are redrawn binomially.
    confidence_level : float

    Returns
    -------
    dict of str to Estimate
        Named as in `naive_ratios`, role "no_effect". None where it cannot be computed.

    Raises
    ------
    ValueError
        When there are other states, or customers lose the state again.

    Notes
    -----
    Expected counts are carried forward over the days with the pooled churn and censoring hazards
    and the result hazard of those without; on a day, churn and censoring come before results.
    With constant rates and full follow-up the churn-rate ratio is 1 + 1 ÷ (1 − p), p the share
    who ever got a result: six at p = 0.8. The interval is the benchmark's own uncertainty
    (normal on the log scale), not the scatter of a naive ratio around it. Efron's ties to first
    order in the share that churns a day. Checked by simulating companies in which results do
    nothing.
    """
    grid = grid_of(table, strata)
    at_once = max(1, CELLS // max(1, grid.at_risk[0].size))
    point = ratios(grid, hazards_of(grid), ignore_entry)
    rng = np.random.default_rng(seed)
    parts = [
        ratios(grid, redrawn(grid, rng, min(at_once, draws - done)), ignore_entry)
        for done in range(0, draws, at_once)
    ]
    z = norm.isf((1 - confidence_level) / 2)
    found = {}
    for name, (value,) in point.items():
        error = log_spread(np.concatenate([part[name] for part in parts])) if parts else np.nan
        ends = value * np.exp([-z * error, z * error])
        found[name] = Estimate(
            name, value, *ends, confidence_level, error, role="no_effect", null=1.0
        )
    return found


@dataclass(frozen=True, eq=False)
class _Grid:
    """Counts by state (without, with), day and stratum: arrays (2, D, S); moves (D, S)."""

    day: np.ndarray
    entered: np.ndarray
    at_risk: np.ndarray
    observed: np.ndarray
    censored: np.ndarray
    moved: np.ndarray


def grid_of(table: EventTable, strata: Sequence[str]) -> _Grid:
    counts = table.total([*strata, "state"]).counts
    other = sorted(set(counts["state"]) - set(STATES), key=str)
    if other:
        raise ValueError(f"'state' must hold the levels {STATES}, got also {other}")
    state = (counts["state"] == STATES[1]).to_numpy().astype(int)
    if counts["moved"].to_numpy()[state == 1].any():
        raise ValueError("a result must stay with the customer, got moves out of state 'with'")
    day, row = np.unique(counts["day"].to_numpy(float), return_inverse=True)
    stratum = _numbers(counts, strata)
    shape = (2, len(day), stratum.max(initial=0) + 1)
    grids = {}
    for column in ("entrance", "observed", "censored", "moved"):
        grids[column] = np.zeros(shape)
        grids[column][state, row, stratum] = counts[column].to_numpy(float)
    entered, observed, censored, moved = grids.values()
    net = entered - observed - censored - moved
    entered[1] -= moved[0]  # only those who are first seen with a result
    at_risk = np.cumsum(net, axis=1) - net
    return _Grid(day, entered, at_risk, observed, censored, moved[0])


def _numbers(counts: pd.DataFrame, strata: Sequence[str]) -> np.ndarray:
    """Stratum number of each row."""
    if not strata:
        return np.zeros(len(counts), dtype=int)
    return counts.groupby(list(strata), sort=True, observed=True).ngroup().to_numpy()


Hazards = tuple[np.ndarray, np.ndarray, np.ndarray]


def _stages(grid: _Grid) -> list[tuple[np.ndarray, np.ndarray]]:
    """How many could and how many did: churn, then leave observation, then get a result."""
    n, churned, censored = (x.sum(axis=0) for x in (grid.at_risk, grid.observed, grid.censored))
    without = grid.at_risk[0] - grid.observed[0] - grid.censored[0]
    return [(n, churned), (n - churned, censored), (without, grid.moved)]


def _share(could: np.ndarray, did: np.ndarray) -> np.ndarray:
    return np.divide(did, could, out=np.zeros(np.broadcast(could, did).shape), where=could > 0)


def hazards_of(grid: _Grid) -> Hazards:
    """Pooled churn and censoring hazard and result hazard, arrays (D, S, 1)."""
    return tuple(_share(could, did)[..., None] for could, did in _stages(grid))


def redrawn(grid: _Grid, rng: np.random.Generator, draws: int) -> Hazards:
    """The same hazards had chance fallen otherwise, arrays (D, S, draws)."""
    return tuple(
        _share(could[..., None], _binomial(rng, could, np.clip(_share(could, did), 0, 1), draws))
        for could, did in _stages(grid)
    )


def _binomial(
    rng: np.random.Generator, trials: np.ndarray, share: np.ndarray, draws: int
) -> np.ndarray:
    """Binomial draws, normal where the spread is at least five (ten times as fast)."""
    spread = np.sqrt(trials * share * (1 - share))[..., None]
    drawn = (trials * share)[..., None] + spread * rng.standard_normal((*trials.shape, draws))
    few = spread[..., 0] < 5
    exact = (few.sum(), draws)
    drawn[few] = rng.binomial(np.rint(trials[few]).astype(int)[:, None], share[few, None], exact)
    return drawn


def ratios(grid: _Grid, hazards: Hazards, ignore_entry: bool) -> dict[str, np.ndarray]:
    """Naive ratios of the expected counts if results did nothing."""
    expected, churned, removed = forward(grid, hazards)
    if ignore_entry:
        at_risk = np.cumsum(removed[::-1], axis=0)[::-1]
    else:
        never = _stay_without(hazards)
        never = (expected[0] * never).sum(axis=1)
        at_risk = np.stack([never, expected.sum(axis=(0, 2)) - never], axis=1)
    return plain_ratios(grid.day, at_risk, churned)


def forward(grid: _Grid, hazards: Hazards) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected at risk (2, D, S, B); churned, and churned or censored, (D, 2, B) over strata."""
    churn, censoring, result = hazards
    days, strata, draws = churn.shape
    expected = np.zeros((2, days, strata, draws))
    churned, removed = np.zeros((2, days, 2, draws))
    state = np.zeros((2, strata, draws))
    for d in range(days):
        expected[:, d] = state
        gone = churn[d] * state
        left = (state - gone) * (1 - censoring[d])
        churned[d], removed[d] = gone.sum(axis=1), (state - left).sum(axis=1)
        moved = result[d] * left[0]
        state = left + grid.entered[:, d, :, None]
        state[0] -= moved
        state[1] += moved
    return expected, churned, removed


def _stay_without(hazards: Hazards) -> np.ndarray:
    """Chance that someone without a result on a day leaves before getting one, (D, S, B)."""
    churn, censoring, result = hazards
    never = np.ones(churn.shape)
    later = np.ones(churn.shape[1:])
    for d in range(len(churn) - 1, -1, -1):
        stays = (1 - churn[d]) * (1 - censoring[d])
        later = 1 - stays * (1 - (1 - result[d]) * later)
        never[d] = later
    return never
