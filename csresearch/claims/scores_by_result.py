"""Answers as counts: score, tenure at the survey, and whether there was a result by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from csresearch.association import ScoreByState, score_by_state
from csresearch.claims.answers import BIN_EDGES_MONTHS, BIN_NAMES
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import NOT_RECORDED
from csresearch.resampling import GROUP, GROUPS, with_groups

MIN_EACH = 10  # answers with and without results that a stratum needs to be read at all
LAG_DAYS = 28  # how old a result must be in one of the many analyses
STRATA = ("months_at_survey", "instrument")


@dataclass(frozen=True)
class ScoredAnswers:
    """Every answer given while at risk, counted.

    Parameters
    ----------
    frame : DataFrame
        Columns ``months_at_survey, instrument, maturity, score, state, old, first, latest, group,
        n``: ``state`` is whether the customer had a result before the day of the answer, ``old``
        whether one 28 days old, ``first`` whether it is the customer's first answer, ``latest``
        whether the last one of a customer still here, ``group`` a number of customers that go
        together.
    n_customers : int
        Customers with an answer.
    """

    frame: pd.DataFrame
    n_customers: int

    @property
    def groups(self) -> list[int]:
        """The groups of customers there are."""
        return sorted(set(self.frame["group"]))

    def at(self, name: str) -> ScoredAnswers:
        """The answers given at one tenure."""
        return self.where(self.frame["months_at_survey"] == name)

    def where(self, keep: pd.Series) -> ScoredAnswers:
        """Only some of the answers."""
        return ScoredAnswers(self.frame[keep], self.n_customers)

    def somers_d(
        self, strata: Sequence[str] = STRATA, groups: Sequence[int] | None = None
    ) -> ScoreByState:
        """Somers' D of score by result, within strata."""
        return score_by_state(self.frame, strata=strata, groups=groups)

    @property
    def bins(self) -> list[str]:
        """The tenures at the survey with enough answers with and without results, early first."""
        counts = self.frame.pivot_table(
            index="months_at_survey", columns="state", values="n", aggfunc="sum", fill_value=0
        ).reindex(columns=[False, True], fill_value=0)
        enough = counts[(counts >= MIN_EACH).all(axis=1)].index
        return [name for name in BIN_NAMES if name in enough]


def scored_answers(company: Company) -> ScoredAnswers:
    """Count answers in the engine, one scan: what was said, when, and with a result or without.

    An answer counts when given while at risk; a result on the day of the answer or later is none
    yet. Customers are hashed to 64 groups, those of one parent together, so that several answers
    of one customer are not taken for several customers.
    """
    answered = _answers(company)
    day = answered["survey_day"]
    edges = [edge * DAYS_PER_MONTH for edge in BIN_EDGES_MONTHS]
    rows = answered.select(
        "instrument",
        "score",
        "customer_id",
        bin=ibis.cases(*((day < edge, i) for i, edge in enumerate(edges)), else_=len(edges)),
        maturity=answered["maturity"].fill_null(NOT_RECORDED),
        state=(answered["result_day"] < day).fill_null(False),
        old=(answered["result_day"] + LAG_DAYS < day).fill_null(False),
        first=day == answered["first_day"],
        latest=(day == answered["last_day"]) & ~answered["churned"],
        group=answered[GROUP],
    )
    keys = ["bin", "instrument", "maturity", "score", "state", "old", "first", "latest", "group"]
    counted = rows.group_by(keys).agg(n=rows.count()).order_by(keys).to_pandas()
    counted.insert(0, "months_at_survey", np.array(BIN_NAMES, object)[counted.pop("bin")])
    hexed = counted["group"].map(lambda text: int(text, 16) % GROUPS)
    flags = {name: counted[name].astype(bool) for name in ("state", "old", "first", "latest")}
    frame = counted.assign(group=hexed.astype(int), **flags)
    return ScoredAnswers(frame, int(rows["customer_id"].nunique().execute()))


def _answers(company: Company) -> ibis.Table:
    """Answers given while at risk, with the customer's result, group, first and last day."""
    surveys = company.surveys.filter(company.surveys["score"].notnull())
    lives = with_groups(company.lifetimes(surveys=False))
    columns = ("entry_day", "exit_day", "churned", "result_day", "maturity", GROUP)
    lives = lives.select("customer_id", *columns)
    both = surveys.inner_join(lives, "customer_id")
    risk = both.filter(both.survey_day >= both.entry_day, both.survey_day < both.exit_day)
    day = risk["survey_day"]
    ends = risk.group_by("customer_id").agg(first_day=day.min(), last_day=day.max())
    return risk.inner_join(ends, "customer_id")
