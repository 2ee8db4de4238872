"""Lives and spells with a result, counted: what hundreds of analyses of C1 are made from.

One scan of customers, one of all results, and one of the key results where a company names them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import numpy as np
import pandas as pd

from csresearch.company import Company
from csresearch.events import NOT_RECORDED, comparable
from csresearch.history import (
    MIN_LEVEL_EVENTS,
    NEVER,
    OTHER,
    TICKS_A_DAY,
    coded,
    ticks_of,
    values_of,
)
from csresearch.multiverse import Episodes

DAYS = ("entry", "exit", "notice")


@dataclass(frozen=True, eq=False)
class Strata:
    """The cells customers are compared within, and how they fall into fewer.

    Parameters
    ----------
    columns : tuple of str
    levels : DataFrame
        One row a cell: the level of each column.
    """

    columns: tuple[str, ...]
    levels: pd.DataFrame

    def groups(self, columns: Sequence[str]) -> np.ndarray:
        """The number of each cell's group where only these columns are held equal."""
        if not columns:
            return np.zeros(len(self.levels), dtype=int)
        return self.levels.groupby(list(columns), sort=True).ngroup().to_numpy()


@dataclass(frozen=True, eq=False)
class CountedLives:
    """Everybody, and the days of their results, in arrays.

    Parameters
    ----------
    strata : Strata
    lives : Episodes
    results : mapping of str to (Episodes, int array, int array)
        By what counts as a result ("any", "key"): a row for each day with a result before the
        exit, from it on and without end; the number of the result (1, 2, 3 for later ones) and
        the day of the next.
    values, lookup : mapping
        The values of the strata's columns, and the stratum of each combination of them.
    compared : bool array, shape (strata,)
        Whose customers can be compared with their like (`csresearch.events.comparable`); the
        others are left out.
    """

    strata: Strata
    lives: Episodes
    results: Mapping[str, tuple[Episodes, np.ndarray, np.ndarray]]
    values: Mapping[str, Sequence[str]]
    lookup: Mapping[tuple, int]
    compared: np.ndarray

    def nth(self, number: int, kind: str = "any") -> Episodes:
        """From the first, or the second, result on."""
        spells, order, _ = self.results[kind]
        return spells.taken(order == number)

    def recent(self, days: float) -> Episodes:
        """While the last result is at most so many days ago; a lag moves both ends."""
        spells, _, following = self.results["any"]
        on = np.maximum(spells.on, 0)
        return replace(spells, off=np.minimum(on + round(days * TICKS_A_DAY), following))


def read_counted_lives(company: Company, strata: Sequence[str]) -> CountedLives:
    """Count customers and their results by stratum, entry, exit and notice.

    Parameters
    ----------
    company : Company
        One whose results are dated.
    strata : sequence of str
        Columns of customers; small levels are merged as `csresearch.history.read_history` does,
        and who cannot be compared with their like is left out.
    """
    lives = company.customers
    values = values_of(lives, strata)
    cells, everybody, lookup = read_lives(company, values)
    customers = np.bincount(everybody.stratum, everybody.n, len(cells.levels))
    missing = [(cells.levels[name] == NOT_RECORDED).to_numpy(bool) for name in cells.columns]
    compared = comparable(missing, customers)
    kinds: dict[str, Sequence[str] | None] = {"any": None}
    if company.config.key_results and company.has("results.result"):
        kinds["key"] = company.config.key_results
    results = {}
    for kind, names in kinds.items():
        days = _with_lives(result_days(company, names), lives)
        rows = counted_rows(
            days, values, {name: days[name] for name in ("on", "following", "order")}
        )
        spells = episodes_of(rows, lookup)
        on, following = (rows[name].to_numpy(np.int64) for name in ("on", "following"))
        never = np.full(len(on), NEVER, dtype=np.int64)
        spells, order = replace(spells, on=on, off=never), rows["order"].to_numpy()
        some = compared[spells.stratum]
        results[kind] = (spells.taken(some), order[some], following[some])
    everybody = everybody.taken(compared[everybody.stratum])
    return CountedLives(cells, everybody, results, values, lookup, compared)


