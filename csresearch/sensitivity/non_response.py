"""What might those who never answered have said? Worst and best case, and a shift of so much.

Answers and silence as counts: one row a group, score level, day of the exit and outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from csresearch.sensitivity.counted import SPAN, Counted, Spells
from csresearch.sensitivity.counted_numbers import log_ratio, pair_counts, somers_d

SETTLED, MOST_ROUNDS = 1e-10, 50


@dataclass(frozen=True, eq=False)
class Scored:
    """Customers counted from the day they were asked, by group, score and what became of them.

    Parameters
    ----------
    group : int array, shape (rows,)
        Customers are compared within groups.
    level : int array, shape (rows,)
        Row of the scores; 0 where it is not known.
    day : int array, shape (rows,)
        From the day of the question to the exit, ticks.
    left : bool array, shape (rows,)
    n : float array, shape (rows,)
    """

    group: np.ndarray
    level: np.ndarray
    day: np.ndarray
    left: np.ndarray
    n: np.ndarray

    def summed(self) -> Scored:
        """Rows that are alike taken together."""
        key = np.stack([self.group, self.level, self.day, self.left.astype(np.int64)], axis=1)
        alike, row = np.unique(key, axis=0, return_inverse=True)
        n = np.bincount(row.ravel(), self.n, len(alike))
        group, level, day, left = alike.T
        return Scored(group, level, day, left.astype(bool), n)

    def taken(self, rows: np.ndarray) -> Scored:
        """Some rows, by a mask or numbers."""
        return Scored(*(getattr(self, name)[rows] for name in Scored.__dataclass_fields__))

    @property
    def end(self) -> np.ndarray:
        """The exits in order: who left on a day comes before who was last seen on it."""
        return 2 * self.day + ~self.left

    @property
    def spells(self) -> Spells:
        """From the question to the exit."""
        zero, last = np.zeros_like(self.day), np.ones(len(self.day), dtype=bool)
        return Spells(self.group, self.level, zero, self.day, self.left, last, self.n)


@dataclass(frozen=True, eq=False)
class NonResponse:
    """Those who answered, and those who never did, asked at the same tenure.

    Parameters
    ----------
    answered, silent : Scored
        In the same groups.
    score : float array, shape (L,)
        Of each level, in standard deviations; rising.
    scale : int array, shape (L,)
        Which scale each level is on.
    group_scale : int array, shape (G,)
        Which scale each group was asked on.
    """

    answered: Scored
    silent: Scored
    score: np.ndarray
    scale: np.ndarray
    group_scale: np.ndarray

    @property
    def share_silent(self) -> float:
        """Share of those asked who did not answer."""
        silent = float(self.silent.n.sum())
        return silent / max(silent + float(self.answered.n.sum()), 1e-300)

    def bounds(self) -> tuple[float, float]:
        """Whatever the silent would have said: between which values does Somers' D lie?

        Returns
        -------
        (float, float)
            ``nan`` without a pair that can be compared.

        Notes
        -----
        Manski's bounds, with no assumption on why they are silent but that they would have used a
        score somebody gave on the scale. Every silent customer has the score that moves D most
        against those who answered (Dinkelbach's method for a ratio of counts), and every pair of
        two silent ones counts as moving it too: not all of that can come together, so the true
        bounds may be a little narrower, never wider.
        """
        return -self._most(-1), self._most(1)

    def _most(self, side: int) -> float:
        """The largest D, of the scores turned round for side −1."""
        pairs = [self._pairs(group, side) for group in np.unique(self.silent.group)]
        answered = pair_counts(Counted.of(self.answered.spells, len(self.score)), side * self.score)
        among = sum(one[2] for one in pairs)
        found = -1.0
        for _ in range(MOST_ROUNDS):
            plus, minus = answered[0] + among, answered[1]
            for concordant, discordant, _ in pairs:
                gain = (1 - found) * concordant - (1 + found) * discordant
                best = np.argmax(gain, axis=1)[:, None]
                plus += np.take_along_axis(concordant, best, axis=1).sum()
                minus += np.take_along_axis(discordant, best, axis=1).sum()
            if not plus + minus > 0:
                return np.nan
            better = (plus - minus) / (plus + minus)
            if better <= found + SETTLED:
                return float(better)
            found = better
        return float(found)

    def _pairs(self, group: int, side: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Pairs of each silent customer of a group with those who answered, by possible score."""
        silent = self.silent.taken(self.silent.group == group).summed()
        answered = self.answered.taken(self.answered.group == group)
        levels = np.flatnonzero(self.scale == self.group_scale[group])
        place = np.empty(len(self.score), dtype=np.int64)
        place[levels[np.argsort(side * self.score[levels])]] = np.arange(len(levels))
        line, at = np.unique(np.concatenate([silent.end, answered.end]), return_inverse=True)
        own, their, width = at[: len(silent.n)], at[len(silent.n) :], len(line)
        cell = place[answered.level] * width + their

        def upto(weight: np.ndarray) -> np.ndarray:
            """Those who answered with each score whose end is one of the first so many."""
            counts = np.bincount(cell, weight, len(levels) * width).reshape(len(levels), width)
            return np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)

        everyone = upto(answered.n)
        later = (everyone[:, -1:] - everyone[:, own + 1]) * silent.left
        sooner = upto(answered.n * answered.left)[:, own]
        below_later, below_sooner = (np.cumsum(x, axis=0) - x for x in (later, sooner))
        above_later, above_sooner = (
            x.sum(axis=0) - below - x for x, below in ((later, below_later), (sooner, below_sooner))
        )
        among = np.append(np.cumsum(np.bincount(own, silent.n, width)[::-1])[::-1], 0.0)[own + 1]
        return (
            ((above_later + below_sooner) * silent.n).T,
            ((below_later + above_sooner) * silent.n).T,
            float((among * silent.left) @ silent.n),
        )

    def shifted(self, deltas: np.ndarray) -> Iterator[tuple[float, float, float]]:
        """Had the silent been less satisfied by so much than those like them who answered?

        Parameters
        ----------
        deltas : float array
            In standard deviations of the score; 0: as satisfied as those with the same tenure
            and fate.

        Yields
        ------
        (float, float, float)
            Somers' D, the log churn-rate ratio per standard deviation, and its error.

        Notes
        -----
        Pattern-mixture, as in multiple imputation with a delta: a silent customer has every score
        with the chance it has among those who answered in the group, given the day and manner of
        the exit under their ratio per standard deviation (White and Royston, 2009), less delta.
        Chances enter as fractions of customers, so that no draw is needed; the error is that of
        as many answers as customers, too small for imputed ones.
        """
        for delta in deltas:
            x = np.concatenate([self.score, self.score - delta])
            coef, error = log_ratio(self._imputed, x)
            yield somers_d(self._imputed, x), coef, error

    @cached_property
    def _imputed(self) -> Counted:
        """Counts by level of those who answered, then of those who did not."""
        silent, chance = self._chances
        rows, levels = np.nonzero(chance > 0)
        n = silent.n[rows] * chance[rows, levels]
        more = replace(silent.taken(rows), level=levels + len(self.score), n=n)
        pairs = (
            np.concatenate([getattr(self.answered, name), getattr(more, name)])
            for name in Scored.__dataclass_fields__
        )
        return Counted.of(Scored(*pairs).spells, 2 * len(self.score))

    @cached_property
    def _chances(self) -> tuple[Scored, np.ndarray]:
        """Silent customers, alike ones together, and the chance of each score, (rows, L)."""
        silent, counted = self.silent.summed(), Counted.of(self.answered.spells, len(self.score))
        coef = log_ratio(counted, self.score)[0]
        coef = 0.0 if np.isnan(coef) else coef
        weight = np.exp(coef * self.score)
        spread = np.zeros((len(self.group_scale), len(self.score)))
        np.add.at(spread, (self.answered.group, self.answered.level), self.answered.n)
        spread = spread / np.maximum(spread.sum(axis=1, keepdims=True), 1e-300)
        hazard = self._hazard(counted, weight, silent)
        expected = float((silent.n * hazard * (spread[silent.group] @ weight)).sum())
        pace = float(silent.n @ silent.left) / expected if expected > 0 else 1.0
        fate = np.exp(-pace * hazard[:, None] * weight) * np.where(
            silent.left[:, None], weight, 1.0
        )
        chance = spread[silent.group] * fate
        return silent, chance / np.maximum(chance.sum(axis=1, keepdims=True), 1e-300)

    def _hazard(self, counted: Counted, weight: np.ndarray, silent: Scored) -> np.ndarray:
        """Breslow's cumulative hazard at score 0, up to the exit of each silent customer."""
        steps = counted.observed.sum(axis=1) / (counted.at_risk @ weight)
        total = np.append(0.0, np.cumsum(steps))
        begin = np.searchsorted(counted.cells, silent.group * SPAN, "left")
        end = np.searchsorted(counted.cells, silent.group * SPAN + silent.day, "right")
        return total[end] - total[begin]
