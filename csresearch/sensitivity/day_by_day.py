"""What each day leaves to the next."""

from __future__ import annotations

import numpy as np


def tomorrow_from(kept: np.ndarray, added: np.ndarray) -> np.ndarray:
    """How many are there on each day, if they are those kept and added the day before?

    Parameters
    ----------
    kept, added : array, shape (D, ...)
        The share of a day's that is there on the next, and who joins them for the next.

    Returns
    -------
    array, shape (D, ...)
        Nobody on the first day.
    """
    found = np.zeros(np.broadcast_shapes(kept.shape, added.shape))
    found[1:] = carried(kept[:-1], added[:-1])
    return found


def carried(kept: np.ndarray, added: np.ndarray) -> np.ndarray:
    """What does x[d] = added[d] + kept[d] · x[d − 1] come to on each day?

    Parameters
    ----------
    kept, added : array, shape (D, ...)
        The share of the day before that is still there, and what the day adds.

    Returns
    -------
    array, shape (D, ...)
        x, which is 0 before the first day.
    """
    found = np.broadcast_to(added, np.broadcast_shapes(kept.shape, added.shape)).copy()
    for before, now, share in zip(found, found[1:], kept[1:], strict=False):
        now += share * before
    return found