def read_lives(
    company: Company, values: Mapping[str, Sequence[str]], unmerged: Sequence[str] = ()
) -> tuple[Strata, Episodes, Mapping[tuple, int]]:
    """Customers counted by stratum, entry, exit, notice and outcome, and where cells stand."""
    counted = counted_rows(company.customers, values, {})
    cells, lookup = cells_of(counted, values, unmerged)
    return cells, episodes_of(counted, lookup), lookup


def result_days(company: Company, kinds: Sequence[str] | None) -> ibis.Table:
    """One row per customer and day with a result: ``customer_id, day``."""
    found = []
    if company.has("results.reached_on"):
        results = company.results
        if kinds is not None:
            results = results.filter(results["result"].isin(list(kinds)))
        found.append(results.select("customer_id", day=results["result_day"]))
    if company.has("first_result_on") and kinds is None:
        customers = company.customers
        found.append(customers.select("customer_id", day=customers["first_result_day"]))
    days = found[0] if len(found) == 1 else ibis.union(*found)
    days = days.filter(days["day"].notnull())
    return days.distinct()


def _with_lives(days: ibis.Table, lives: ibis.Table) -> ibis.Table:
    """Result days before the exit, numbered, each with the next, beside the customer's columns."""
    both = days.inner_join(lives, "customer_id")
    both = both.filter(both["day"] < both["exit_day"])
    order = ibis.window(group_by="customer_id", order_by="day")
    both = both.mutate(place=ibis.row_number().over(order), after=both["day"].lead().over(order))
    return both.mutate(
        on=ticks_of(both["day"]),
        following=ticks_of(both["after"]).fill_null(NEVER),
        order=ibis.least(both["place"] + 1, 3).cast("int8"),
    )


def counted_rows(
    rows: ibis.Table, values: Mapping[str, Sequence[str]], more: Mapping[str, ibis.Value]
) -> pd.DataFrame:
    """Rows counted by stratum, days in ticks, outcome and whatever else is asked for."""
    codes = codes_of(rows, values)
    days = {name: ticks_of(rows[f"{name}_day"]) for name in DAYS}
    days["notice"] = days["notice"].fill_null(NEVER)
    grouped = rows.group_by(**codes, **days, **more, churned=rows["churned"])
    counted = grouped.agg(n=rows.count())
    return counted.order_by([*codes, *days, *more, "churned"]).to_pandas()


def codes_of(rows: ibis.Table, values: Mapping[str, Sequence[str]]) -> dict[str, ibis.Value]:
    """The number of each column's value, as it is counted by."""
    return {f"code {name}": coded(rows[name], known) for name, known in values.items()}


def cells_of(
    counted: pd.DataFrame, values: Mapping[str, Sequence[str]], unmerged: Sequence[str] = ()
) -> tuple[Strata, Mapping[tuple, int]]:
    """The cells that occur, small levels merged, and the cell of each combination of codes."""
    codes = [f"code {name}" for name in values]
    combos = counted[codes].drop_duplicates().sort_values(codes) if codes else pd.DataFrame([()])
    levels = pd.DataFrame(index=range(len(combos)))
    for name, known in values.items():
        least = 0 if name in unmerged else MIN_LEVEL_EVENTS
        left = counted[counted["churned"]].groupby(f"code {name}")["n"].sum()
        words = {
            code: value if left.get(code, 0) >= least else OTHER for code, value in enumerate(known)
        }
        words[len(known)] = NOT_RECORDED
        levels[name] = combos[f"code {name}"].map(words).to_numpy()
    lookup = {tuple(row): i for i, row in enumerate(combos.itertuples(index=False, name=None))}
    return Strata(tuple(values), levels), lookup


def episodes_of(rows: pd.DataFrame, lookup: Mapping[tuple, int]) -> Episodes:
    """The counted rows as arrays."""
    codes = [name for name in rows.columns if name.startswith("code ")]
    if codes:
        number = rows.groupby(codes, sort=True).ngroup().to_numpy()
        found = rows[codes].drop_duplicates().sort_values(codes).itertuples(index=False, name=None)
        stratum = np.array([lookup[row] for row in found], dtype=np.int64)[number]
    else:
        stratum = np.zeros(len(rows), dtype=np.int64)
    entry, exit_, notice = (rows[name].to_numpy(np.int64) for name in DAYS)
    churned, n = rows["churned"].to_numpy(bool), rows["n"].to_numpy(float)
    return Episodes(stratum, entry, exit_, churned, n, notice=notice)
