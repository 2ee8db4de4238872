"""C14 on one company: the table of states, and every number as it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from csresearch.claims import wins_steps as steps
from csresearch.claims.compared import Compared
from csresearch.claims.happy import Cut
from csresearch.claims.last_words import expected_ratio, last_words, plain_ratio
from csresearch.claims.quadrants import CONFLICT, STATE, quadrants, read_scores_and_results
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.sensitivity import e_value

LAG_DAYS = 28.0  # claims.md, trap 3
LAGGED_NAME = f"the same, answers and results {LAG_DAYS:.0f} days old"


@dataclass(frozen=True)
class Study:
    """The claim on one company.

    Parameters
    ----------
    company : Company
    cuts : mapping of str to Cut
        From which score on an answer is happy.
    strata : tuple of str
    """

    company: Company
    cuts: Mapping[str, Cut]
    strata: tuple[str, ...]

    @cached_property
    def scanned(self) -> EventTable:
        """Strata, groups where there are parents, results and bands of the last score."""
        return self._scan(0.0)

    @cached_property
    def scanned_lagged(self) -> EventTable:
        """The same with answers and results that count 28 days later."""
        return self._scan(LAG_DAYS)

    def _scan(self, lag_days: float) -> EventTable:
        """One scan of customers, answers and results."""
        digits = 1 if self.company.has("customers.parent_id") else 0
        return read_scores_and_results(
            self.company, self.cuts, self.strata, hex_digits=digits, lag_days=lag_days
        )

    @cached_property
    def table(self) -> EventTable:
        """The six states by strata."""
        return quadrants(self.scanned, strata=self.strata)

    @cached_property
    def who(self) -> Compared:
        """Who is compared within the strata."""
        return Compared.among(self.scanned, self.strata)

    @cached_property
    def fair_table(self) -> EventTable:
        """The six states by strata, of those who are compared."""
        return self.states_of(self.scanned)

    def states_of(self, scanned: EventTable, *, shift: int = 0) -> EventTable:
        """The states of those who are compared; ``shift`` moves where happy begins."""
        return quadrants(self.who.of(scanned), shift=shift, strata=self.strata)

    @cached_property
    def wins(self) -> steps.Wins:
        """The conflict, and each side adjusted for the other."""
        return steps.wins(self.fair_table, self.strata)

    @cached_property
    def lagged(self) -> Estimate:
        """The conflict with answers and results 28 days old."""
        table = self.states_of(self.scanned_lagged)
        return steps.conflict_ratio(table, self.strata, name=LAGGED_NAME)

    @cached_property
    def last_words(self) -> pd.DataFrame:
        """Customers by their last answer and whether they ever had a result."""
        return last_words(self.company, self.cuts)

    @cached_property
    def naive(self) -> Estimate:
        """The tempting ratio: last answer and "ever had a result", as if known from the start."""
        return replace(plain_ratio(self.last_words), role="naive")

    @cached_property
    def no_effect(self) -> Estimate:
        """What the tempting ratio would be if neither mattered."""
        words = self.last_words
        if self.who.columns:
            words = last_words(self.company, self.cuts, self.who)
        found = expected_ratio(words, self.fair_table, self.strata)
        return replace(found, role="no_effect")

    @property
    def n_events_in_conflict(self) -> int:
        """Of those compared, who left while in one of the two conflicting states."""
        counts = self.fair_table.counts
        return int(counts.loc[counts[STATE].isin(CONFLICT), "observed"].sum())

    @cached_property
    def e_values(self) -> tuple[Estimate, ...]:
        """How strong an unmeasured cause would have to be."""
        return (e_value(self.wins.conflict),) if self.wins.conflict.value else ()
