"""From levels to covariates: the design matrix of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real

import numpy as np
import pandas as pd


def level_design(
    levels: Sequence, *, names: Sequence[str] = ("level",), reference: Sequence | None = None
) -> pd.DataFrame:
    """One row of covariates per level: numbers as they are, categories against a reference.

    Parameters
    ----------
    levels : sequence
        Levels of a comparison (`RiskSets.levels`): scalars, or tuples of one entry per name.
    names : sequence of str
        What the entries of a level mean.
    reference : sequence, optional
        The reference category of each entry (``None`` for a number); the first in sorted order
        unless given.

    Returns
    -------
    DataFrame
        Column ``name`` for a number, columns ``name=category`` for a category, main effects only.

    Raises
    ------
    ValueError
        If the levels have another number of entries than there are names, or a reference does
        not occur.

    Examples
    --------
    >>> level_design(("with", "without"), names=["state"], reference=["without"])
             state=with
    with            1.0
    without         0.0
    """
    rows = [level if isinstance(level, tuple) else (level,) for level in levels]
    names, reference = list(names), list(reference or [None] * len(names))
    if {len(row) for row in rows} - {len(names)} or len(reference) != len(names):
        raise ValueError(
            f"levels must have one entry for each of {names}, and one reference each, "
            f"got e.g. {rows[0]} and {reference}"
        )
    columns: dict[str, np.ndarray] = {}
    for name, entries, base in zip(names, zip(*rows, strict=True), reference, strict=True):
        columns |= _columns(name, entries, base)
    return pd.DataFrame(columns, index=pd.Index(list(levels), tupleize_cols=False))


def _columns(name: str, entries: Sequence, base: object) -> dict[str, np.ndarray]:
    """The covariates made of one entry of the levels."""
    if base is None and all(isinstance(entry, Real) for entry in entries):
        return {name: np.array(entries, dtype=float)}
    categories = sorted(set(entries))
    base = categories[0] if base is None else base
    if base not in categories:
        raise ValueError(f"reference {base!r} of {name!r} is not among {categories}")
    return {
        f"{name}={category}": np.array([float(entry == category) for entry in entries])
        for category in categories
        if category != base
    }
