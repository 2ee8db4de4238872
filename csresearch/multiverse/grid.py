"""The grid of defensible choices: every combination, or a fixed sample of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

import numpy as np
import pandas as pd

LEAST = 6  # analyses with an option that is drawn at all
SEED = 20260101  # of the sample where there are more combinations than are asked for


def combinations(
    choices: Mapping[str, Sequence[str]],
    *,
    most: int = 500,
    sensible: Callable[[pd.DataFrame], np.ndarray] | None = None,
) -> tuple[pd.DataFrame, int]:
    """Which analyses are run: all combinations of the choices, or a sample that never changes?

    Parameters
    ----------
    choices : mapping of str to sequence of str
        The options of each choice, that of the primary analysis first.
    most : int
        Where there are more combinations, so many of them are drawn, the primary one among them
        and some with every option.
    sensible : callable, optional
        Takes all combinations and says, as a mask, which make sense together.

    Returns
    -------
    (DataFrame, int)
        One column a choice, one row an analysis, categorical in the order of the options, the
        primary analysis first; and how many combinations there are.

    Raises
    ------
    ValueError
        If a choice has no option, or names one twice.

    Examples
    --------
    >>> frame, possible = combinations({"lag": ["0 days", "28 days"], "model": ["Cox"]})
    >>> frame.astype(str).values.tolist(), possible
    ([['0 days', 'Cox'], ['28 days', 'Cox']], 2)
    """
    for name, options in choices.items():
        if not options or len(set(options)) < len(options):
            raise ValueError(f"{name!r} needs options that differ, got {list(options)}")
    sizes = [len(options) for options in choices.values()]
    codes = np.stack(np.unravel_index(np.arange(prod(sizes)), sizes), axis=1)
    frame = pd.DataFrame(
        {
            name: pd.Categorical.from_codes(codes[:, i], options, ordered=True)
            for i, (name, options) in enumerate(choices.items())
        }
    )
    if sensible is not None:
        frame = frame[sensible(frame)].reset_index(drop=True)
    if len(frame) <= most:
        return frame, len(frame)
    chosen = _sample(frame, most)
    return frame.iloc[chosen].reset_index(drop=True), len(frame)


def _sample(frame: pd.DataFrame, most: int) -> np.ndarray:
    """Rows of a fixed random order: first a few with every option, then whoever comes."""
    order = np.random.default_rng(SEED).permutation(len(frame) - 1) + 1
    least = min(LEAST, most // sum(frame[name].nunique() for name in frame))
    chosen = {0: None}
    for name in frame:
        codes = frame[name].cat.codes.to_numpy()[order]
        for option in np.unique(codes):
            chosen |= dict.fromkeys(order[codes == option][:least])
    chosen |= dict.fromkeys(order)
    return np.sort(np.array(list(chosen))[:most])
