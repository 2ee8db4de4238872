"""How far may a no-effect benchmark be off by chance? The delta method, day by day of tenure.

The benchmark is a function of daily hazards, each known up to a binomial error. Its slopes in all
of them come from two sweeps over the days: what one more customer at risk would add to it, and
what a higher hazard takes away.
"""

from __future__ import annotations

import numpy as np

from csresearch.sensitivity.day_by_day import tomorrow_from
from csresearch.sensitivity.expected_counts import (
    Grid,
    everyone_at_risk,
    forward,
    hazard_variances,
    hazards_of,
    seen_at_risk,
    stay_without,
)
from csresearch.sensitivity.naive import HAZARD, NAMES, median_reach, plain_ratios
from csresearch.sensitivity.naive_slopes import log_slopes

MEDIANS = (3, 4)  # of the slopes: log survival at the median, never and ever


def expected_ratios(grid: Grid, ignore_entry: bool) -> dict[str, tuple[float, float]]:
    """What would each naive ratio be if both states churned alike, and how far may that be off?

    Parameters
    ----------
    grid : Grid
    ignore_entry : bool
        As in `ratios`.

    Returns
    -------
    dict of str to (float, float)
        Value and standard error of its logarithm by the names of `naive_ratios`; NaN where there
        is none.
    """
    hazards = hazards_of(grid)
    expected, churned, removed = forward(grid, hazards)
    at_risk = everyone_at_risk(removed) if ignore_entry else seen_at_risk(expected, hazards)
    value = {name: float(x[0]) for name, x in plain_ratios(grid.day, at_risk, churned).items()}
    if not (churned.sum(axis=0) > 0).all():
        return {name: (np.nan, np.nan) for name in value}
    counts = at_risk[..., 0], churned[..., 0]
    by_risk, by_churn = log_slopes(grid.day, *counts, -np.log(value[HAZARD]))
    one = tuple(hazard[..., 0] for hazard in hazards)
    if ignore_entry:
        slopes = _slopes(expected[..., 0], one, by_churn, by_removed=np.cumsum(by_risk, axis=1))
    else:
        slopes = _slopes(expected[..., 0], one, by_churn, by_seen=by_risk)
    variances = hazard_variances(grid)
    spread = np.sqrt((slopes**2 * variances).sum(axis=(1, 2, 3)))
    reach = median_reach(grid.day, *counts, spread[list(MEDIANS)])
    median = reach[1] * slopes[MEDIANS[1]] - reach[0] * slopes[MEDIANS[0]]
    errors = [*spread[:3], np.sqrt((median**2 * variances).sum())]
    return {name: (value[name], float(error)) for name, error in zip(NAMES, errors, strict=True)}


def _slopes(
    expected: np.ndarray,
    hazards: tuple[np.ndarray, np.ndarray, np.ndarray],
    by_churn: np.ndarray,
    *,
    by_removed: np.ndarray | float = 0.0,
    by_seen: np.ndarray | None = None,
) -> np.ndarray:
    """Slopes of K functions in the hazards of churn, censoring and results, (K, 3, D, S).

    ``expected`` is (D, 2, S), the hazards (D, S); the slopes in the day's counts (K, D, 2).
    """
    churn, censoring, result = hazards
    stays = (1 - churn) * (1 - censoring)
    direct = by_churn[..., None] * churn[:, None]
    if by_seen is None:
        by_removed = by_removed[..., None]
        direct = direct + by_removed * (1 - stays[:, None])
    else:
        never, extra = stay_without(hazards), by_seen[..., 0] - by_seen[..., 1]
        direct = direct + by_seen[..., 1, None, None]
        direct[:, :, 0] += extra[..., None] * never
    worth, after = _worth(direct, stays, result)
    lost = ((by_removed - after) * expected).sum(axis=2)
    found = np.stack(
        [
            (by_churn[..., None] * expected).sum(axis=2) + (1 - censoring) * lost,
            (1 - churn) * lost,
            stays * expected[:, 0] * (worth[:, :, 1] - worth[:, :, 0]),
        ],
        axis=1,
    )
    if by_seen is not None:
        found += _through_never(extra[..., None] * expected[:, 0], hazards, never)
    return found


def _worth(
    direct: np.ndarray, stays: np.ndarray, result: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What one more at risk tomorrow adds, and what one who stays today does, (K, D, 2, S)."""
    never, ever = direct.transpose(2, 1, 0, 3)[:, ::-1]  # from the last day back
    stays, result = stays[::-1, None], result[::-1, None]
    ever = tomorrow_from(stays, ever)
    never = tomorrow_from(stays * (1 - result), never + stays * result * ever)
    worth, after = np.stack([never, ever]), np.stack([never + result * (ever - never), ever])
    return tuple(days[:, ::-1].transpose(2, 1, 0, 3) for days in (worth, after))


def _through_never(
    direct: np.ndarray, hazards: tuple[np.ndarray, np.ndarray, np.ndarray], never: np.ndarray
) -> np.ndarray:
    """The slopes through the chance of leaving without a result (`stay_without`)."""
    churn, censoring, result = hazards
    stays = (1 - churn) * (1 - censoring)
    later = np.concatenate([never[1:], np.ones_like(never[:1])])
    kept, by_day = (stays * (1 - result))[:, None], direct.swapaxes(0, 1)
    worth = (by_day + tomorrow_from(kept, kept * by_day)).swapaxes(0, 1)
    ends = worth * (1 - (1 - result) * later)
    return np.stack([(1 - censoring) * ends, (1 - churn) * ends, -worth * stays * later], axis=1)
