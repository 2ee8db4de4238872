"""C8 on one company: every number the notebook and the finding ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from csresearch.claims import effort_path
from csresearch.claims.effort_programme import CHOSEN, Assignment, read_assignment
from csresearch.claims.effort_signals import signals_table
from csresearch.claims.effort_steps import (
    bands_only,
    chance_difference,
    first_result_chances,
    interaction,
    ratio_within,
)
from csresearch.claims.histories import default_strata
from csresearch.company import Company
from csresearch.events import COUNTS, EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import History
from csresearch.resampling import GROUP
from csresearch.sensitivity import no_effect_benchmark

HORIZON_MONTHS = 12.0
LAGS_DAYS = (30.0, 60.0, 90.0)
WINDOWS_DAYS = (90.0, 180.0)
LATER_DAYS = (0.0, 30.0, 90.0)
NAMES = {
    True: ("in the programme ÷ not", "programme's"),
    False: ("more ÷ less effort", "effort's"),
}


@dataclass(frozen=True)
class Study:
    """The claim on one company: the choices, and every number as it is asked for.

    Parameters
    ----------
    company : Company
    programme : str or None
    lag_days : float
        How old an effort must be before it counts.
    window_days : float
        Over which the team's hours are counted.
    """

    company: Company
    programme: str | None = None
    lag_days: float = 30.0
    window_days: float = 90.0

    @property
    def high(self) -> str:
        """The best prepared band."""
        return self.company.bands.labels[-1]

    @property
    def low(self) -> tuple[str, ...]:
        """The bands of the low group."""
        return tuple(self.company.bands.low)

    @property
    def comparable(self) -> bool:
        """Whether there is a high band beside a low group."""
        return bool(self.low) and len(self.company.bands.labels) > 1 and self.high not in self.low

    @cached_property
    def assignment(self) -> Assignment:
        """How customers came to a programme."""
        return read_assignment(self.company, self.programme)

    @property
    def assigned(self) -> bool:
        """Whether a programme tells."""
        return self.assignment.design != CHOSEN

    @cached_property
    def bands(self) -> pd.DataFrame:
        """What each band gets and asks for."""
        return effort_path.hours_by_band(self.company)

    @property
    def segments(self) -> tuple[str, ...]:
        """What customers of a band are compared within."""
        return tuple(s for s in default_strata(self.company) if s != "maturity")

    def path(self, lag_days: float, window_days: float) -> EventTable:
        """Customers by band, segments and whether they got more effort than the average."""
        return effort_path.effort_path(
            self.company,
            lag_days=lag_days,
            window_days=window_days,
            average=effort_path.average_hours(self.bands, window_days),
            by=self.segments,
        )

    @cached_property
    def observed_table(self) -> EventTable:
        """The path at the chosen lag and window."""
        return self.path(self.lag_days, self.window_days)

    def strata_of(self, table: EventTable) -> tuple[str, ...]:
        """What a path's ratio is adjusted for beside maturity."""
        return tuple(c for c in table.by if c not in ("maturity", "level", GROUP))

    def ratios(self, *, assigned: bool) -> dict[str, Estimate]:
        """The churn-rate ratio of each band and of the low group, by intention to treat or not."""
        words, _ = NAMES[assigned]
        if assigned:
            table, strata, level = self.assignment.table(), self.assignment.strata, "state"
        else:
            table, level = self.observed_table, "level"
            strata = self.strata_of(table)
        groups = {band: (band,) for band in self.company.bands.labels}
        if len(self.low) > 1:
            groups |= {"low group": self.low}
        return {
            label: ratio_within(
                table, bands, strata, level=level, name=f"churn rate, {words}, {label}"
            )
            for label, bands in groups.items()
        }

    @cached_property
    def by_programme(self) -> dict[str, Estimate]:
        """Intention to treat; nothing without an assignment."""
        return self.ratios(assigned=True) if self.assigned else {}

    @cached_property
    def observed(self) -> dict[str, Estimate]:
        """Lagged and adjusted, from what was spent on whom."""
        return self.ratios(assigned=False)

    @property
    def judged(self) -> dict[str, Estimate]:
        """The ratios of the design that the data have."""
        return self.by_programme if self.assigned else self.observed

    def interaction_of(self, ratios: dict[str, Estimate], *, assigned: bool) -> Estimate:
        """The high band's ratio ÷ the low group's."""
        low = ratios["low group" if len(self.low) > 1 else self.low[0]]
        name = f"{NAMES[assigned][1]} ratio, {self.high} ÷ {' and '.join(self.low)}"
        return interaction(ratios[self.high], low, name=name)

    @cached_property
    def much_so_far(self) -> History:
        """Who ever reached the average customer's total of hours."""
        return effort_path.much_effort_so_far(self.company)

    @cached_property
    def naive(self) -> Estimate:
        """The tempting number of the high band: much effort in all ÷ little."""
        table = self.much_so_far.ever_table(ignore_entry=True)
        name = f"churn rate, much ÷ little effort in all, {self.high}"
        found = ratio_within(table, (self.high,), (), level="state", name=name)
        return replace(found, role="naive")

    @cached_property
    def no_effect(self) -> Estimate:
        """What the tempting number would be if effort did nothing."""
        name = f"the same if effort did nothing, {self.high}"
        table = bands_only(self.much_so_far.event_table(), (self.high,)).total(["state"])
        if table.counts["state"].nunique() < 2 or not table.n_events:
            return Estimate(name, None, role="no_effect", null=1.0)
        longer = no_effect_benchmark(table)["inverse hazard ratio"]
        return Estimate(
            name, *(1 / x if x else None for x in (longer.value, longer.ci_high, longer.ci_low)),
            std_error=longer.std_error, role="no_effect", null=1.0,
        )  # fmt: skip

    @cached_property
    def signals(self) -> pd.DataFrame:
        """Does effort follow signs of trouble?"""
        return signals_table(self.company)

    @cached_property
    def chances(self) -> pd.DataFrame:
        """First results by 12 months by band and effort; empty where results are not dated."""
        if self.company.results_known != "dated":
            return pd.DataFrame(columns=["label", "band", "effort", "value", "ci_low", "ci_high"])
        table = effort_path.effort_path(
            self.company,
            lag_days=0.0,
            window_days=self.window_days,
            average=effort_path.average_hours(self.bands, self.window_days),
            first_results=True,
        )
        return first_result_chances(table, self.company.bands.labels, HORIZON_MONTHS)

    @property
    def easy_results(self) -> Estimate:
        """First results at low effort, high band against the lowest."""
        if not len(self.chances):
            return Estimate("first results at low effort", None, scale="points")
        return chance_difference(self.chances, self.high, self.company.bands.labels[0])

    @cached_property
    def many(self) -> pd.DataFrame:
        """The high band's ratio over defensible choices."""
        rows = self._many_assigned() if self.assigned else self._many_observed()
        table = [(label, e.value, e.ci_low, e.ci_high, e.scale) for label, e in rows]
        return pd.DataFrame(table, columns=["label", "value", "ci_low", "ci_high", "scale"])

    def _many_assigned(self) -> list[tuple[str, Estimate]]:
        """Compared within less or more, and from a later day on."""
        strata, rows = self.assignment.strata, []
        for days in LATER_DAYS:
            table = self.assignment.table(days)
            for within in dict.fromkeys([(), strata[:1], strata]):
                label = f"from day {days:.0f} of it, same {' and '.join(within) or 'tenure'}"
                rows.append((label, self._high_ratio(table, within, "state")))
        return rows

    def _many_observed(self) -> list[tuple[str, Estimate]]:
        """Other lags and windows, and less adjustment."""
        chosen, rows = (self.lag_days, self.window_days), []
        others = [(lag, self.window_days) for lag in LAGS_DAYS]
        others += [(self.lag_days, window) for window in WINDOWS_DAYS]
        for lag, window in dict.fromkeys([chosen, *others]):
            same = (lag, window) == chosen
            table = self.observed_table if same else self.path(lag, window)
            for within in dict.fromkeys([(), self.strata_of(table)]):
                words = f"{window:.0f} days of effort, {lag:.0f} days old, "
                words += "adjusted" if within else "same tenure only"
                rows.append((words, self._high_ratio(table, within, "level")))
        return rows

    def _high_ratio(self, table: EventTable, strata: tuple[str, ...], level: str) -> Estimate:
        return ratio_within(table, (self.high,), strata, level=level, name="")


