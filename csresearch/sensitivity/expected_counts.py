"""Expected counts by state when both states churn alike: the machinery of the no-effect benchmarks.

Counts are carried forward over the days of tenure with pooled hazards of churn and of leaving
observation and the hazard of a first result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csresearch.events import EventTable
from csresearch.sensitivity.day_by_day import carried, tomorrow_from
from csresearch.sensitivity.naive import STATES, plain_ratios


@dataclass(frozen=True, eq=False)
class Grid:
    """Counts by state (without, with), day and stratum.

    Parameters
    ----------
    day : array, shape (D,)
    entered, at_risk, observed, censored : arrays, shape (2, D, S)
        ``entered``: first seen in that state, those who change into it aside.
    moved : array, shape (D, S)
        First results.
    """

    day: np.ndarray
    entered: np.ndarray
    at_risk: np.ndarray
    observed: np.ndarray
    censored: np.ndarray
    moved: np.ndarray


def grid_of(table: EventTable, strata: Sequence[str]) -> Grid:
    """How many were in each state on each day, as arrays?

    Parameters
    ----------
    table : EventTable
        By the strata and "state", with levels "without" and "with".
    strata : sequence of str

    Returns
    -------
    Grid
        Days and strata in order; strata that never meet a day hold zeros there.

    Raises
    ------
    ValueError
        When there are other states, or customers lose the state again.
    """
    table = table.total([*strata, "state"])
    counts, (number, known) = table.counts, table.numbers("state")
    other = sorted(set(known) - set(STATES), key=str)
    if other:
        raise ValueError(f"'state' must hold the levels {STATES}, got also {other}")
    state = (known == STATES[1]).astype(int)[number]
    if counts["moved"].to_numpy()[state == 1].any():
        raise ValueError("a result must stay with the customer, got moves out of state 'with'")
    (row, day), stratum = table.numbers("day"), table.cells(strata)
    shape = (2, len(day), stratum.max(initial=0) + 1)
    grids = {}
    for column in ("entrance", "observed", "censored", "moved"):
        grids[column] = np.zeros(shape)
        grids[column][state, row, stratum] = counts[column].to_numpy(float)
    entered, observed, censored, moved = grids.values()
    net = entered - observed - censored - moved
    entered[1] -= moved[0]  # only those who are first seen with a result
    at_risk = np.cumsum(net, axis=1) - net
    return Grid(day.astype(float), entered, at_risk, observed, censored, moved[0])


Hazards = tuple[np.ndarray, np.ndarray, np.ndarray]


def _stages(grid: Grid) -> list[tuple[np.ndarray, np.ndarray]]:
    """How many could and how many did: churn, then leave observation, then get a result."""
    n, churned, censored = (x.sum(axis=0) for x in (grid.at_risk, grid.observed, grid.censored))
    without = grid.at_risk[0] - grid.observed[0] - grid.censored[0]
    return [(n, churned), (n - churned, censored), (without, grid.moved)]


def _share(could: np.ndarray, did: np.ndarray) -> np.ndarray:
    return np.divide(did, could, out=np.zeros(np.broadcast(could, did).shape), where=could > 0)


def hazards_of(grid: Grid) -> Hazards:
    """Which daily hazards did both states together show?

    Parameters
    ----------
    grid : Grid

    Returns
    -------
    tuple of array
        Churn, censoring and result hazard, each of shape (D, S, 1); the last of those without.
    """
    return tuple(_share(could, did)[..., None] for could, did in _stages(grid))


def hazard_variances(grid: Grid) -> np.ndarray:
    """How far may each daily hazard be off by chance? Binomial variances, (3, D, S).

    Parameters
    ----------
    grid : Grid

    Returns
    -------
    array
        Of the churn, censoring and result hazards; 0 where nobody could.
    """
    shares = [(could, np.clip(_share(could, did), 0, 1)) for could, did in _stages(grid)]
    return np.stack([_share(could, share * (1 - share)) for could, share in shares])


def redrawn(grid: Grid, rng: np.random.Generator, draws: int) -> Hazards:
    """Which daily hazards would be seen had chance fallen otherwise?

    Parameters
    ----------
    grid : Grid
    rng : Generator
    draws : int

    Returns
    -------
    tuple of array
        As `hazards_of`, of shape (D, S, draws).
    """
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


def ratios(grid: Grid, hazards: Hazards, ignore_entry: bool) -> dict[str, np.ndarray]:
    """What would each naive ratio be at these hazards, the same in both states?

    Parameters
    ----------
    grid : Grid
        Who enters when.
    hazards : tuple of array
        As `hazards_of`; the last axis (B) holds draws.
    ignore_entry : bool
        Count customers observed late as there from day 0.

    Returns
    -------
    dict of str to array
        By the names of `naive_ratios`, shape (B,).
    """
    expected, churned, removed = forward(grid, hazards)
    at_risk = everyone_at_risk(removed) if ignore_entry else seen_at_risk(expected, hazards)
    return plain_ratios(grid.day, at_risk, churned)


def everyone_at_risk(removed: np.ndarray) -> np.ndarray:
    """How many are at risk if everybody is seen from day 0?

    Parameters
    ----------
    removed : array, shape (D, 2, B)
        Churned or censored by day and state at the end.

    Returns
    -------
    array, shape (D, 2, B)
        At risk by day and state at the end.
    """
    return np.cumsum(removed[::-1], axis=0)[::-1]


def seen_at_risk(expected: np.ndarray, hazards: Hazards) -> np.ndarray:
    """How many are at risk by their state at the end, rather than by their state now?

    Parameters
    ----------
    expected : array, shape (D, 2, S, B)
        At risk by day and state now.
    hazards : tuple of array
        As `hazards_of`.

    Returns
    -------
    array, shape (D, 2, B)
        At risk by day and state at the end.
    """
    never = (expected[:, 0] * stay_without(hazards)).sum(axis=1)
    return np.stack([never, expected.sum(axis=(1, 2)) - never], axis=1)


def forward(grid: Grid, hazards: Hazards) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many are expected in each state, day by day, at these hazards?

    Parameters
    ----------
    grid : Grid
        Who enters when.
    hazards : tuple of array
        As `hazards_of`; the last axis (B) holds draws.

    Returns
    -------
    tuple of array
        At risk, shape (D, 2, S, B); churned, and churned or censored, over strata, (D, 2, B).
    """
    churn, censoring, result = hazards
    stays = (1 - churn) * (1 - censoring)
    entered = grid.entered[..., None]
    never = tomorrow_from(stays * (1 - result), entered[0])
    ever = tomorrow_from(stays, stays * result * never + entered[1])
    expected = np.stack([never, ever], axis=1)
    churned = (expected * churn[:, None]).sum(axis=2)
    return expected, churned, (expected * (1 - stays[:, None])).sum(axis=2)


def stay_without(hazards: Hazards) -> np.ndarray:
    """How likely does someone without a result on a day leave before getting one?

    Parameters
    ----------
    hazards : tuple of array
        As `hazards_of`.

    Returns
    -------
    array, shape (D, S, B)
        The chance, by day and stratum.
    """
    churn, censoring, result = hazards
    stays = (1 - churn) * (1 - censoring)
    return 1 - carried((stays * (1 - result))[::-1], (stays * result)[::-1])[::-1]
