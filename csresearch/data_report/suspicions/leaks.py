"""Columns that give the answer away: they were written when it was known who left."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from csresearch.data_report.levels import ALMOST, LEAST
from csresearch.data_report.suspicions.base import IMPROBABLE, MANY, Suspicion
from csresearch.data_report.tallies import Tallies
from csresearch.findings.labels import fixed, value_text

CONCORDANCE = 0.97
ADVICE = (
    "find out when it was written: what is filled in or changed on leaving must not explain "
    "leaving; use the value known by day 30, or leave the column out"
)


def separating(tallies: Tallies) -> list[Suspicion]:
    """Columns and levels that separate who left from who stayed almost perfectly."""
    counts = tallies.levels
    found = []
    for column, rows in counts.groupby("column", sort=True):
        ordered = rows[rows["ordered"]]
        c = concordance(ordered)
        if c is not None and not 1 - CONCORDANCE < c < CONCORDANCE:
            found.append(_separates(str(column), c))
        else:
            found += [_extreme(str(column), row) for row in extreme_levels(rows)]
    return found


def concordance(classes: pd.DataFrame) -> float | None:
    """In what share of pairs is the value higher for who left? Ties count half.

    Parameters
    ----------
    classes : DataFrame
        Classes of one column in rising order, ``n, churned``.

    Returns
    -------
    float or None
        None with fewer than 20 customers who left, or stayed.
    """
    left = classes["churned"].to_numpy(float)
    stayed = classes["n"].to_numpy(float) - left
    if min(left.sum(), stayed.sum()) < MANY:
        return None
    below = np.cumsum(stayed) - stayed
    return float((left * (below + stayed / 2)).sum() / (left.sum() * stayed.sum()))


def extreme_levels(rows: pd.DataFrame) -> list[pd.Series]:
    """Levels almost all or none of whose customers left, which chance would not do.

    Parameters
    ----------
    rows : DataFrame
        Levels of one column as `level_counts` gives them.
    """
    found = []
    for _, row in rows.iterrows():
        share = row["churned"] / row["n"]
        chance = row["log_stay"] if share <= ALMOST else row["log_leave"]
        extreme = not ALMOST < share < 1 - ALMOST
        if extreme and row["n"] >= LEAST and chance < math.log(IMPROBABLE):
            dated_event = "." in row["column"] and not row["ordered"]
            if share > 0.5 or not dated_event:  # who stays longer has more events: no leak
                found.append(row)
    return found


def _separates(column: str, c: float) -> Suspicion:
    """A column that orders customers by whether they left."""
    side = "higher" if c > 0.5 else "lower"
    seen = f"{side} for those who left in {value_text(max(c, 1 - c), 'share', exact=True)} of pairs"
    return Suspicion(_where(column), seen, ADVICE)


def _extreme(column: str, row: pd.Series) -> Suspicion:
    """A level that nearly everybody or nobody left from."""
    level = f"'{row['level']}'"
    if row["ordered"]:
        low, high = (fixed(row[c], 0 if row[c] == round(row[c]) else 2) for c in ("low", "high"))
        level = low if low == high else f"{low} to {high}"
    n, churned = int(row["n"]), int(row["churned"])
    seen = f"{level}: {churned:,} of {n:,} customers left, where their neighbours in time differ"
    return Suspicion(_where(column), seen, ADVICE)


def _where(column: str) -> str:
    """Columns of customers with their table's name."""
    return column if "." in column else f"customers.{column}"