def effort_counts(company: Company, programme: str | None = None) -> pd.DataFrame:
    """Counts of the high band behind C8's judged ratio, for a second road.

    Parameters
    ----------
    company : Company
    programme : str, optional
        As in `read_assignment`.

    Returns
    -------
    DataFrame
        ``cell`` (what customers are compared within), ``state`` ("with" or "without" the
        programme; or more and less effort, where nobody was assigned), ``day, entrance, observed,
        censored, moved``; empty where the company cannot test the claim.
    """
    columns = ["cell", "state", "day", *COUNTS]
    study = Study(company, programme)
    needed = ("efforts", "customers.maturity", "customers.started_on")
    if company.missing(*needed) or not study.comparable:
        return pd.DataFrame(columns=columns)
    if study.assigned:
        table, strata = study.assignment.table(), study.assignment.strata
    else:
        table, strata = study.observed_table, study.strata_of(study.observed_table)
    counts = bands_only(table, (study.high,)).counts
    if counts.empty:
        return pd.DataFrame(columns=columns)
    cell = counts[list(strata)].astype(str).agg(", ".join, axis=1) if strata else "all"
    state = counts["state" if study.assigned else "level"]
    state = state.replace({effort_path.MORE: "with", effort_path.LESS: "without"})
    return EventTable.from_counts(
        counts[["day", *COUNTS]].assign(cell=cell, state=state), ["cell", "state"]
    ).counts[columns]
