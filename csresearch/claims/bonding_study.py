"""C11 on one company: every number the notebook and the finding ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from csresearch.claims.compared import Compared
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import History
from csresearch.resampling import GROUP, or_none
from csresearch.survival.change_point import ChangePoint, change_point
from csresearch.survival.contrasts import (
    hazard_ratios,
    ratio_of_ratios,
    standardised_ratio_of_ratios,
)
from csresearch.survival.hazard_ratios import hazard_ratio
from csresearch.survival.intervals import Interval
from csresearch.survival.jackknife import jackknife_interval
from csresearch.survival.plateau import Plateau, plateau
from csresearch.survival.rates import event_rates, rate_ratio, split_exposure
from csresearch.survival.since_event import (
    BEFORE,
    SINCE,
    clock_from_event,
    since_labels,
    time_since_table,
)
from csresearch.survival.turn import TurnOrSorting, turn_or_sorting

EARLY, LATE = (0.0, 6.0), (12.0, 24.0)  # months after the first result (claims.md, C11)
JACKKNIFE_GROUPS = 64
MOST_MONTHS = 60  # of the clock that starts with the first result
TURN_P = 0.05
NAIVE_NAME = "churn rate, months 12–24 ÷ months 0–6 after the first result"
NULL_NAME = "the same at the rates of customers without results at the same tenure"
SORTING_NAME = "the same if customers only differed (shifted-beta-geometric)"
FAIR_NAME = "fall of the churn rate after the first result ÷ without results, same tenure"

Window = tuple[float, float | None]


@dataclass(frozen=True)
class Study:
    """The claim on one company: its history and every number as it is asked for.

    Parameters
    ----------
    history : History
        Counted by the strata; the change is the first result.
    strata : tuple of str
    """

    history: History
    strata: tuple[str, ...]

    @cached_property
    def table(self) -> EventTable:
        """Days of tenure by strata and time since the first result, in the claim's windows."""
        return time_since_table(self.history, cuts_days(EARLY, LATE), by=self.history.by)

    @cached_property
    def who(self) -> Compared:
        """Who is compared within the strata."""
        return Compared.among(self.history, self.strata)

    @cached_property
    def fair_table(self) -> EventTable:
        """As ``table``, of those who are compared."""
        return self.since(EARLY, LATE) if self.who.columns else self.table

    @cached_property
    def clock(self) -> EventTable:
        """Everybody with a first result, on a clock that starts with it."""
        return clock_from_event(self.history)

    def since(self, early: Window, late: Window) -> EventTable:
        """As ``fair_table``, cut at the ends of other windows."""
        compared = self.who.of(self.history)
        return time_since_table(compared, cuts_days(early, late), by=compared.by)

    @cached_property
    def fair(self) -> Estimate:
        """The primary number."""
        return fall_of(self.fair_table, level_of(EARLY), level_of(LATE), self.strata)

    @cached_property
    def naive_interval(self) -> Interval:
        """Rate late ÷ early after the first result, tenure ignored."""
        return _late_to_early(self.rates)

    @property
    def naive(self) -> Estimate:
        """The tempting number."""
        one = self.naive_interval
        return Estimate(NAIVE_NAME, one.value, one.ci_low, one.ci_high, role="naive")

    @property
    def benchmark(self) -> Estimate:
        """What the tempting number would be had results no part in it, of those compared."""
        value, against = _late_to_early(_rates(self.fair_table)).value, self.standardised.value
        there = value is not None and against
        return Estimate(NULL_NAME, value / against if there else None, role="no_effect")

    @cached_property
    def standardised(self) -> Estimate:
        """The fair number by another road: observed ÷ expected churn, late ÷ early."""
        bands = {"late": level_of(LATE), "early": level_of(EARLY), "reference": BEFORE}
        name = "observed ÷ expected churn, late ÷ early"
        if not set(bands.values()) <= set(self.fair_table.counts[SINCE]):
            return Estimate(name, None)
        table = self.fair_table
        value = standardised_ratio_of_ratios(table, SINCE, bands=bands, strata=self.strata)
        return Estimate(name, value)

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Churned customers per day lived, by time since the first result."""
        return _rates(self.table)

    @cached_property
    def by_time(self) -> pd.DataFrame:
        """Churn rate by time since the first result ÷ without results, same tenure and strata."""
        present = set(self.fair_table.counts[SINCE])
        levels = [name for name in since_labels(cuts_days(EARLY, LATE)) if name in present]
        if BEFORE not in present or not levels or not self.fair_table.n_events:
            return pd.DataFrame(columns=["label", "value", "ci_low", "ci_high", "scale"])
        table = self.fair_table.total([*self.strata, SINCE])
        fit, others = hazard_ratios(table, SINCE, reference=BEFORE, strata=self.strata)
        rows = []
        for name in levels:
            one = hazard_ratio(fit, others.index(name))
            low_high = (one.value, one.ci_low, one.ci_high)
            rows.append((words_of(name), *(Estimate("", x).value for x in low_high), "ratio"))
        return pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """Months after the first result: ``month, at_risk, observed``, as long as there are any.

        Who is lost from sight within a month is at risk for half of it.
        """
        cuts = np.arange(1, MOST_MONTHS + 1) * DAYS_PER_MONTH
        frame = split_exposure(self.clock, cuts) if len(self.clock.counts) else pd.DataFrame()
        if not len(frame):
            return pd.DataFrame({"month": [], "at_risk": [], "observed": []})
        frame = frame[frame["after_day"] < cuts[-1]]
        observed = frame["observed"].to_numpy(float)
        at_risk = frame["exposure"].to_numpy() / DAYS_PER_MONTH + observed / 2
        month = np.rint(frame["up_to_day"] / DAYS_PER_MONTH).astype(int)
        return pd.DataFrame({"month": month, "at_risk": at_risk, "observed": observed})

    @cached_property
    def turn(self) -> TurnOrSorting | None:
        """A turn of the rate against the weak leaving first; None with too few churned."""
        return or_none(lambda: turn_or_sorting(self.monthly["at_risk"], self.monthly["observed"]))

    @property
    def sorting(self) -> Estimate:
        """The tempting number, had customers only differed."""
        months = len(self.monthly)
        if self.turn is None or months < LATE[1]:
            return Estimate(SORTING_NAME, None)
        one = self.turn.sorting.hazard_ratio((13, 24), (1, 6))
        return Estimate(SORTING_NAME, one.value, one.ci_low, one.ci_high)

    @cached_property
    def change(self) -> ChangePoint | None:
        """The most likely day of one change of the rate; None with too few churned."""
        return or_none(lambda: change_point(self.clock))

    @cached_property
    def plateau(self) -> Plateau | None:
        """What follows the change; None where no change is to be seen."""
        if self.change is None or self.change.p_value >= TURN_P:
            return None
        return plateau(self.clock, self.change.day)


def _rates(table: EventTable) -> pd.DataFrame:
    """Churned customers per day lived, by time since the first result."""
    return event_rates(table.total([SINCE]), [SINCE])


def _late_to_early(rates: pd.DataFrame) -> Interval:
    """The rate of the late window ÷ that of the early one."""
    rates, names = rates.set_index(SINCE), [level_of(LATE), level_of(EARLY)]
    if not set(names) <= set(rates.index) or not (rates.loc[names, "exposure"] > 0).all():
        return Interval(None)
    return rate_ratio(tuple(rates.loc[names, "observed"]), tuple(rates.loc[names, "exposure"]))


def cuts_days(early: Window, late: Window) -> list[float]:
    """The ends of two windows of months after the first result, in days."""
    ends = {end for end in (*early, *late) if end}
    return [end * DAYS_PER_MONTH for end in sorted(ends)]


def level_of(window: Window) -> str:
    """What a window's level is called in `time_since_table`."""
    return f"{SINCE} {window[0] * DAYS_PER_MONTH:g}"


