"""Changes that cannot matter: does the same arithmetic find nothing where there is nothing?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from csresearch.history import NEVER
from csresearch.multiverse.episodes import Episodes
from csresearch.sensitivity.counted import SPAN, Changing, sampled_rows
from csresearch.sensitivity.counted_numbers import log_ratio

STATE = (1.0, 0.0)  # the covariate: 1 without
MOST_ROUNDS = 60  # of dealing a change to somebody who was under observation on its day


@dataclass(frozen=True, eq=False)
class Placebo:
    """Customers to whom changes are dealt that have nothing to do with leaving.

    Parameters
    ----------
    lives : Episodes
        One customer a row, with ``on``, the day of the change; `Placebo.of` makes them so.

    Notes
    -----
    What is dealt is known to be chance, so the fair ratio must come out at about 1 and its 95 %
    interval hold 1 nineteen times in twenty. That tests the arithmetic and the counting of time;
    it cannot test for causes nobody measured, which dealing breaks the link to.
    """

    lives: Episodes

    @classmethod
    def of(cls, lives: Episodes, *, most: int, seed: int) -> Placebo:
        """Take counted lives apart; of more customers than so many, a sample.

        Parameters
        ----------
        lives : Episodes
            In any order: the same customers are dealt the same.
        most, seed : int
        """
        by = (lives.churned, lives.on, lives.exit, lives.entry, lives.stratum)
        lives = lives.taken(np.lexsort(by))  # engines give groups in any order
        rows = sampled_rows(lives.n, most, np.random.default_rng(seed))
        return cls(replace(lives.taken(rows), n=np.ones(len(rows))))

    def dealt(self, rng: np.random.Generator) -> np.ndarray:
        """Deal every first change to anyone of the same stratum at risk on its day.

        Parameters
        ----------
        rng : Generator

        Returns
        -------
        int array, shape (customers,)
            The day of the change, in ticks; `csresearch.history.NEVER` for who is dealt none. Who
            is dealt several has the first. One that nobody takes in 60 rounds, as late entry can
            make happen, is dealt to nobody.
        """
        lives, (order, line) = self.lives, self._by_exit
        rows = np.flatnonzero(lives.on < lives.exit)
        day = np.maximum(lives.on, lives.entry)[rows]
        stratum = lives.stratum[rows]
        begin, end = self._after(stratum, day), np.searchsorted(line, (stratum + 1) * SPAN, "left")
        on = np.full(len(lives.n), NEVER, dtype=np.int64)
        open_ = np.arange(len(rows))
        for _ in range(MOST_ROUNDS):
            if not len(open_):
                break
            width = (end - begin)[open_]
            to = order[begin[open_] + (rng.random(len(open_)) * width).astype(np.int64)]
            taken = lives.entry[to] <= day[open_]
            np.minimum.at(on, to[taken], day[open_][taken])
            open_ = open_[~taken]
        return on

    def at_random(self, rng: np.random.Generator) -> np.ndarray:
        """Give everybody a day drawn from one steady schedule, at the pace of the real changes.

        Parameters
        ----------
        rng : Generator

        Returns
        -------
        int array, shape (customers,)
            In ticks; those who left before their day never see it.
        """
        lives = self.lives
        until = np.minimum(np.maximum(lives.on, lives.entry), lives.exit)
        waited, changes = float((until - lives.entry).sum()), int((lives.on < lives.exit).sum())
        mean = waited / max(changes, 1)
        days = np.ceil(rng.exponential(max(mean, 1.0), len(lives.n)))
        return np.minimum(days, NEVER).astype(np.int64)

    def log_ratio(self, on: np.ndarray) -> tuple[float, float]:
        """The fair log ratio, rate without ÷ with, and its standard error.

        Parameters
        ----------
        on : int array
            As `dealt` gives it.

        Returns
        -------
        (float, float)
        """
        return log_ratio(self._changing.counted(on), STATE)

    def tempting(self, on: np.ndarray) -> float:
        """The log ratio of who ever had the change, as if it had been known from the start.

        Parameters
        ----------
        on : int array

        Returns
        -------
        float
        """
        return log_ratio(self._changing.counted(on, self.lives.entry), STATE)[0]

    def draws(self, draws: int, seed: int, *, dealt: bool) -> pd.DataFrame:
        """Deal again and again.

        Parameters
        ----------
        draws : int
        seed : int
        dealt : bool
            Deal the company's own changes, or give days at random.

        Returns
        -------
        DataFrame
            One row a draw: ``log_ratio, std_error, tempting``.
        """
        rng = np.random.default_rng(seed)
        rows = []
        for _ in range(draws):
            on = self.dealt(rng) if dealt else self.at_random(rng)
            rows.append((*self.log_ratio(on), self.tempting(on)))
        return pd.DataFrame(rows, columns=["log_ratio", "std_error", "tempting"])

    @cached_property
    def _changing(self) -> Changing:
        """Everybody, counted once."""
        return Changing(self.lives)

    @cached_property
    def _by_exit(self) -> tuple[np.ndarray, np.ndarray]:
        """Customers by stratum and exit, and where they stand on one line."""
        line = self.lives.stratum * SPAN + self.lives.exit
        order = np.argsort(line, kind="stable")
        return order, line[order]

    def _after(self, stratum: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The place of the first customer of a stratum who leaves after a day."""
        return np.searchsorted(self._by_exit[1], stratum * SPAN + day, "right")


def summary(found: pd.DataFrame) -> tuple[float, float, float, int, int]:
    """What did the placebos find: the middle ratio, from where to where, how many exclude 1?

    Parameters
    ----------
    found : DataFrame
        As `Placebo.draws` gives it.

    Returns
    -------
    (float, float, float, int, int)
        Median ratio, lowest, highest, 95 % intervals that exclude 1, draws with a ratio.
    """
    known = found[found["std_error"].notna()]
    if known.empty:
        return np.nan, np.nan, np.nan, 0, 0
    ratio = np.exp(known["log_ratio"])
    excluded = int((known["log_ratio"].abs() > 1.959964 * known["std_error"]).sum())
    return float(ratio.median()), float(ratio.min()), float(ratio.max()), excluded, len(known)
