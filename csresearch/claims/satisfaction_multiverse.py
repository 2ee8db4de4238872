"""C2 by every defensible analysis: which answer, how it is scored, which clock, which model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from csresearch.claims.answer_spells import CODINGS, SCALE, TENURE, CountedAnswers
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
from csresearch.claims.results_words import listed
from csresearch.claims.satisfaction_steps import RATIO_MARGIN
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate
from csresearch.history import NEVER, TICKS_A_DAY
from csresearch.multiverse import Episodes, Intervals, Redrawn, shares_up_to
from csresearch.risk_sets import RiskSets
from csresearch.verdicts import ZeroCheck, judge_zero

FIRST, LATEST, EARLY, LATE = ANSWERS = (
    "first answer",
    "latest answer",
    "first, by month 3",
    "first, after month 3",
)
SCORED = dict(zip(("as given", "in ranks", "in thirds"), CODINGS, strict=True))
SINCE, BY_TENURE = CLOCKS = ("since the answer", "by tenure")
LAGS_DAYS = (0, 30, 90)
EARLY_TICKS = round(3 * DAYS_PER_MONTH * TICKS_A_DAY)
ALL_OF_THEM = "all of these and segments"
WORDS = {TENURE: "tenure", SCALE: "scale"}


@dataclass(frozen=True, eq=False)
class SatisfactionMultiverse(RatioMultiverse):
    """Every analysis of C2 on one company's counted answers.

    Parameters
    ----------
    primary : Estimate
    clustered : bool
    counted : CountedAnswers
    """

    counted: CountedAnswers | None = None

    @cached_property
    def held_equal(self) -> dict[str, np.ndarray]:
        """The groups customers are compared within, the primary analysis' first."""
        strata = self.counted.strata
        maturity = tuple(name for name in strata.columns if name == "maturity")
        known = (TENURE, SCALE, *maturity)
        sets = {(TENURE, SCALE): "", (SCALE,): "", known: "", strata.columns: ALL_OF_THEM}
        return {
            words if words and columns != known else listed([WORDS.get(c, c) for c in columns]): (
                strata.groups(columns)
            )
            for columns, words in sets.items()
        }

    @cached_property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The options of each choice, the primary analysis' first."""
        answers = self.counted.answers
        announced = (answers.churned & (answers.notice < answers.exit)).any()
        return {
            "answer": ANSWERS if (~self.counted.first).any() else (FIRST, EARLY, LATE),
            "score": tuple(SCORED),
            "held equal": tuple(self.held_equal),
            "clock": CLOCKS,
            "lag": tuple(f"{lag} days" for lag in LAGS_DAYS),
            "churn date": (*DATES, *((NOTICE,) if announced else ())),
            "follow-up": tuple(FOLLOW_UP),
            "model": MODELS,
        }

    def verdict_on(self, estimate: Estimate) -> str:
        """What the claim's rule for the ratio makes of one analysis."""
        return judge_zero([ZeroCheck.from_estimate(estimate, RATIO_MARGIN)]).verdict

    def risk(self, row: Row) -> RiskSets:
        """The risk sets of an analysis."""
        scored_alike = [row[name] for name in self.choices if name not in ("score", "model")]
        key = (*scored_alike, row["model"] == POISSON)
        if key not in self._known:
            rows = self._rows(row["answer"])
            group = self.held_equal[row["held equal"]][self.counted.answers.stratum[rows]]
            intervals, n_levels = self._intervals(row, rows, group), len(self.counted.levels)
            cuts = [months * DAYS_PER_MONTH * TICKS_A_DAY for months in BINS_MONTHS]
            poisson = row["model"] == POISSON
            found = intervals.binned(n_levels, cuts) if poisson else intervals.risk_sets(n_levels)
            self._known[key] = found
        return self._known[key]

    def covariate(self, row: Row) -> np.ndarray:
        """The score of each level, in standard deviations."""
        return self.counted.levels[SCORED[row["score"]]].to_numpy(float)

    def drawn_alike(self, row: Row) -> tuple[str, ...]:
        """The choices that decide who is at risk with which score."""
        return tuple(row[name] for name in ("answer", "score", "clock", "lag", "churn date"))

    @property
    def n_left(self) -> int:
        """Departures of customers who answered."""
        return len(self._departures[FIRST])

    def redrawn(self, row: Row) -> Redrawn:
        """Of every departure, the scores of those at risk in its stratum."""
        whole = row | {"follow-up": next(iter(FOLLOW_UP))}
        rows, answers = self._rows(row["answer"]), self.counted.answers
        everybody = self._intervals(whole, rows, answers.stratum[rows])
        departed = self._departures[LATEST if row["answer"] == LATEST else FIRST]
        left = self._intervals(whole, departed, answers.stratum[departed])
        since = left.stop - (0 if row["clock"] == SINCE else answers.entry[departed])
        counts = left.left & self._belongs(row["answer"])[departed]
        ends = [months * DAYS_PER_MONTH * TICKS_A_DAY for months in FOLLOW_UP.values()]
        upto = shares_up_to(everybody.risk_sets(len(self.counted.levels)), left.group, left.stop)
        return Redrawn(upto, self.covariate(row), np.stack([counts & (since <= e) for e in ends]))

    def _belongs(self, answer: str) -> np.ndarray:
        """Whether each counted answer is one of a definition's."""
        first, early = self.counted.first, self.counted.answers.entry < EARLY_TICKS
        every = np.ones(len(first), dtype=bool)
        return {FIRST: first, LATEST: every, EARLY: first & early, LATE: first & ~early}[answer]

    def _rows(self, answer: str) -> np.ndarray:
        """The numbers of the counted answers of a definition."""
        return np.flatnonzero(self._belongs(answer))

    def _intervals(self, row: Row, rows: np.ndarray, group: np.ndarray) -> Intervals:
        """Counted answers as intervals under the clock, lag, churn date and follow-up."""
        one = self._placed(row)
        start = one.entry + round(float(row["lag"].split()[0]) * TICKS_A_DAY)
        until = one.entry + np.minimum(follow_up_days(row) * TICKS_A_DAY, NEVER).astype(np.int64)
        stop = np.minimum(np.minimum(one.exit, one.off), until)
        left = one.churned & (one.exit == stop) & (start < stop)
        zero = one.entry if row["clock"] == SINCE else 0
        columns = (start - zero, stop - zero, left, one.n)
        return Intervals(group, self.counted.level[rows], *(column[rows] for column in columns))

    def _placed(self, row: Row) -> Episodes:
        """Answers under the churn date of an analysis, until the next or without end."""
        latest, date = row["answer"] == LATEST, row["churn date"]
        key = (date, row["lag"] if latest else "")
        if key not in self._known:
            answers = self.counted.answers
            moved = answers.left_on(DATES.get(date, 0.0), at_notice=date == NOTICE)
            endless = replace(moved, off=np.full_like(answers.off, NEVER))
            lag_days = float(row["lag"].split()[0])
            self._known[key] = moved.lagged(lag_days) if latest else endless
        return self._known[key]

    @cached_property
    def _departures(self) -> dict[str, np.ndarray]:
        """The counted answers after which customers left, one number a departure, by exit.

        In the same order by first and by latest answer, so that a departure is the same in both.
        """
        answers, first = self.counted.answers, self.counted.first
        last = answers.exit <= answers.off
        found = {}
        for name, some in ((FIRST, first), (LATEST, last)):
            times = np.where(answers.churned & some, answers.n, 0).astype(int)
            rows = np.repeat(np.arange(len(times)), times)
            found[name] = rows[np.lexsort((answers.stratum[rows], answers.exit[rows]))]
        return found

    @cached_property
    def _known(self) -> dict[tuple, RiskSets | Episodes]:
        return {}
