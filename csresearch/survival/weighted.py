"""Survival weighted by revenue: the same curves and ratios per unit of money, not per customer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from csresearch.events import COUNTS, EventTable, risk_sets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.designs import level_design
from csresearch.survival.intervals import Interval
from csresearch.survival.jackknife import jackknife_interval

GROUPS = 64  # more are folded; enough for the error to be known within a tenth


def weighted_table(
    episodes: pd.DataFrame,
    *,
    start: str,
    stop: str,
    event: str,
    weight: str,
    by: Sequence[str] = (),
) -> EventTable:
    """Sum the weights of start–stop rows instead of counting them.

    Parameters
    ----------
    episodes : DataFrame
    start, stop, event, weight : str
        Columns; the weight is the customer's revenue.
    by : sequence of str

    Returns
    -------
    EventTable
        Its counts are sums of weights.

    Raises
    ------
    ValueError
        If an interval does not end after it starts, or a weight is missing or negative.
    """
    w = episodes[weight].to_numpy(float)
    if not (w >= 0).all():
        raise ValueError(f"{weight!r} must not be negative or missing")
    bad = ~(episodes[stop] > episodes[start])
    if bad.any():
        raise ValueError(f"{bad.sum()} intervals do not end after they start")
    happened, cells = episodes[event].astype(bool).to_numpy(), episodes[list(by)]
    starts = cells.assign(day=episodes[start].astype(float), entrance=w)
    stops = cells.assign(
        day=episodes[stop].astype(float), observed=w * happened, censored=w * ~happened
    )
    both = pd.concat([starts, stops], ignore_index=True).reindex(columns=[*by, "day", *COUNTS])
    return EventTable.from_counts(both.fillna(dict.fromkeys(COUNTS, 0.0)), by)


def weighted_survival(
    table: EventTable, group: str, day: float, *, confidence_level: float = 0.95
) -> Interval:
    """What share of revenue is still there on a day, if nobody's changes before they leave?

    Parameters
    ----------
    table : EventTable
        Of weights (`weighted_table`), by hashed group of customers; other columns are taken
        together.
    group : str
        That column.
    day : float
    confidence_level : float

    Returns
    -------
    Interval
        Gross revenue retention by Kaplan–Meier; None beyond the last day anybody was at risk.

    Raises
    ------
    ValueError
        With fewer than two groups.

    Notes
    -----
    R's ``survfit(weights =)`` with limits of a delete-a-group jackknife on the scale log(−log S)
    (tests/oracles/revenue.json); with one customer a group close to R's robust error.
    """
    days, net, events = _by_day(table, group)
    at_risk = np.cumsum(net, axis=1) - net
    inside = days <= day
    total_n, total_d = at_risk.sum(axis=0), events.sum(axis=0)
    if not (total_n[days >= day] > 1e-9 * total_n.max()).any():
        return Interval(None, confidence_level=confidence_level)
    value = float(_product_limit(total_n[inside], total_d[inside]))
    without = _product_limit((total_n - at_risk)[:, inside], (total_d - events)[:, inside])
    if not (0 < value < 1 and ((without > 0) & (without < 1)).all()):
        return Interval(value, confidence_level=confidence_level)
    g, turned = len(without), np.log(-np.log(without))
    error = float(np.sqrt((g - 1) / g * ((turned - turned.mean()) ** 2).sum()))
    reach = float(stdtrit(g - 1, 0.5 + confidence_level / 2)) * error
    low, high = (float(value ** np.exp(side * reach)) for side in (1, -1))
    return Interval(value, low, high, error * value * -np.log(value), confidence_level)


def weighted_hazard_ratio(
    table: EventTable,
    level: str,
    *,
    reference: Hashable,
    group: str,
    strata: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> Interval:
    """By what factor does a state multiply the rate at which revenue is lost, at the same tenure?

    Parameters
    ----------
    table : EventTable
        Of weights (`weighted_table`), by the strata, the level and the hashed group.
    level : str
        Column with the two states.
    reference : hashable
    group : str
    strata : sequence of str
    confidence_level : float

    Returns
    -------
    Interval
        A ratio; None without information.

    Raises
    ------
    ValueError
        With fewer than two groups, or not two states.

    Notes
    -----
    R's ``coxph(weights =, ties = "breslow")`` (tests/oracles/revenue.json): Efron's ties would
    need the number of customers who leave on a day, which sums of weights do not tell. Limits
    from a delete-a-group jackknife of the log ratio, groups folded to 64.
    """
    counts = table.total([*strata, level, group]).counts
    fold = pd.factorize(counts[group], sort=True)[0] % GROUPS

    def log_ratio(rows: np.ndarray) -> float:
        risk = risk_sets(EventTable(counts[rows], (*strata, level, group)), level, strata)
        if len(risk.levels) != 2:
            return float("nan")
        design = level_design(risk.levels, names=[level], reference=[reference])
        return float(cox_partial_likelihood(risk, design, ties="breslow").coef[0])

    levels = sorted(counts[level].unique().tolist(), key=str)
    if len(levels) != 2 or reference not in levels:
        raise ValueError(f"{level!r} must have two states, {reference!r} among them, got {levels}")
    value = float(np.exp(log_ratio(np.ones(len(counts), dtype=bool))))
    without = np.exp([log_ratio(fold != g) for g in np.unique(fold)])
    return jackknife_interval(value, without, scale="ratio", confidence_level=confidence_level)


def _by_day(table: EventTable, group: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days, and the net change and the events on each of them in each group, (groups, days)."""
    counts = table.total([group]).counts
    code, groups = pd.factorize(counts[group], sort=True)
    if len(groups) < 2:
        raise ValueError(f"at least two groups are needed, got {len(groups)}")
    days, place = np.unique(counts["day"].to_numpy(float), return_inverse=True)
    net, events = np.zeros((2, len(groups), len(days)))
    gone = counts["observed"] + counts["censored"] + counts["moved"]
    np.add.at(net, (code, place), (counts["entrance"] - gone).to_numpy(float))
    np.add.at(events, (code, place), counts["observed"].to_numpy(float))
    return days, net, events


def _product_limit(at_risk: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Kaplan–Meier's chance to stay through all days, over the last axis."""
    some = events > 1e-9 * at_risk.max(initial=0.0)  # differences of sums leave crumbs
    share = np.divide(events, at_risk, out=np.zeros_like(events), where=some)
    return np.prod(1 - np.minimum(share, 1.0), axis=-1)
