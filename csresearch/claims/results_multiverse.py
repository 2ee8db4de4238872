"""C1 by every defensible analysis: which results, which clock, what is held equal, which model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from csresearch.claims.ratio_multiverse import (
    BINS_MONTHS,
    DATES,
    FOLLOW_UP,
    MODELS,
    NOTICE,
    POISSON,
    RatioMultiverse,
    Row,
    follow_up_days,
)
from csresearch.claims.renewal_states import CountedRenewals
from csresearch.claims.results_words import listed
from csresearch.claims.spells import CountedLives
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate
from csresearch.history import TICKS_A_DAY
from csresearch.multiverse import Episodes, Everyone, Followed, Redrawn
from csresearch.risk_sets import RiskSets
from csresearch.verdicts import judge_effect

LANDMARKS = {"landmark 6 months": 6, "landmark 12 months": 12}
RENEWAL, CLOCKS = "by renewal", ("by tenure", *LANDMARKS)
RECENT = {"in the last 12 months": 12, "in the last 6 months": 6}
LAGS_DAYS = (0.0, 14.0, 28.0, 90.0)
WITHOUT = np.array([1.0, 0.0])  # the lifetime ratio: churn rate without ÷ with


@dataclass(frozen=True, eq=False)
class ResultsMultiverse(RatioMultiverse):
    """Every analysis of C1 on one company's counted lives.

    Parameters
    ----------
    primary : Estimate
    clustered : bool
    counted : CountedLives
    lag_days : float
        Of the primary analysis.
    near_miss : float
        As the claim has it.
    renewals : CountedRenewals or None
        None without contract terms.
    """

    counted: CountedLives | None = None
    lag_days: float = 0.0
    near_miss: float = 3.0
    renewals: CountedRenewals | None = None

    @cached_property
    def definitions(self) -> dict[str, Episodes]:
        """What counts as a result, and from when until when."""
        counted, found = self.counted, {"first result": self.counted.nth(1)}
        if "key" in counted.results:
            found["first key result"] = counted.nth(1, "key")
        second = counted.nth(2)
        if len(second.n):
            found["second result"] = second
        return found | {
            name: counted.recent(months * DAYS_PER_MONTH) for name, months in RECENT.items()
        }

    @cached_property
    def held_equal(self) -> dict[str, np.ndarray]:
        """The groups customers are compared within, the primary analysis' first."""
        strata = self.counted.strata
        maturity = tuple(name for name in strata.columns if name == "maturity")
        segments = tuple(name for name in strata.columns if name != "maturity")
        sets = dict.fromkeys((strata.columns, maturity, segments, ()))
        return {
            listed(columns) if columns else "nothing": strata.groups(columns) for columns in sets
        }

    @cached_property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The options of each choice, the primary analysis' first."""
        lags = dict.fromkeys((self.lag_days, *LAGS_DAYS))
        lives = self.counted.lives
        announced = (lives.churned & (lives.notice < lives.exit)).any()
        return {
            "result": tuple(self.definitions),
            "clock": (*CLOCKS, *((RENEWAL,) if self.renewals else ())),
            "held equal": tuple(self.held_equal),
            "lag": tuple(f"{lag:g} days" for lag in lags),
            "churn date": (*DATES, *((NOTICE,) if announced else ())),
            "follow-up": tuple(FOLLOW_UP),
            "model": MODELS,
        }

    def sensible(self, grid: pd.DataFrame) -> np.ndarray:
        """Whether anything is left between the landmark and the end of the follow-up.

        Renewals are counted, not days: no last months, other churn dates or time lived with them.
        """
        clock, follow_up = grid["clock"].astype(str), grid["follow-up"].astype(str)
        later = clock.map(LANDMARKS).fillna(0.0) < follow_up.map(FOLLOW_UP)
        known = grid["result"].isin(self.renewals.frame.columns if self.renewals else [])
        first = {name: self.choices[name][0] for name in ("churn date", "follow-up")}
        plain = np.logical_and.reduce([grid[name] == option for name, option in first.items()])
        by_renewal = known & plain & (grid["model"] != POISSON)
        return (later & ((clock != RENEWAL) | by_renewal)).to_numpy()

    def verdict_on(self, estimate: Estimate) -> str:
        """What the claim's rule makes of one analysis."""
        terms = ("null", "smallest_effect", "claimed_region")
        judged = replace(estimate, **{name: getattr(self.primary, name) for name in terms})
        return judge_effect(judged, near_miss=self.near_miss).verdict

    def risk(self, row: Row) -> RiskSets:
        """The risk sets of an analysis."""
        groups = self.held_equal[row["held equal"]]
        if row["clock"] == RENEWAL:
            return self.renewals.risk_sets(row["result"], _lag_days(row), groups)
        counts = self._followed(row)
        sets = counts.binned if row["model"] == POISSON else counts.risk_sets
        return sets(groups, follow_up_days(row))

    def covariate(self, row: Row) -> np.ndarray:
        """1 without a result."""
        return WITHOUT

    def is_drawn(self, row: Row) -> bool:
        """Renewals are not: who left is drawn again by day."""
        return row["clock"] != RENEWAL

    def drawn_alike(self, row: Row) -> tuple[str, ...]:
        """The choices that decide who is at risk in which state."""
        return tuple(row[name] for name in ("result", "clock", "lag", "churn date"))

    @property
    def n_left(self) -> int:
        """Departures."""
        return len(self._leavers.n)

    def redrawn(self, row: Row) -> Redrawn:
        """Of every departure, the share at risk with a result."""
        counts, left = self._followed(row), self._placed(self._leavers, row)
        there = left.entry < left.exit
        place = np.where(there, np.searchsorted(counts.days, left.exit), 0)
        share = counts.share_with[left.stratum, place] if len(counts.days) else np.zeros(len(place))
        ends = [months * DAYS_PER_MONTH * TICKS_A_DAY for months in FOLLOW_UP.values()]
        counted = np.stack([there & (left.exit <= end) for end in ends])
        return Redrawn(share[:, None].astype(np.float32), WITHOUT[::-1], counted)

    def _followed(self, row: Row) -> Followed:
        """Counts under a definition, lag, churn date and clock; each made once."""
        key = self.drawn_alike(row)
        if key not in self._known:
            spells = self.definitions[row["result"]].lagged(_lag_days(row))
            self._known[key] = self._everyone(row).split(self._placed(spells, row))
        return self._known[key]

    def _everyone(self, row: Row) -> Everyone:
        """Counts of all customers under a churn date and clock; each made once."""
        key = (row["clock"], row["churn date"])
        if key not in self._known:
            cuts = [months * DAYS_PER_MONTH for months in BINS_MONTHS]
            lives, n_strata = self._placed(self.counted.lives, row), len(self.counted.strata.levels)
            self._known[key] = Everyone.counted(lives, cuts, n_strata)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple, Followed | Everyone]:
        return {}

    def _placed(self, episodes: Episodes, row: Row) -> Episodes:
        """Rows under the churn date and on the clock of an analysis."""
        date = row["churn date"]
        moved = episodes.left_on(DATES.get(date, 0.0), at_notice=date == NOTICE)
        months = LANDMARKS.get(row["clock"])
        return moved if months is None else moved.at_landmark(months * DAYS_PER_MONTH)

    @cached_property
    def _leavers(self) -> Episodes:
        """One row for each departure."""
        lives = self.counted.lives
        times = np.where(lives.churned, lives.n, 0).astype(int)
        return lives.taken(np.repeat(np.arange(len(times)), times))


def _lag_days(row: Row) -> float:
    """The lag of an analysis."""
    return float(row["lag"].split()[0])
