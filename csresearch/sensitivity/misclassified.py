"""How wrong may the record of who left be? Departures that are none, and departures unnoticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csresearch.sensitivity.counted import SPAN, Counted, Spells


@dataclass(frozen=True, eq=False)
class ChurnRecord:
    """Counted spells whose record of leaving may be wrong.

    Parameters
    ----------
    spells : Spells
    n_levels : int
    """

    spells: Spells
    n_levels: int

    @cached_property
    def recorded(self) -> Counted:
        """As recorded."""
        return Counted.of(self.spells, self.n_levels)

    def had(self, *, wrong: Sequence[float] = (0.0,), unnoticed: Sequence[float] = (0.0,)):
        """What would be counted had the record been wrong so often?

        Parameters
        ----------
        wrong : sequence of float
            Share of the recorded departures that were none, by level, or one share for all:
            these customers were last seen on that day.
        unnoticed : sequence of float
            Share of those still here who have left unnoticed, by level they are last seen at:
            on any day since they came to it, each as likely.

        Returns
        -------
        Counted
            Expected counts, so that no draw is needed.

        Raises
        ------
        ValueError
            If a share is not between 0 and 1.

        Notes
        -----
        Unnoticed departures are dated to the next day on which someone of the group is known to
        have left; those later than the last such day tell nothing and are left out.
        """
        wrong, unnoticed = (_shares(x, self.n_levels) for x in (wrong, unnoticed))
        left, gone = self._unnoticed
        return Counted(
            self.recorded.cells,
            self.recorded.at_risk - unnoticed * gone,
            self.recorded.observed * (1 - wrong) + unnoticed * left,
        )

    @cached_property
    def _unnoticed(self) -> tuple[np.ndarray, np.ndarray]:
        """Had all those still here left: who leaves by each cell, who had left before it."""
        spells, cells = self._still_here, self.recorded.cells
        first, after = spells.places(cells)
        day = (cells % SPAN)[:, None]
        length = np.maximum(spells.stop - spells.start, 1)
        weight = spells.n / length
        shape = (len(cells), self.n_levels)

        def elapsed(begins: np.ndarray, days: np.ndarray) -> np.ndarray:
            """Of the spells at risk from a cell on, the share of them over by a day."""
            parts = [
                np.cumsum(spells.summed(begins, w, shape) - spells.summed(after, w, shape), axis=0)
                for w in (weight, weight * spells.start)
            ]
            return days * parts[0][:-1] - parts[1][:-1]

        before = np.vstack([day[:1], day[:-1]])
        gone = np.maximum(elapsed(np.minimum(first + 1, after), before), 0.0)
        return np.maximum(elapsed(first, day) - gone, 0.0), gone

    @property
    def _still_here(self) -> Spells:
        """The spells that ended with the observation."""
        rows = self.spells.last & ~self.spells.left & (self.spells.stop > self.spells.start)
        columns = {name: getattr(self.spells, name)[rows] for name in Spells.__dataclass_fields__}
        return Spells(**columns)


def _shares(given: Sequence[float], n_levels: int) -> np.ndarray:
    """Shares by level."""
    shares = np.broadcast_to(np.asarray(given, dtype=float), (n_levels,))
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"shares must be between 0 and 1, got {list(given)}")
    return shares
