"""What if? Expected customers and revenue kept, standardised over the company's own customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from csresearch.survival.intervals import Interval, normal_quantile, wald_interval
from csresearch.survival.kept import YEAR_DAYS, KeptModel
from csresearch.survival.limits import logit_interval


@dataclass(frozen=True, eq=False)
class Scenarios:
    """What is expected to be kept under each scenario.

    Parameters
    ----------
    frame : DataFrame
        One row per scenario, in the order given: ``scenario, kept, ci_low, ci_high, share,
        difference, difference_ci_low, difference_ci_high, best``. Kept in the unit of the
        weights; the difference is against the first scenario; ``best`` is how often, in draws
        from the estimates' distribution, the scenario keeps the most.
    total : float
        The weights of all rows: what there is to keep.
    days : float
    rankings : DataFrame
        How often each order of the scenarios (best first) came in the draws, columns ``order,
        share``, most frequent first.
    """

    frame: pd.DataFrame
    total: float
    days: float
    rankings: pd.DataFrame

    def kept(self, scenario: str) -> Interval:
        """Return what is kept under one scenario."""
        row = self.frame.set_index("scenario").loc[scenario]
        return Interval(float(row["kept"]), float(row["ci_low"]), float(row["ci_high"]))


def expected_kept(
    model: KeptModel,
    customers: pd.DataFrame,
    scenarios: Mapping[str, ArrayLike],
    *,
    weight: str = "customers",
    days: float = YEAR_DAYS,
    draws: int = 2000,
    seed: int = 0,
    confidence_level: float = 0.95,
) -> Scenarios:
    """How many customers, or how much revenue, would be kept if states were others?

    Parameters
    ----------
    model : KeptModel
    customers : DataFrame
        The company's customers today, grouped: columns ``[*strata, "tenure_days", weight]``.
    scenarios : mapping of str to array, shape (rows,)
        The state of each row in each scenario; put things as they are first.
    weight : str
        Column to be kept: customers, or their revenue.
    days : float
        Over so many days from today on.
    draws, seed : int
        For the ranking only.
    confidence_level : float

    Returns
    -------
    Scenarios
        With differences against the first scenario.

    Raises
    ------
    ValueError
        If there is no scenario, weights are negative, or the model does not know a state.

    Notes
    -----
    g-computation: each row's chance under the scenario's state, averaged over the customers there
    are. It says what would happen if the state's effect were causal and lasted from today on;
    that is an assumption. Delta method on all coefficients together; the customers are taken as
    they are, so that the chance of single customers is not in the interval.
    """
    w = customers[weight].to_numpy(float)
    if not scenarios or not (w >= 0).all() or w.sum() <= 0:
        raise ValueError("a scenario and customers with weights not below 0 are needed")
    level, total = confidence_level, float(w.sum())
    parts = {name: model.chances(customers, s, days=days) for name, s in scenarios.items()}
    kept = np.array([w @ chance for chance, _ in parts.values()])
    slopes = np.array([w @ slope for _, slope in parts.values()])
    error = np.sqrt(np.einsum("ip,pq,iq->i", slopes, model.covariance, slopes))
    gaps = slopes - slopes[0]
    apart = np.sqrt(np.maximum(np.einsum("ip,pq,iq->i", gaps, model.covariance, gaps), 0.0))
    shares = [logit_interval(k / total, e / total, level) for k, e in zip(kept, error, strict=True)]
    differences = [wald_interval(k - kept[0], e, level) for k, e in zip(kept, apart, strict=True)]
    names = list(parts)
    ranked = _ranked(kept, slopes @ _root(model.covariance), draws=draws, seed=seed)
    frame = pd.DataFrame(
        {
            "scenario": names,
            "kept": kept,
            "ci_low": [_times(one.ci_low, total) for one in shares],
            "ci_high": [_times(one.ci_high, total) for one in shares],
            "share": kept / total,
            "difference": kept - kept[0],
            "difference_ci_low": [one.ci_low for one in differences],
            "difference_ci_high": [one.ci_high for one in differences],
            "best": np.bincount(ranked[:, 0], minlength=len(names)) / draws,
        }
    )
    orders = pd.Series([" > ".join(names[i] for i in row) for row in ranked])
    rankings = orders.value_counts(normalize=True).rename_axis("order").rename("share")
    normal_quantile(level)
    return Scenarios(frame, total, float(days), rankings.reset_index())


def _ranked(kept: np.ndarray, spread: np.ndarray, *, draws: int, seed: int) -> np.ndarray:
    """The order of the scenarios, best first, in each draw; the given order among equals."""
    noise = np.random.default_rng(seed).standard_normal((draws, spread.shape[1]))
    return np.argsort(-np.round(kept + noise @ spread.T, 9), axis=1, kind="stable")


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix whose product with its transpose is the covariance."""
    value, vector = np.linalg.eigh(covariance)
    return vector * np.sqrt(np.maximum(value, 0.0))


def _times(share: float | None, total: float) -> float:
    """A share of the total, ``nan`` for a missing one."""
    return float("nan") if share is None else share * total
