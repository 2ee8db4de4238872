"""Chances to be kept, from rates that several things multiply at once: results, moods, bands…"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from csresearch.survival.aliasing import independent_columns
from csresearch.survival.kept import RUNAWAY, YEAR_DAYS
from csresearch.survival.poisson import poisson_regression

LEAST_A_BIN = 5  # departures


@dataclass(frozen=True, eq=False)
class TogetherModel:
    """Rates constant within bins of tenure, multiplied by a factor for each level of each column.

    Parameters
    ----------
    bins : DataFrame
        ``after_day, up_to_day`` and ``rate`` at the reference of every column.
    factors : dict
        Coefficient of each (column, level) other than the references; levels merged into another
        have its coefficient.
    coef, covariance : float arrays, shape (p,) and (p, p)
        Log rates of the bins first.
    columns : tuple of str
    """

    bins: pd.DataFrame
    factors: dict[tuple[str, Hashable], int]
    coef: np.ndarray
    covariance: np.ndarray
    columns: tuple[str, ...]

    def chances(
        self, customers: pd.DataFrame, states: Sequence[tuple], *, days: float = YEAR_DAYS
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return each row's chance to be kept for so many days, and its slopes.

        Parameters
        ----------
        customers : DataFrame
            With ``tenure_days``.
        states : sequence of tuples
            A level for each of the columns, for each row.
        days : float

        Returns
        -------
        (array, array)
            Chances, shape (n,), and their slopes in the coefficients, shape (n, p).
        """
        tenure = customers["tenure_days"].to_numpy(float)[:, None]
        after, up_to = (self.bins[name].to_numpy(float) for name in ("after_day", "up_to_day"))
        lived = np.minimum(tenure + days, up_to) - np.maximum(tenure, after)
        design = self.design(states)
        rates = np.exp(self.coef[: len(after)])
        factor = np.exp(design @ self.coef[len(after) :])
        hazards = np.maximum(lived, 0.0) * rates * factor[:, None]
        total = hazards.sum(axis=1)
        chance = np.exp(-total)
        return chance, -chance[:, None] * np.hstack([hazards, design * total[:, None]])

    def design(self, states: Sequence[tuple]) -> np.ndarray:
        """Return which factors each state has, shape (n, factors)."""
        first, out = len(self.bins), np.zeros((len(states), len(self.coef) - len(self.bins)))
        known = pd.DataFrame(list(states), columns=list(self.columns), dtype=object)
        for (name, level), place in self.factors.items():
            out[(known[name] == level).to_numpy(), place - first] = 1.0
        return out


def fit_together(split: pd.DataFrame, references: Mapping[str, Hashable]) -> TogetherModel:
    """At which rate do customers leave at each tenure, and what multiplies it?

    Parameters
    ----------
    split : DataFrame
        Events and exposure per ``[*references, after_day, up_to_day]`` (`split_exposure`).
    references : mapping
        Each column and its level without a factor.

    Returns
    -------
    TogetherModel
        A level that has no finite factor (nobody or everybody left in it), or that the others
        make up, goes with the reference; bins in which fewer than 5 left are joined.

    Raises
    ------
    ValueError
        If nobody left.

    Notes
    -----
    Poisson regression with a log-exposure offset, main effects only, as R's ``glm(d ~ bin +
    result + mood + band + offset(log(t)), poisson)``. `fit_kept` has one state and rates of their
    own for every stratum instead: no assumption that factors multiply, but many more numbers.
    """
    columns = list(references)
    frame = split[split["exposure"] > 0].reset_index(drop=True)
    if not frame["observed"].sum() > 0:
        raise ValueError("nobody left: there is no rate to estimate")
    bins, place = _bins(frame)
    levels = [
        (name, level)
        for name in columns
        for level in sorted(frame[name].unique(), key=str)
        if level != references[name] and _told(frame, name, level)
    ]
    levels, design = _apart(frame, levels, np.eye(len(bins))[place])
    fit = poisson_regression(frame["observed"], frame["exposure"], design)
    coef = fit.coef
    kept = [pair for pair, b in zip(levels, coef[len(bins) :], strict=True) if abs(b) < RUNAWAY]
    if len(kept) < len(levels):
        lost = {name: [lev for n, lev in set(levels) - set(kept) if n == name] for name in columns}
        merged = {n: frame[n].where(~frame[n].isin(lost[n]), references[n]) for n in columns}
        return fit_together(frame.assign(**merged), references)
    return TogetherModel(
        bins=bins.assign(rate=np.exp(coef[: len(bins)])),
        factors={pair: len(bins) + i for i, pair in enumerate(levels)},
        coef=coef,
        covariance=fit.covariance,
        columns=tuple(columns),
    )


