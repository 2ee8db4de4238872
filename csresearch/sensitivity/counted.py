"""Counted spells at every departure: what each what-if changes a little and estimates again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csresearch.history import NEVER, TICKS_A_DAY, History
from csresearch.multiverse.episodes import Episodes
from csresearch.numbering import cell_numbers

SPAN = 2**31  # ticks; groups lie apart on one line
WITHOUT, WITH = 0, 1


@dataclass(frozen=True, eq=False)
class Spells:
    """Counted spells (start, stop] at a level, and how each of them ended.

    Parameters
    ----------
    group : int array, shape (rows,)
        Customers are compared within groups.
    level : int array, shape (rows,)
        State, score or band.
    start, stop : int arrays, shape (rows,)
        In ticks; rows with stop <= start are empty.
    left : bool array, shape (rows,)
        Whether the spell ended with leaving.
    last : bool array, shape (rows,)
        Whether it is the customer's last; one that is and did not end with leaving ended with
        the observation.
    n : float array, shape (rows,)
        Customers.
    """

    group: np.ndarray
    level: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    left: np.ndarray
    last: np.ndarray
    n: np.ndarray

    @property
    def cells(self) -> np.ndarray:
        """The days on which someone left, group by group, as one sorted line."""
        gone = self.left & (self.stop > self.start)
        return np.unique(self.group[gone] * SPAN + self.stop[gone])

    def places(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From which cell on, and before which, each spell is at risk."""
        ends = (self.start, np.maximum(self.stop, self.start))
        first, after = (np.searchsorted(cells, self.group * SPAN + end, "right") for end in ends)
        return first, after

    def summed(self, place: np.ndarray, weight: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """Weights by cell and level, shape ``(cells + 1, levels)``; the last row is no cell."""
        n_cells, n_levels = shape
        width = n_cells + 1
        summed = np.bincount(self.level * width + place, weight, n_levels * width)
        return summed.reshape(n_levels, width).T


@dataclass(frozen=True, eq=False)
class Counted:
    """At-risk and event counts, fractions allowed, wherever someone left.

    Parameters
    ----------
    cells : int array, shape (C,)
        Group and day on one line, `SPAN` ticks a group.
    at_risk, observed : float arrays, shape (C, L)
    """

    cells: np.ndarray
    at_risk: np.ndarray
    observed: np.ndarray

    @classmethod
    def of(cls, spells: Spells, n_levels: int, cells: np.ndarray | None = None) -> Counted:
        """Count spells.

        Parameters
        ----------
        spells : Spells
        n_levels : int
        cells : int array, optional
            Where; wherever one of them left unless given.

        Returns
        -------
        Counted
            Departures elsewhere are not counted.
        """
        cells = spells.cells if cells is None else cells
        shape = (len(cells), n_levels)
        first, after = spells.places(cells)
        net = spells.summed(first, spells.n, shape) - spells.summed(after, spells.n, shape)
        here = spells.left & (after > first)
        place = np.where(here, after - 1, len(cells))
        observed = spells.summed(place, spells.n * here, shape)[:-1]
        return cls(cells, np.cumsum(net, axis=0)[:-1], observed)


def two_states(lives: Episodes) -> Spells:
    """Split lives at the day of the change into a spell without and one with.

    Parameters
    ----------
    lives : Episodes
        With ``on``, the day of the change, `csresearch.history.NEVER` for none.

    Returns
    -------
    Spells
        Levels `WITHOUT` and `WITH`; a change on or after the exit never counts.
    """
    changed = lives.on < lives.exit
    change = np.where(changed, np.maximum(lives.on, lives.entry), lives.exit)
    return Spells(
        np.concatenate([lives.stratum, lives.stratum]),
        np.repeat([WITHOUT, WITH], len(lives.n)),
        np.concatenate([lives.entry, change]),
        np.concatenate([change, lives.exit]),
        np.concatenate([lives.churned & ~changed, lives.churned & changed]),
        np.concatenate([~changed, changed]),
        np.concatenate([lives.n, lives.n]),
    )


@dataclass(frozen=True, eq=False)
class Changing:
    """Everybody counted once, so that only who had changed by when is counted for each question.

    Parameters
    ----------
    lives : Episodes
        Who leaves when stays as it is.
    """

    lives: Episodes

    def counted(self, on: np.ndarray, start: np.ndarray | None = None) -> Counted:
        """Count both states had the changes come on these days.

        Parameters
        ----------
        on : int array, shape (rows,)
            In ticks; one on or after the exit never counts.
        start : int array, optional
            From when those who ever changed count as with; from the change unless given.

        Returns
        -------
        Counted
            The same as of `two_states`, in a fraction of the time.
        """
        lives, (cells, at_risk, observed, after) = self.lives, self._everyone
        rows = np.flatnonzero(on < lives.exit)
        begins = np.maximum(on if start is None else start, lives.entry)[rows]
        first = np.searchsorted(cells, lives.stratum[rows] * SPAN + begins, "right")
        width, n, last = len(cells) + 1, lives.n[rows], after[rows]
        net = np.bincount(first, n, width) - np.bincount(last, n, width)
        gone = lives.churned[rows] & (last > first)
        events = np.bincount(np.where(gone, last - 1, width - 1), n, width)[:-1]
        within = np.cumsum(net)[:-1]
        return Counted(
            cells,
            np.stack([np.maximum(at_risk - within, 0.0), within], axis=1),
            np.stack([observed - events, events], axis=1),
        )

    @cached_property
    def _everyone(self) -> tuple[np.ndarray, ...]:
        """Cells, at risk and departures whatever the state, and each row's place of the exit."""
        lives = self.lives
        level, last = np.zeros_like(lives.stratum), np.ones(len(lives.n), dtype=bool)
        columns = (lives.entry, lives.exit, lives.churned, last, lives.n)
        spells = Spells(lives.stratum, level, *columns)
        counted = Counted.of(spells, 1)
        after = spells.places(counted.cells)[1]
        return counted.cells, counted.at_risk[:, 0], counted.observed[:, 0], after


def lives_of(history: History, strata: Sequence[str]) -> Episodes:
    """A history's customers by stratum, with the day of their change.

    Parameters
    ----------
    history : History
    strata : sequence of str
        Of its columns.

    Returns
    -------
    Episodes
        ``on`` also where the change is after the exit; `csresearch.history.NEVER` for none.
    """
    frame = history.frame
    stratum = cell_numbers(frame, tuple(strata))
    entry, change, exit_ = (
        np.rint(frame[name].fillna(NEVER / TICKS_A_DAY).to_numpy() * TICKS_A_DAY).astype(np.int64)
        for name in ("entry", "change", "exit")
    )
    churned, n = frame["churned"].to_numpy(bool), frame["n"].to_numpy(float)
    return Episodes(stratum, entry, exit_, churned, n, on=change)


def sampled_rows(n: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """The row of each customer; of more than so many, of a sample.

    Parameters
    ----------
    n : float array, shape (rows,)
        Customers of each row.
    most : int
    rng : Generator

    Returns
    -------
    int array
        Sorted.
    """
    upto = np.cumsum(np.rint(n).astype(np.int64))
    total = int(upto[-1]) if len(upto) else 0
    drawn = np.arange(total) if total <= most else np.sort(rng.integers(0, total, most))
    return np.searchsorted(upto, drawn, side="right")
