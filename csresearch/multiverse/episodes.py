"""Counted customers on arrays, under another churn date, lag or landmark at each asking."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from csresearch.history import NEVER, TICKS_A_DAY


@dataclass(frozen=True, eq=False)
class Episodes:
    """Customers counted by stratum, entry, exit and outcome, with a spell in a state or without.

    Parameters
    ----------
    stratum : int array, shape (rows,)
    entry, exit : int arrays, shape (rows,)
        In ticks, sixteenths of a day; (entry, exit] is at risk.
    churned : bool array, shape (rows,)
    n : float array, shape (rows,)
        Customers.
    on, off : int arrays, shape (rows,), optional
        The spell (on, off] in the state, in ticks; `csresearch.history.NEVER` for no end. Spells
        of one customer don't overlap. Without, the rows are lives.
    notice : int array, shape (rows,), optional
        When leaving was announced, `csresearch.history.NEVER` where it was not.
    """

    stratum: np.ndarray
    entry: np.ndarray
    exit: np.ndarray
    churned: np.ndarray
    n: np.ndarray
    on: np.ndarray | None = None
    off: np.ndarray | None = None
    notice: np.ndarray | None = None

    def taken(self, rows: np.ndarray) -> Episodes:
        """Only some rows, by a mask or by their numbers, which may repeat.

        Parameters
        ----------
        rows : bool or int array

        Returns
        -------
        Episodes
            With the same customers a row.
        """
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        return Episodes(**{k: None if v is None else v[rows] for k, v in columns.items()})

    def left_on(self, shift_days: float = 0.0, *, at_notice: bool = False) -> Episodes:
        """The same customers had they left so many days later, or when they announced it.

        Parameters
        ----------
        shift_days : float
            Negative for earlier; moves the day of those who left only.
        at_notice : bool
            Those who announced it before they left, left then.

        Returns
        -------
        Episodes
            Those who would have left by their entry are still there, with an empty interval.
        """
        moved = self.exit + np.where(self.churned, round(shift_days * TICKS_A_DAY), 0)
        if at_notice and self.notice is not None:
            moved = np.where(self.churned, np.minimum(moved, self.notice), moved)
        return replace(self, exit=np.maximum(moved, self.entry))

    def lagged(self, lag_days: float) -> Episodes:
        """The same spells, counting from so many days after their day.

        Parameters
        ----------
        lag_days : float

        Returns
        -------
        Episodes
            A spell that began before the start counts as begun at the start.
        """
        lag = round(lag_days * TICKS_A_DAY)
        return replace(self, on=np.maximum(self.on, 0) + lag, off=np.minimum(self.off + lag, NEVER))

    def at_landmark(self, day: float) -> Episodes:
        """Only those still there after a day, in the state they were in on it, from then on.

        Parameters
        ----------
        day : float

        Returns
        -------
        Episodes
            The rows of who was not in the spell on that day, or gone, have empty intervals.
        """
        tick = round(day * TICKS_A_DAY)
        late = replace(self, entry=np.maximum(self.entry, tick), exit=np.maximum(self.exit, tick))
        if self.on is None:
            return late
        there = (self.on <= tick) & (tick < self.off)
        never = np.full_like(self.off, NEVER)
        return replace(late, on=np.where(there, 0, NEVER), off=never)
