"""Time since an event (the first result): customers split by it, and a clock that starts on it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.history import DAYS, History

BEFORE = "before"
SINCE = "since"


def since_labels(cuts_days: Sequence[float]) -> tuple[str, ...]:
    """What are the bands of time since the event called?

    Parameters
    ----------
    cuts_days : sequence of float
        Bands are (0, first cut], …, (last cut, inf).

    Returns
    -------
    tuple of str
        ``since 0``, ``since 182.625``, …: the day after which each band begins.

    Raises
    ------
    ValueError
        If the cuts do not rise from above 0.
    """
    edges = [0.0, *cuts_days]
    if any(late <= early for early, late in pairwise(edges)):
        raise ValueError(f"cuts_days must rise from above 0, got {list(cuts_days)}")
    return tuple(f"{SINCE} {edge:g}" for edge in edges)


def time_since_table(
    history: History, cuts_days: Sequence[float], *, by: Sequence[str] = ()
) -> EventTable:
    """How many were at risk and churned on each day of tenure, by time since their event?

    Parameters
    ----------
    history : History
    cuts_days : sequence of float
        Bands of time since the event, in days.
    by : sequence of str
        Columns of the history to keep.

    Returns
    -------
    EventTable
        By ``[*by, "since"]``; customers whose event has not come yet are ``before``. Days are
        days of tenure. An event on or after the exit never counts.
    """
    entry, change, exit_ = _days(history)
    edges = [0.0, *cuts_days, np.inf]
    parts = [
        _counted(history, by, start=entry, stop=np.minimum(exit_, change)).assign(since=BEFORE)
    ]
    for label, (low, high) in zip(since_labels(cuts_days), pairwise(edges), strict=True):
        start, stop = np.maximum(entry, change + low), np.minimum(exit_, change + high)
        parts.append(_counted(history, by, start=start, stop=stop).assign(since=label))
    return EventTable.from_counts(pd.concat(parts, ignore_index=True), [*by, "since"])


def clock_from_event(history: History, *, by: Sequence[str] = ()) -> EventTable:
    """How many were at risk and churned on each day after their event? The clock starts on it.

    Parameters
    ----------
    history : History
    by : sequence of str
        Columns of the history to keep.

    Returns
    -------
    EventTable
        By ``by``; only customers whose event came before their exit, days since the event. Who
        was first observed after the event enters late.
    """
    entry, change, exit_ = _days(history)
    start = np.maximum(entry, change)
    counts = _counted(history, by, start=start, stop=exit_, clock=change)
    return EventTable.from_counts(counts, by)


def _days(history: History) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entry, event and exit of each row; the event is ``inf`` if it never came before the exit."""
    entry, change, exit_ = (history.frame[name].to_numpy(float) for name in DAYS)
    never = np.isnan(change) | (change >= exit_)
    return entry, np.where(never, np.inf, np.maximum(change, 0.0)), exit_


def _counted(
    history: History,
    by: Sequence[str],
    *,
    start: np.ndarray,
    stop: np.ndarray,
    clock: np.ndarray | None = None,
) -> pd.DataFrame:
    """Counts of the intervals (start, stop] that are not empty, on a clock that starts later."""
    rows = stop > start
    frame = history.frame[[*by, "n", "churned", "exit"]][rows]
    n, churned = frame["n"].to_numpy("int64"), frame["churned"].to_numpy()
    last = stop[rows] == frame["exit"].to_numpy()
    zero = 0.0 if clock is None else clock[rows]
    none = np.zeros_like(n)
    ends = {
        "day": (start[rows] - zero, stop[rows] - zero),
        "entrance": (n, none),
        "observed": (none, n * (last & churned)),
        "censored": (none, n * (last & ~churned)),
        "moved": (none, n * ~last),
    }
    cells = {name: np.tile(frame[name].to_numpy(object), 2) for name in by}
    return pd.DataFrame(cells | {name: np.concatenate(both) for name, both in ends.items()})