def words_of(level: str) -> str:
    """A level of time since the first result in words."""
    if level == BEFORE:
        return "no result yet"
    edges = [0.0, *cuts_days(EARLY, LATE), np.inf]
    at = since_labels(edges[1:-1]).index(level)
    low, high = edges[at] / DAYS_PER_MONTH, edges[at + 1] / DAYS_PER_MONTH
    return f"months {low:.0f}–{high:.0f} after it" if np.isfinite(high) else f"month {low:.0f}+"


def fall_of(table: EventTable, early: str, late: str, strata: Sequence[str]) -> Estimate:
    """The rate late ÷ early after the first result, divided by the same without results.

    Customers of one parent are taken together where the table has their groups.
    """
    there = set(table.counts[SINCE])
    if not {early, late, BEFORE} <= there or not table.n_events:
        return Estimate(FAIR_NAME, None)
    bands = {"late": late, "early": early, "reference": BEFORE, "strata": strata}
    one = ratio_of_ratios(table.total([*strata, SINCE]), SINCE, **bands)
    if GROUP in table.by and one.value and table.counts[GROUP].nunique() > 1:
        one = jackknife_interval(one.value, _without_each(table, bands), scale="ratio")
    return Estimate(FAIR_NAME, one.value, one.ci_low, one.ci_high, std_error=one.std_error)


def _without_each(table: EventTable, bands: dict) -> list[float]:
    """The same number without each group of parents."""
    groups = np.unique(table.counts[GROUP].to_numpy(), return_inverse=True)[1] % JACKKNIFE_GROUPS
    found = []
    for group in np.unique(groups):
        kept = EventTable(table.counts[groups != group].reset_index(drop=True), table.by)
        some = kept.total([*bands["strata"], SINCE])
        one = or_none(partial(ratio_of_ratios, some, SINCE, **bands))
        found.append(np.nan if one is None or one.value is None else one.value)
    return found
