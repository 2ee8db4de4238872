"""Levels as numbers: which of the distinct values, in order, is each value?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

DENSE = 16  # times as many numbers as values: up to there a list of those that occur is quicker


def numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of each value among the distinct ones, and those, sorted."""
    if _is_dense(values):
        occurs = np.zeros(int(values.max()) + 1, dtype=bool)
        occurs[values] = True
        return (np.cumsum(occurs) - 1)[values], np.flatnonzero(occurs).astype(values.dtype)
    number, distinct = pd.factorize(values)
    order = np.argsort(distinct)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank[number], distinct[order]


def _is_dense(values: np.ndarray) -> bool:
    """Whether values are whole numbers from 0 on, not many more than there are values."""
    if not len(values) or values.dtype.kind != "i":
        return False
    return int(values.min()) >= 0 and int(values.max()) <= DENSE * len(values)


def cell_numbers(frame: pd.DataFrame, by: Sequence[str]) -> np.ndarray:
    """The number of each row's combination of levels, in sorted order."""
    return mixed_numbers([column_numbers(frame[column]) for column in by], len(frame))


def mixed_numbers(columns: Sequence[tuple[np.ndarray, np.ndarray]], n_rows: int) -> np.ndarray:
    """The number of each row's combination of levels from those of its columns."""
    code, size = np.zeros(n_rows, dtype=np.int64), 1
    for number, levels in columns:
        code, size = code * max(len(levels), 1) + number, size * max(len(levels), 1)
        if size > n_rows:  # before it can grow too large for a number
            code, found = numbered(code)
            size = len(found)
    return numbered(code)[0] if len(columns) > 1 else code


def column_numbers(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The number of each row's level, and the levels that occur, sorted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        number, found = numbered(column.cat.codes.to_numpy())
        return number, column.cat.categories.to_numpy()[found]
    return pd.factorize(column.to_numpy(), sort=True)
