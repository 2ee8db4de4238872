"""Delete-a-group jackknife: standard errors when customers share fate (claims.md, trap 15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import ibis
import numpy as np

from csresearch.estimates import Estimate
from csresearch.history import History
from csresearch.survival.intervals import normal_quantile

GROUP = "cluster_group"


def with_groups(lives: ibis.Table) -> ibis.Table:
    """Lives with a ``cluster_group``: parents hashed to at most 256 groups, by MD5.

    MD5 because every engine has it and answers alike. A customer without a parent is a parent.
    """
    parent = ibis.coalesce(lives["parent_id"].cast("string"), lives["customer_id"].cast("string"))
    return lives.mutate(**{GROUP: parent.hexdigest("md5").substr(0, 2)})


def clustered(
    history: History, statistic: Callable[[History], Estimate], estimate: Estimate
) -> Estimate:
    """The estimate with an interval that holds when the customers of a group share fate.

    Parameters
    ----------
    history : History
        Counted by ``cluster_group`` too; without it the estimate comes back unchanged.
    statistic : callable
        The same estimate from a history.
    estimate : Estimate
        From the whole history, on a ratio scale (its error is on the log scale) or a plain one.

    Notes
    -----
    Variance (G − 1) / G · Σ (θ₋g − mean)², G groups. Checked against R's
    ``coxph(cluster=)`` and a simulated company with 8 accounts a parent.
    """
    if GROUP not in history.by or estimate.value is None:
        return estimate
    groups = history.frame[GROUP]
    values = np.array(
        [_on_scale(statistic(_without(history, level))) for level in groups.cat.categories]
    )
    values = values[np.isfinite(values)]
    g = len(values)
    if g < 2:
        return estimate
    std_error = float(np.sqrt((g - 1) / g * ((values - values.mean()) ** 2).sum()))
    return _with_error(estimate, std_error)


def _without(history: History, level: str) -> History:
    """The history of everyone outside one group."""
    return History(history.frame[history.frame[GROUP] != level], history.by)


def _on_scale(estimate: Estimate) -> float:
    """The value on the scale its error lives on."""
    if estimate.value is None:
        return np.nan
    return float(np.log(estimate.value)) if estimate.scale == "ratio" else estimate.value


def _with_error(estimate: Estimate, std_error: float) -> Estimate:
    """The same estimate with another standard error and the interval it makes."""
    reach = normal_quantile(estimate.confidence_level) * std_error
    if estimate.scale == "ratio":
        low, high = estimate.value * np.exp(-reach), estimate.value * np.exp(reach)
    else:
        low, high = estimate.value - reach, estimate.value + reach
    return replace(estimate, ci_low=low, ci_high=high, std_error=std_error)