def clustered(model: TogetherModel, split: pd.DataFrame, group: str) -> TogetherModel:
    """The model with a covariance that holds when the customers of a group share fate.

    Parameters
    ----------
    model : TogetherModel
        As fitted: its covariance is the inverse information.
    split : DataFrame
        The rows it was fitted to, by hashed group of customers too.
    group : str
        That column.

    Returns
    -------
    TogetherModel
        The same coefficients, another covariance.

    Raises
    ------
    ValueError
        With fewer than two groups.

    Notes
    -----
    The sandwich: scores summed within groups, G / (G − 1), as R's ``sandwich::vcovCL`` of type
    HC0 with its cluster adjustment.
    """
    frame = split[split["exposure"] > 0]
    code, groups = pd.factorize(frame[group], sort=True)
    g, n_bins = len(groups), len(model.bins)
    if g < 2:
        raise ValueError(f"at least two groups are needed, got {g}")
    place = np.searchsorted(model.bins["after_day"], frame["after_day"], side="right") - 1
    log_rate, held = model.coef[place], {}
    for (name, level), factor in model.factors.items():
        held[factor] = (frame[name] == level).to_numpy()
        log_rate = log_rate + model.coef[factor] * held[factor]
    surplus = (frame["observed"] - np.exp(log_rate) * frame["exposure"]).to_numpy(float)
    scores = np.zeros((g, len(model.coef)))
    scores[:, :n_bins] = np.bincount(code * n_bins + place, surplus, g * n_bins).reshape(g, n_bins)
    for factor, there in held.items():
        scores[:, factor] = np.bincount(code, surplus * there, g)
    bread = model.covariance
    return replace(model, covariance=g / (g - 1) * bread @ (scores.T @ scores) @ bread)


def _told(frame: pd.DataFrame, name: str, level: Hashable) -> bool:
    """Whether somebody left at the level, and somebody at another."""
    here = frame[name] == level
    return bool(0 < frame.loc[here, "observed"].sum() < frame["observed"].sum())


def _apart(
    frame: pd.DataFrame, levels: list[tuple], design: np.ndarray
) -> tuple[list[tuple], np.ndarray]:
    """The levels that the bins and the levels before them do not make up, and the design."""
    held = [(frame[name] == level).to_numpy(float) for name, level in levels]
    more = np.column_stack([design, *held])
    known = independent_columns(more.T @ more)
    apart = known[design.shape[1] :]
    return [pair for pair, one in zip(levels, apart, strict=True) if one], more[:, known]


def _bins(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Bins of tenure with enough departures, and the number of each row's bin.

    Neighbours are joined until enough left; what remains at the end joins the last one.
    """
    sums = frame.groupby(["after_day", "up_to_day"], as_index=False)["observed"].sum()
    number, left, bins = np.zeros(len(sums), dtype=int), 0.0, 0
    for row, observed in enumerate(sums["observed"]):
        number[row], left = bins, left + observed
        if left >= LEAST_A_BIN and sums["observed"][row + 1 :].sum() >= LEAST_A_BIN:
            bins, left = bins + 1, 0.0
    after = sums["after_day"].groupby(number).min().to_numpy()
    after[0] = 0.0
    bins = pd.DataFrame({"after_day": after, "up_to_day": [*after[1:], np.inf]})
    row = frame.merge(sums.assign(bin=number), on=["after_day", "up_to_day"], how="left")
    return bins, row["bin"].to_numpy()
