"""Graf's Brier score: customers lost from sight weighted in through those still followed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np

from csresearch.events import EventTable


def weighted_brier_score(
    table: EventTable, by: str, forecast: Mapping[Hashable, float], *, horizon_days: float
) -> float:
    """How far are the forecasts from what happened, one censoring curve for all customers?

    Parameters
    ----------
    table : EventTable
        Everybody followed from the start.
    by : str
        Column of ``table.by`` with the forecast's groups.
    forecast : mapping of group to float
        The chance of leaving by the horizon told for each group.
    horizon_days : float

    Returns
    -------
    float
        Graf's score at the horizon; ``nan`` if nobody is followed that long.

    Raises
    ------
    ValueError
        If a group has no forecast, or customers enter late (their weights are not identified).

    Notes
    -----
    Who left on day t counts 1 ÷ G(t−) times, who is there after the horizon 1 ÷ G(horizon) times,
    G being Kaplan–Meier's curve of not being censored, leavers of a day going first. Equals
    scikit-survival's ``brier_score`` (tests/oracles/forecasts.json) on days without ties, where
    that takes G(t). Beside `brier_score`, which weights within groups, it shows how much the
    score rests on censoring being alike in all groups.
    """
    counts = table.total([by]).counts
    absent = sorted(set(counts[by]) - set(forecast), key=str)
    if absent:
        raise ValueError(f"every group of {by!r} needs a forecast, got none for {absent}")
    if (counts["entrance"] > 0)[counts["day"] > 0].any() or counts["moved"].any():
        raise ValueError(
            "customers who enter late or change groups cannot be weighted by one curve"
        )
    day, at_risk, observed, lost = (
        table.total().at_risk()[name].to_numpy(float)
        for name in ("day", "at_risk", "observed", "censored")
    )
    left = at_risk - observed
    followed = np.cumprod(1 - np.divide(lost, left, out=np.zeros(len(day)), where=left > 0))
    before = dict(zip(day, np.append(1.0, followed[:-1]), strict=True))
    upto = followed[day <= horizon_days]
    at_horizon = float(upto[-1]) if len(upto) else 1.0
    if at_horizon <= 0:
        return float("nan")
    told = counts[by].map(forecast).to_numpy(float)
    early = (counts["day"] <= horizon_days).to_numpy()
    gone = (counts["observed"] * (1 - told) ** 2 / counts["day"].map(before))[early].sum()
    ends = (counts["observed"] + counts["censored"]).to_numpy(float)
    stayed = (ends * told**2)[~early].sum() / at_horizon
    return float((gone + stayed) / counts["entrance"].sum())
