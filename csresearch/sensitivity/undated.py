"""The no-effect benchmark where results are known only as yes or no."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.sensitivity.expected_counts import (
    Grid,
    Hazards,
    forward,
    grid_of,
    hazards_of,
    ratios,
    redrawn,
)
from csresearch.sensitivity.naive import STATES, log_spread

STEPS = 30  # halvings of the logarithm of the result rate
RATES = (1e-8, 10.0)  # results per day between which the rate is looked for


def undated_benchmark(
    table: EventTable, *, draws: int = 40, seed: int = 1, confidence_level: float = 0.95
) -> dict[str, Estimate]:
    """What would each naive ratio be if results did nothing and came at a steady rate?

    Parameters
    ----------
    table : EventTable
        By "state", fixed groups: "with" for whoever ever had a result.
    draws, seed : int
        Of the interval: the daily rates of leaving are redrawn binomially.
    confidence_level : float

    Returns
    -------
    dict of str to Estimate
        Named as in `naive_ratios`, role "no_effect"; no values where all or none had a result.

    Notes
    -----
    Without dates the pace of first results is unknown. The one steady rate is taken at which as
    many customers would ever get a result as did, given the company's own churn and follow-up;
    with constant churn and full follow-up that is 1 + 1 ÷ (1 − p) for the churn-rate ratio.
    """
    everyone = table.total().counts.assign(state=STATES[0])
    grid = grid_of(EventTable(everyone, ("state",)), ())
    entered = table.counts.groupby("state")["entrance"].sum()
    share = float(entered.get(STATES[1], 0) / entered.sum())
    rng = np.random.default_rng(seed)
    point = _at_share(grid, hazards_of(grid), share)
    spread = _at_share(grid, redrawn(grid, rng, draws), share)
    z = -ndtri((1 - confidence_level) / 2)
    found = {}
    for name, (value,) in point.items():
        error = log_spread(spread[name])
        ends = value * np.exp([-z * error, z * error])
        found[name] = Estimate(
            name, value, *ends, confidence_level, error, role="no_effect", null=1.0
        )
    return found


def _at_share(grid: Grid, hazards: Hazards, share: float) -> dict[str, np.ndarray]:
    """Naive ratios at the steady result rate that gives this share of customers a result."""
    churn, censoring, _ = hazards
    if not 0 < share < 1:
        nothing = ratios(grid, hazards, False)
        return {name: np.full(churn.shape[2], np.nan) for name in nothing}
    gap = np.diff(grid.day, prepend=grid.day[:1])[:, None, None]

    def with_rate(log_rate: np.ndarray) -> Hazards:
        return churn, censoring, 1 - np.exp(-np.exp(log_rate) * gap)

    low, high = (np.full(churn.shape[2], np.log(rate)) for rate in RATES)
    for _ in range(STEPS):
        middle = (low + high) / 2
        removed = forward(grid, with_rate(middle))[2].sum(axis=0)
        too_many = removed[1] / removed.sum(axis=0) > share
        low, high = np.where(too_many, low, middle), np.where(too_many, middle, high)
    return ratios(grid, with_rate((low + high) / 2), False)
