"""C4 on one company: answers by result, time in the quadrants, every number as it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from csresearch.association import ScoreByState
from csresearch.claims import conflict_steps as steps
from csresearch.claims.base import Claim
from csresearch.claims.happy import Cut
from csresearch.claims.quadrants import quadrants, read_scores_and_results
from csresearch.claims.results_undated import without_dates
from csresearch.claims.scores_by_result import ScoredAnswers
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.findings.estimates import Estimate


@dataclass(frozen=True)
class Study:
    """The claim on one company.

    Parameters
    ----------
    company : Company
    answers : ScoredAnswers
        Every answer given while at risk.
    cuts : mapping of str to Cut
        From which score on an answer is happy.
    """

    company: Company
    answers: ScoredAnswers
    cuts: Mapping[str, Cut]

    @property
    def lead(self) -> str | None:
        """The earliest tenure at the survey with enough answers on both sides."""
        return next(iter(self.answers.bins), None)

    @cached_property
    def earliest(self) -> ScoreByState:
        """D of that tenure: the number that is judged."""
        return self.answers.at(self.lead).somers_d()

    @cached_property
    def by_tenure(self) -> pd.DataFrame:
        """D by tenure at the survey."""
        return steps.by_tenure(self.answers)

    @cached_property
    def drift(self) -> tuple[Estimate, float | None]:
        """How D changes from the earliest to later surveys, and its p-value."""
        return steps.drift(self.answers)

    @cached_property
    def days(self) -> pd.DataFrame:
        """Customer-days in each quadrant by group and tenure."""
        table = read_scores_and_results(self.company, self.cuts, hex_digits=1)
        return steps.months(quadrants(table))

    @cached_property
    def conflict(self) -> tuple[Estimate, Estimate]:
        """Share of time in conflict, and that ÷ the share under independence."""
        return steps.conflict(self.days)


def undated(company: Company, claim: Claim) -> Finding:
    """The finding of a claim on satisfaction and results where results have no dates."""
    return without_dates(
        company,
        claim.id,
        title="Without dates, results cannot be set beside satisfaction",
        sentence=(
            "These data say whether a customer ever had a result, not when: whether it was there "
            "when a score was given, or when a customer left, cannot be known."
        ),
    )
