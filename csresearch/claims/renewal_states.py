"""Renewals by state on the notice date, counted: the renewal clock of C1's many analyses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.histories import under_contract
from csresearch.claims.renewal_clock import APART, ENOUGH_LOST, clock_lacks, renewals_due
from csresearch.claims.spells import CountedLives, codes_of, result_days
from csresearch.company import Company
from csresearch.multiverse import STATES
from csresearch.risk_sets import RiskSets


@dataclass(frozen=True, eq=False)
class CountedRenewals:
    """Contracts that came up, by stratum, number of the renewal and age of the results.

    Parameters
    ----------
    frame : DataFrame
        Columns ``stratum, number, lost, n`` and, for each definition of a result, how many of
        the lags it was old enough for on the notice date.
    lags_days : tuple of float
        Rising.
    """

    frame: pd.DataFrame
    lags_days: tuple[float, ...]

    def risk_sets(self, result: str, lag_days: float, groups: np.ndarray) -> RiskSets:
        """Contracts that came up with and without a result so old, and those not renewed.

        Parameters
        ----------
        result : str
            A definition.
        lag_days : float
            One of the lags.
        groups : int array, shape (strata,)
            Within which, and within the number of the renewal, contracts are compared.
        """
        rows = self.frame
        state = (rows[result] > self.lags_days.index(lag_days)).to_numpy(int)
        number = rows["number"].to_numpy(int)
        cell = groups[rows["stratum"]] * (APART + 1) + number
        size = int(cell.max(initial=0)) + 1
        at_risk, lost = (
            np.bincount(cell * 2 + state, n, size * 2).reshape(-1, 2)
            for n in (rows["n"], rows["n"] * rows["lost"])
        )
        kept = lost.sum(axis=1) > 0
        place = np.flatnonzero(kept)
        day = (place % (APART + 1)).astype(float)
        return RiskSets(STATES, place // (APART + 1), day, at_risk[kept], lost[kept])


def read_renewals(
    company: Company, counted: CountedLives, lags_days: Sequence[float]
) -> CountedRenewals | None:
    """Count the renewals of a company; None without contract terms, or where too few were lost.

    Parameters
    ----------
    company : Company
    counted : CountedLives
        Whose strata contracts are compared within; who cannot be compared is left out.
    lags_days : sequence of float
    """
    if clock_lacks(company):
        return None
    lags = tuple(sorted(set(lags_days)))
    first = _first_days(company)
    names = [name for name in first.columns if name != "customer_id"]
    lives = under_contract(company.customers, *counted.values)
    lives = lives.left_join(first, "customer_id").drop("customer_id_right")
    due = renewals_due(company, lives)
    ages = {name: sum(_old_enough(due, name, lag) for lag in lags) for name in names}
    number = (due["renewal"] > APART).ifelse(APART, due["renewal"])
    codes = codes_of(due, counted.values)
    grouped = due.group_by(**codes, **ages, number=number, lost=due["lost"])
    frame = grouped.agg(n=due.count()).order_by([*codes, *ages, "number", "lost"]).to_pandas()
    rows = frame[list(codes)].itertuples(index=False, name=None)
    frame["stratum"] = [counted.lookup[row] for row in rows]
    frame = frame[counted.compared[frame["stratum"]]].reset_index(drop=True)
    if frame.loc[frame["lost"].astype(bool), "n"].sum() < ENOUGH_LOST:
        return None
    return CountedRenewals(frame, lags)


def _old_enough(due: ibis.Table, name: str, lag_days: float) -> ibis.Value:
    """1 where a result is so old on the notice date; one before the start counts as on it."""
    old = (due["notice_day"] - due[name] >= lag_days) & (due["notice_day"] >= lag_days)
    return old.fill_null(False).ifelse(1, 0)


def _first_days(company: Company) -> ibis.Table:
    """One row per customer with a result: days of the first, the second and the first key one."""
    days = result_days(company, None)
    order = ibis.window(group_by="customer_id", order_by="day")
    days = days.mutate(place=ibis.row_number().over(order))
    columns = {"first result": days["day"].min()}
    if company.has("results.reached_on"):
        columns["second result"] = days["day"].min(where=days["place"] == 1)
    found = days.group_by("customer_id").agg(**columns)
    if not (company.config.key_results and company.has("results.result")):
        return found
    key = result_days(company, company.config.key_results)
    key = key.group_by("customer_id").agg(**{"first key result": key["day"].min()})
    return found.left_join(key, "customer_id").drop("customer_id_right")
