"""Scores and bands dealt anew: does the same arithmetic find nothing where there is nothing?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from csresearch.multiverse.episodes import Episodes
from csresearch.sensitivity.bands import BandRecord
from csresearch.sensitivity.counted import Counted, sampled_rows
from csresearch.sensitivity.counted_numbers import log_ratio, somers_d
from csresearch.sensitivity.non_response import Scored


def shuffled_scores(
    answered: Scored, score: np.ndarray, *, draws: int, seed: int, most: int
) -> pd.DataFrame:
    """Deal the scores anew among those of the same group, again and again.

    Parameters
    ----------
    answered : Scored
    score : float array, shape (L,)
        Of each level.
    draws, seed : int
    most : int
        Customers; of more a sample is taken.

    Returns
    -------
    DataFrame
        One row a draw: ``somers_d, log_ratio, std_error``.
    """
    rng = np.random.default_rng(seed)
    one = answered.taken(sampled_rows(answered.n, most, rng))
    one = replace(one, n=np.ones(len(one.n)))
    one = one.taken(np.argsort(one.group, kind="stable"))
    cells = one.spells.cells
    rows = []
    for _ in range(draws):
        order = np.lexsort((rng.random(len(one.n)), one.group))
        counted = Counted.of(replace(one, level=one.level[order]).spells, len(score), cells)
        rows.append((somers_d(counted, score), *log_ratio(counted, score)))
    return pd.DataFrame(rows, columns=["somers_d", "log_ratio", "std_error"])


def shuffled_bands(
    lives: Episodes,
    low: Sequence[int],
    window: tuple[float, float],
    *,
    draws: int,
    seed: int,
    most: int,
) -> np.ndarray:
    """Deal the bands anew among all customers, again and again.

    Parameters
    ----------
    lives : Episodes
        The stratum is the band.
    low : sequence of int
        Bands that are low.
    window : (float, float)
        From and until which day departures count.
    draws, seed : int
    most : int
        Customers; of more a sample is taken.

    Returns
    -------
    float array, shape (draws,)
        Share of churn of those called low less their share of customers.
    """
    rng = np.random.default_rng(seed)
    rows = sampled_rows(lives.n, most, rng)
    one = replace(lives.taken(rows), n=np.ones(len(rows)))
    found = []
    for _ in range(draws):
        record = BandRecord.of(replace(one, stratum=rng.permutation(one.stratum)), low, window)
        found.append(record.share(record.recorded) - record.share_of_customers)
    return np.array(found)
