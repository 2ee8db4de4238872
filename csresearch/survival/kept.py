"""Chances to be kept for a year from any tenure on, from piecewise rates with one state effect."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from csresearch.survival.poisson import poisson_regression

YEAR_DAYS = 365.25
RUNAWAY = 12.0  # a log rate ratio this far out has no finite maximum


@dataclass(frozen=True, eq=False)
class KeptModel:
    """Rates constant within bins of tenure and strata, multiplied by the state.

    Parameters
    ----------
    rates : DataFrame
        One row per stratum and bin: ``[*strata, after_day, up_to_day, observed, exposure, rate]``
        in the reference state; a rate is 0 where nobody left.
    place : int array, shape (cells,)
        Coefficient of each row's log rate, −1 where the rate is 0.
    effects : dict
        Coefficient of each (modifier level, state) other than the reference.
    coef, covariance : float arrays, shape (p,) and (p, p)
    state : str
    reference : hashable
    strata : tuple of str
    modifier : str or None
        As given to `fit_kept`.
    """

    rates: pd.DataFrame
    place: np.ndarray
    effects: dict[tuple, int]
    coef: np.ndarray
    covariance: np.ndarray
    state: str
    reference: Hashable
    strata: tuple[str, ...]
    modifier: str | None

    def chances(
        self, customers: pd.DataFrame, states: ArrayLike, *, days: float = YEAR_DAYS
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return each row's chance to be kept for so many days in a state, and its slopes.

        Parameters
        ----------
        customers : DataFrame
            Columns ``[*strata, "tenure_days"]``.
        states : array, shape (n,)
            The state of each row over those days.
        days : float

        Returns
        -------
        (array, array)
            Chances, shape (n,), and their slopes in the coefficients, shape (n, p).

        Raises
        ------
        ValueError
            If a state is unknown, or nobody was observed at the tenures needed.
        """
        row, cell, lived = self._lived(customers, days)
        effect = np.array([self._effect(*one) for one in self._who(customers, states)])
        base = np.where(self.place >= 0, np.exp(self.coef[self.place]), 0.0)
        factor = np.where(effect >= 0, np.exp(self.coef[effect]), 1.0)
        hazard = base[cell] * factor[row] * lived
        n = len(customers)
        chance = np.exp(-np.bincount(row, hazard, n))
        slopes = np.zeros((n, len(self.coef)))
        np.add.at(slopes, (row, self.place[cell]), np.where(self.place[cell] >= 0, hazard, 0.0))
        shifted = effect >= 0
        slopes[np.flatnonzero(shifted), effect[shifted]] += np.bincount(row, hazard, n)[shifted]
        return chance, -chance[:, None] * slopes

    def _who(self, customers: pd.DataFrame, states: ArrayLike) -> list[tuple]:
        """Each row's level of the modifier, and its state."""
        own = customers[self.modifier] if self.modifier else [None] * len(customers)
        return list(zip(own, np.asarray(states, dtype=object), strict=True))

    def _effect(self, modifier: Hashable, state: Hashable) -> int:
        """The coefficient of a state, −1 for the reference."""
        if state == self.reference:
            return -1
        if (modifier, state) not in self.effects:
            raise ValueError(
                f"nothing is known of {self.state} {state!r}"
                + (f" for {self.modifier} {modifier!r}" if self.modifier else "")
            )
        return self.effects[modifier, state]

    def _lived(self, customers: pd.DataFrame, days: float) -> tuple[np.ndarray, ...]:
        """Rows, cells of the rates and days spent there between now and then."""
        keys = list(self.strata)
        who = customers[[*keys, "tenure_days"]].reset_index(drop=True)
        who["_row"] = np.arange(len(who))
        cells = self.rates.assign(_cell=np.arange(len(self.rates)))
        both = who.merge(cells, on=keys) if keys else who.merge(cells, how="cross")
        start, stop = both["tenure_days"], both["tenure_days"] + days
        lived = np.minimum(stop, both["up_to_day"]) - np.maximum(start, both["after_day"])
        both = both.assign(_lived=lived.clip(lower=0.0))
        known = np.bincount(both["_row"], both["_lived"], len(who))
        short = known < days * (1 - 1e-9)
        if short.any():
            first = who[short].iloc[0].drop("_row").to_dict()
            raise ValueError(
                f"{short.sum()} rows need rates at tenures nobody was observed at, e.g. {first}"
            )
        return tuple(both[name].to_numpy() for name in ("_row", "_cell", "_lived"))


def fit_kept(
    split: pd.DataFrame,
    state: str,
    *,
    reference: Hashable,
    strata: Sequence[str] = (),
    modifier: str | None = None,
) -> KeptModel:
    """At which rate do customers of each stratum leave at each tenure, and in each state?

    Parameters
    ----------
    split : DataFrame
        Events and exposure per ``[*strata, state, after_day, up_to_day]`` (`split_exposure`).
    state : str
        Column with the time-dependent state.
    reference : hashable
        The state without an effect.
    strata : sequence of str
        Columns with rates of their own in every bin.
    modifier : str, optional
        One of the strata: the state's effect is then another one in each of its levels.

    Returns
    -------
    KeptModel
        Poisson rates with their covariance.

    Raises
    ------
    ValueError
        If the reference is missing, the modifier is no stratum, there are no events, or a state
        has no finite effect (it saw no events, or no others did).

    Notes
    -----
    Poisson regression with a log-exposure offset, as R's ``glm(d ~ cell + state +
    offset(log(t)), poisson)`` (tests/oracles/scenarios.json). Bins of a stratum in which nobody
    left have rate 0.
    """
    strata = tuple(strata)
    if reference not in set(split[state]) or (modifier is not None and modifier not in strata):
        raise ValueError(
            f"{state!r} must hold {reference!r}, and modifier {modifier!r} be a stratum"
        )
    keys = [*strata, "after_day", "up_to_day"]
    cells = split.groupby(keys, as_index=False, observed=True)[["observed", "exposure"]].sum()
    frame = split.merge(cells.assign(_cell=np.arange(len(cells)))[[*keys, "_cell"]], on=keys)
    full = (cells["observed"] > 0).to_numpy()
    frame = frame[full[frame["_cell"]] & (frame["exposure"] > 0)]
    if not len(frame):
        raise ValueError("no events: there is no rate to estimate")
    who = frame[modifier] if modifier else pd.Series([None] * len(frame), index=frame.index)
    pairs = list(zip(who, frame[state], strict=True))
    names = sorted({pair for pair in pairs if pair[1] != reference}, key=str)
    place = np.where(full, np.cumsum(full) - 1, -1)
    baseline = np.eye(full.sum())[place[frame["_cell"]]]
    covariates = np.array([[float(pair == name) for name in names] for pair in pairs])
    design = np.hstack([baseline, covariates.reshape(len(frame), -1)])
    fit = poisson_regression(frame["observed"], frame["exposure"], design)
    coef = fit.coef
    lost = [name for name, b in zip(names, coef[full.sum() :], strict=True) if abs(b) > RUNAWAY]
    if lost:
        raise ValueError(f"{state!r} has no finite effect for {lost[0]}: one side saw no events")
    rate = np.where(full, np.exp(coef[place]), 0.0)
    return KeptModel(
        rates=cells.assign(rate=rate),
        place=place,
        effects={name: int(full.sum()) + i for i, name in enumerate(names)},
        coef=coef,
        covariance=fit.covariance,
        state=state,
        reference=reference,
        strata=strata,
        modifier=modifier,
    )
