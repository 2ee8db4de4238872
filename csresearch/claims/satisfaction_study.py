"""C2 on one company: every number the notebook and the finding ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from csresearch.association import concordance
from csresearch.claims.answers import STRATA, Answers
from csresearch.claims.results_steps import fair_ratio
from csresearch.claims.satisfaction_steps import Link, by_tenure, link, naive_table
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate
from csresearch.history import History


@dataclass(frozen=True)
class Study:
    """The claim on one company: first answers, who answered when, and every number as asked for.

    Parameters
    ----------
    answers : Answers
        First answers given while at risk.
    silence : History
        All customers, counted by the strata; the change is the first answer.
    strata : tuple of str
        Within which those who answered are compared with those who have not.
    horizon_months : float
        Of Uno's concordance, after the survey.
    reliability : Estimate or None
        Agreement of two answers of the same customer.
    """

    answers: Answers
    silence: History
    strata: tuple[str, ...]
    horizon_months: float
    reliability: Estimate | None

    @cached_property
    def link(self) -> Link:
        """Both measures, within tenure at the survey and scale."""
        return link(self.answers)

    @cached_property
    def drift(self) -> tuple[pd.DataFrame, float | None]:
        """D by tenure at the survey, and the p-value of its drift."""
        return by_tenure(self.answers)

    @cached_property
    def uno(self) -> Estimate:
        """Uno's concordance up to the horizon."""
        found = concordance(
            self.answers.event_table("z"),
            "z",
            strata=STRATA,
            weighting="n/G2",
            horizon_days=self.horizon_months * DAYS_PER_MONTH,
        )
        return replace(found.concordance, name=f"Uno's C to month {self.horizon_months:g}")

    @cached_property
    def naive(self) -> dict[str, Estimate]:
        """The tempting correlations."""
        return naive_table(self.answers)

    @cached_property
    def silent_ratio(self) -> Estimate:
        """Churn rate not (yet) answered ÷ answered, at the same tenure and strata."""
        name = "churn rate, no answer yet ÷ answered"
        return fair_ratio(self.silence, self.strata, name=name)

    @property
    def share_silent(self) -> float:
        """Share of customers who never answered while at risk."""
        frame = self.silence.frame
        answered = frame.loc[frame["change"] < frame["exit"], "n"].sum()
        return 1 - float(answered) / self.silence.n_customers
