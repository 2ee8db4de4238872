"""Answers before and after a challenge, and pairs of answers without one, counted by cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.answers import BIN_EDGES_MONTHS, BIN_NAMES
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import NOT_RECORDED
from csresearch.resampling import GROUP, with_groups

KIND = "challenge"
NO_EARLIER = -1
CLASSES = 10  # steps into which each scale is divided to match the score before
CELL = ("maturity", "months", "instrument", "before", "earlier")


@dataclass(frozen=True)
class Pairs:
    """Two consecutive answers on one scale, counted.

    Parameters
    ----------
    frame : DataFrame
        Columns ``maturity, months`` (of tenure at the first answer), ``instrument, before`` (the
        first answer, as a class of its scale), ``earlier`` (the answer before that, in
        classes of two; −1 for none), ``challenged`` (between the two; pairs after a
        challenge are left out), ``answered`` (whether there is a next answer at all),
        ``not_worse, better, cluster_group, n``.
    """

    frame: pd.DataFrame

    @cached_property
    def answered(self) -> pd.DataFrame:
        """Pairs with a next answer."""
        return self.frame[self.frame["answered"]].reset_index(drop=True)

    @property
    def n_challenged(self) -> int:
        """Customers with an answer before a challenge and one after it."""
        return int(self.answered.loc[self.answered["challenged"], "n"].sum())

    @property
    def n_silent(self) -> int:
        """Challenged customers who had answered before and did not answer again."""
        silent = self.frame["challenged"] & ~self.frame["answered"]
        return int(self.frame.loc[silent, "n"].sum())

    @property
    def several_scales(self) -> bool:
        """Whether a customer may stand in more than one pair."""
        return self.frame["instrument"].nunique() > 1


def first_challenges(company: Company) -> ibis.Table:
    """The day each customer was first challenged, while there and before notice.

    Returns
    -------
    ibis Table
        ``customer_id, challenge_day``.
    """
    lives = company.customers
    until = ibis.least(lives.exit_day, lives.notice_day.fill_null(lives.exit_day))
    lives = lives.select("customer_id", "entry_day", until=until)
    efforts = company.efforts
    rows = efforts.filter(efforts.kind.lower().strip() == KIND)
    rows = rows.inner_join(lives, "customer_id")
    rows = rows.filter((rows.effort_day >= rows.entry_day) & (rows.effort_day < rows.until))
    return rows.group_by("customer_id").agg(challenge_day=rows.effort_day.min())


def read_pairs(company: Company) -> Pairs:
    """Count pairs of answers by what they are matched on, in the engine.

    An answer on the day of the challenge counts as before it.
    """
    order = ibis.window(group_by=["customer_id", "instrument"], order_by="survey_day")
    daily = _daily(company)
    pairs = daily.mutate(
        next_day=daily.survey_day.lead().over(order),
        next_score=daily.score.lead().over(order),
        last_before=daily.before.lag().over(order),
    )
    challenges = first_challenges(company)
    pairs = pairs.left_join(challenges, "customer_id").drop("customer_id_right")
    day = pairs.challenge_day
    later = pairs.next_day.isnull() | (pairs.next_day > day)
    challenged = (day.notnull() & (pairs.survey_day <= day) & later).fill_null(False)
    untouched = day.isnull() | (pairs.next_day <= day).fill_null(False)
    answered = pairs.next_day.notnull()
    pairs = pairs.mutate(challenged=challenged, answered=answered)
    kept = pairs.filter(pairs.challenged | (untouched & pairs.answered))
    return Pairs(_counted(company, kept))


def _daily(company: Company) -> ibis.Table:
    """Answers while at risk, of one day and scale averaged, with the score as a class."""
    lives = with_groups(company.customers).select(
        "customer_id", "maturity", "entry_day", "exit_day", GROUP
    )
    answers = company.surveys.filter(company.surveys.score.notnull())
    answers = answers.inner_join(lives, "customer_id")
    inside = (answers.survey_day >= answers.entry_day) & (answers.survey_day < answers.exit_day)
    answers = answers.filter(inside)
    scale = answers.group_by("instrument").agg(least=answers.score.min(), most=answers.score.max())
    keys = ["customer_id", "instrument", "survey_day", "maturity", GROUP]
    daily = answers.group_by(keys).agg(score=answers.score.mean())
    daily = daily.inner_join(scale, "instrument")
    width = (daily.most > daily.least).ifelse(daily.most - daily.least, 1.0)
    place = ((daily.score - daily.least) / width * CLASSES + 0.5).floor().cast("int16")
    return daily.mutate(before=place)


def _counted(company: Company, pairs: ibis.Table) -> pd.DataFrame:
    """One GROUP BY over what pairs are matched on."""
    edges = [edge * DAYS_PER_MONTH for edge in BIN_EDGES_MONTHS]
    spans = ((pairs.survey_day < edge, i) for i, edge in enumerate(edges))
    earlier = (pairs.last_before // 2).cast("int16").fill_null(NO_EARLIER)
    change = (pairs.next_score - pairs.score).fill_null(-1.0)
    counted = pairs.group_by(
        maturity=pairs.maturity.fill_null(NOT_RECORDED),
        months=ibis.cases(*spans, else_=len(edges)),
        instrument=pairs.instrument,
        before=pairs.before,
        earlier=earlier,
        challenged=pairs.challenged,
        answered=pairs.answered,
        not_worse=pairs.answered & (change >= 0),
        better=pairs.answered & (change > 0),
        **{GROUP: pairs[GROUP]},
    )
    frame = counted.agg(n=pairs.count()).to_pandas()
    flags = {c: frame[c].astype(bool) for c in ("challenged", "answered", "not_worse", "better")}
    frame = frame.assign(**flags, months=np.array(BIN_NAMES, object)[frame["months"].astype(int)])
    return frame.sort_values(list(frame.columns), ignore_index=True)


def customers_challenged(company: Company) -> pd.DataFrame:
    """How many customers of each band were challenged.

    Returns
    -------
    DataFrame
        ``band, customers, challenged, share_challenged``, bands in order.
    """
    lives = company.customers.left_join(first_challenges(company), "customer_id")
    found = lives.group_by(band=lives.maturity.fill_null(NOT_RECORDED)).agg(
        customers=lives.count(), challenged=lives.challenge_day.count()
    )
    frame = found.to_pandas().set_index("band")
    frame = frame.reindex([b for b in (*company.bands.labels, NOT_RECORDED) if b in frame.index])
    frame["share_challenged"] = frame["challenged"] / frame["customers"]
    return frame.reset_index()
