"""Delete-a-group jackknife: standard errors when customers share fate (claims.md, trap 15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import ibis
import numpy as np

from csresearch.company.engines import dialect_of, md5_hex
from csresearch.findings.estimates import Estimate
from csresearch.survival.jackknife import jackknife_interval

GROUP = "cluster_group"
GROUPS = 64  # of the jackknife; enough for its error to be known within a tenth


def with_groups(lives: ibis.Table) -> ibis.Table:
    """Lives with a ``cluster_group``: parents hashed to 256 groups, by MD5.

    MD5 because every engine has it and answers alike. A customer without a parent is a parent.
    """
    parent = ibis.coalesce(lives["parent_id"].cast("string"), lives["customer_id"].cast("string"))
    return lives.mutate(**{GROUP: md5_hex(parent, dialect_of(lives)).substr(0, 2)})


def jackknifed(
    estimate: Estimate, groups: np.ndarray, statistic: Callable[[np.ndarray], float | None]
) -> Estimate:
    """The estimate with an interval that holds when the customers of a group share fate.

    Parameters
    ----------
    estimate : Estimate
        From all customers: a share (its interval is made on the logit scale), a correlation or a
        difference.
    groups : array of str
        The hashed group of each counted row.
    statistic : callable
        Takes a mask of the rows to keep and gives the same number.

    Returns
    -------
    Estimate
        Unchanged where there is no number, or fewer than two groups.

    Notes
    -----
    Variance (G − 1) / G · Σ (θ₋g − mean)² with G at most 64, and a t quantile on G − 1.
    """
    if estimate.value is None:
        return estimate
    return jackknifed_from(estimate, [statistic(keep) for keep in without_each(groups)])


def without_each(groups: np.ndarray) -> list[np.ndarray]:
    """For each group of the jackknife, which rows are kept without it; none where there is one."""
    number = group_numbers(groups)
    numbers = np.unique(number)
    return [number != g for g in numbers] if len(numbers) > 1 else []


def group_numbers(groups: np.ndarray) -> np.ndarray:
    """The number of each row's group in the jackknife: at most 64 of them."""
    return np.unique(groups, return_inverse=True)[1] % GROUPS


def jackknifed_from(estimate: Estimate, found: Sequence[float | None]) -> Estimate:
    """The same from the numbers found without each group, in the order of `without_each`.

    Without limits where a group's absence leaves nothing to find: what it does is not known.
    """
    if estimate.value is None or len(found) < 2:
        return estimate
    without = np.array([np.nan if value is None else value for value in found], dtype=float)
    scale = "share" if estimate.scale == "share" else "difference"
    if scale == "share":
        if not 0 < estimate.value < 1:
            return estimate
        if ((without <= 0) | (without >= 1)).any():  # there the logit has no end
            scale = "difference"
    level = estimate.confidence_level
    one = jackknife_interval(estimate.value, without, scale=scale, confidence_level=level)
    ends = (one.ci_low, one.ci_high)
    if estimate.scale == "share" and None not in ends:
        ends = tuple(float(np.clip(end, 0.0, 1.0)) for end in ends)
    return replace(estimate, ci_low=ends[0], ci_high=ends[1], std_error=one.std_error)


def or_none(make: Callable[[], Any]) -> Any:
    """What a statistic finds, or None where too few are left to find anything."""
    try:
        return make()
    except ValueError:
        return None
