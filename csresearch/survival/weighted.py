"""Survival weighted by revenue: the same curves and ratios per unit of money, not per customer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from csresearch.events import COUNTS, EventTable
from csresearch.numbering import cell_numbers, numbered
from csresearch.risk_sets import RiskSets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.intervals import Interval
from csresearch.survival.jackknife import jackknife_interval
from csresearch.survival.partial_likelihood import PartialLikelihood

GROUPS = 64  # more are folded; enough for the error to be known within a tenth
STEPS = 12  # of Newton's method, from the maximum with everybody to the one without a group


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
    covariate: Callable[[Hashable], float | Sequence[float]],
    *,
    group: str,
    strata: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> Interval:
    """By what factor does a covariate multiply the rate at which revenue is lost, at one tenure?

    Parameters
    ----------
    table : EventTable
        Of weights (`weighted_table`), by the strata, the level and the hashed group.
    level : str
        Column of states, scores or bands.
    covariate : callable
        The covariate of a level; or several, of which the first is asked for.
    group : str
    strata : sequence of str
    confidence_level : float

    Returns
    -------
    Interval
        A ratio; None where the covariate does not vary.

    Raises
    ------
    ValueError
        With fewer than two groups.

    Notes
    -----
    R's ``coxph(weights =, ties = "breslow")`` (tests/oracles/revenue.json): Efron's ties would
    need the number of customers who leave on a day, which sums of weights do not tell. Limits
    from a delete-a-group jackknife of the log ratio, groups folded to 64; without a group the
    maximum is sought from the one with all.
    """
    sets = _WeightedSets(table.total([*strata, level, group]), level, group, strata=strata)
    if len(sets.folds) < 2:
        raise ValueError(f"at least two groups are needed, got {len(sets.folds)}")
    design = np.array([np.atleast_1d(covariate(one)) for one in sets.levels], dtype=float)
    if not len(design) or len(set(design[:, 0])) < 2:
        return Interval(None, confidence_level=confidence_level)
    coef = cox_partial_likelihood(sets.risk(None), design, ties="breslow").coef
    without = [_log_ratio(sets.risk(fold), design, coef) for fold in sets.folds]
    value, others = np.exp(coef[0]), np.exp(without)
    return jackknife_interval(value, others, scale="ratio", confidence_level=confidence_level)


class _WeightedSets:
    """Weight at risk and lost at each day of each stratum, with and without each fold of groups."""

    def __init__(self, table: EventTable, level: str, group: str, *, strata: Sequence[str]):
        counts = table.counts
        self._fold = pd.factorize(counts[group], sort=True)[0] % GROUPS
        self.folds = np.unique(self._fold)
        code, levels = pd.factorize(counts[level], sort=True)
        self.levels = tuple(levels.tolist())
        day, days = numbered(counts["day"].to_numpy())
        cell, cells = numbered(cell_numbers(counts, strata) * max(len(days), 1) + day)
        self._shape = (len(cells), len(levels))
        self._place = cell * max(len(levels), 1) + code
        self._stratum, self._day = cells // max(len(days), 1), days[cells % max(len(days), 1)]
        self._lost = counts["observed"].to_numpy(float)
        gone = counts["observed"] + counts["censored"] + counts["moved"]
        self._net = (counts["entrance"] - gone).to_numpy(float)
        self._all = self._summed(np.ones(len(counts), dtype=bool))

    def _summed(self, rows: np.ndarray) -> np.ndarray:
        """Net change and loss of some rows by cell and level."""
        size, place = self._shape[0] * self._shape[1], self._place[rows]
        both = [np.bincount(place, x[rows], size) for x in (self._net, self._lost)]
        return np.array(both).reshape(2, *self._shape)

    def risk(self, without: int | None) -> RiskSets:
        """The risk sets of everybody, or of everybody but one fold."""
        out = 0.0 if without is None else self._summed(self._fold == without)
        net, lost = self._all - out
        lost = np.where(lost > 1e-9 * lost.max(initial=0.0), lost, 0.0)  # differences leave crumbs
        at_risk = np.maximum(np.cumsum(net, axis=0) - net, lost)
        keep = lost.sum(axis=1) > 0
        return RiskSets(
            self.levels, self._stratum[keep], self._day[keep], at_risk[keep], lost[keep]
        )


def _log_ratio(risk: RiskSets, design: np.ndarray, start: np.ndarray) -> float:
    """The first coefficient: a few of Newton's steps from where it is with everybody."""
    if np.isfinite(start).all():
        likelihood = PartialLikelihood(risk, design, ties="breslow")
        coef = start
        for _ in range(STEPS):
            at = likelihood.derivatives(coef)
            step = np.linalg.lstsq(at.information, at.score, rcond=1e-12)[0]
            coef = coef + step
            if np.abs(likelihood.design @ step).max() < 1e-9:
                return float(coef[0])
    return float(cox_partial_likelihood(risk, design, ties="breslow").coef[0])


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
