"""Does the average rest on one study? The same without each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from csresearch.pooling.between_variance import between_variance, checked_effects
from csresearch.pooling.random_effects import random_effects

MOST = 20


def leave_one_out(
    effects: ArrayLike,
    std_errors: ArrayLike,
    *,
    names: Sequence[Hashable] | None = None,
    method: str = "reml",
    most: int = MOST,
) -> pd.DataFrame:
    """What would the average be without each of the studies that move it most?

    Parameters
    ----------
    effects, std_errors : array of float, shape (k,)
    names : sequence, optional
        Of the studies; 0 … k − 1 unless given.
    method : {"reml", "paule-mandel", "dersimonian-laird"}
    most : int
        How many are left out, one at a time, tau² estimated anew each time. Of more, those whose
        absence moves the average most at the tau² of all.

    Returns
    -------
    DataFrame
        ``left_out, value, ci_low, ci_high, next_low, next_high, tau2, moved``: the average with
        its interval, where the next study lies, tau², and how far the average moved; the one that
        moved it most first.

    Raises
    ------
    ValueError
        With fewer than three studies.

    Notes
    -----
    Equals R's ``metafor::leave1out`` in what both give, but for the guard of `random_effects`.
    """
    y, errors = np.asarray(effects, dtype=float), np.asarray(std_errors, dtype=float)
    checked_effects(y, errors**2)
    if len(y) < 3:
        raise ValueError(f"at least three studies are needed to leave one out, got {len(y)}")
    labels = list(range(len(y)) if names is None else names)
    whole = random_effects(y, errors, method=method).mean.value
    rows = []
    for place in movers(y, errors, method=method)[:most]:
        kept = np.arange(len(y)) != place
        fit = random_effects(y[kept], errors[kept], method=method)
        ends = (fit.mean.ci_low, fit.mean.ci_high, fit.prediction.ci_low, fit.prediction.ci_high)
        moved = fit.mean.value - whole
        rows.append((labels[place], fit.mean.value, *ends, fit.tau2.value, moved))
    columns = ["left_out", "value", "ci_low", "ci_high", "next_low", "next_high", "tau2", "moved"]
    table = pd.DataFrame(rows, columns=columns)
    order = table["moved"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def movers(effects: ArrayLike, std_errors: ArrayLike, *, method: str = "reml") -> np.ndarray:
    """Which studies move the average most?

    Parameters
    ----------
    effects, std_errors : array of float, shape (k,)
    method : {"reml", "paule-mandel", "dersimonian-laird"}

    Returns
    -------
    array of int, shape (k,)
        Their places, the one first whose absence moves it most at the tau² of all.
    """
    y, v = checked_effects(effects, np.asarray(std_errors, dtype=float) ** 2)
    w = 1 / (v + between_variance(y, v, method=method))
    mean = w @ y / w.sum()
    moved = w * (mean - y) / (w.sum() - w)
    return np.argsort(-np.abs(moved), kind="stable")
