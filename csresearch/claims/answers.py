"""First survey answers as counts: score, tenure at the survey, days until exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.once import once
from csresearch.company import Company
from csresearch.company.frames import ROW_LIMIT
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.company.sources import kept
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import TICKS_A_DAY, coded, ticks_of, values_of
from csresearch.resampling import GROUP, with_groups
from csresearch.survival.intervals import normal_quantile

BIN_EDGES_MONTHS = (3, 6, 12)
BIN_NAMES = ("0–3", "3–6", "6–12", "12+")
FROM_START = -1  # marks counts by tenure among those by days since the survey
MIN_PAIRS = 10
MAX_CLASSES = 101  # a finer score is grouped into so many equal-width classes
STRATA = ("months_at_survey", "instrument")


@dataclass(frozen=True)
class Answers:
    """Customers who answered a survey while at risk, counted by their first answer.

    Parameters
    ----------
    frame : DataFrame
        Columns ``months_at_survey, instrument, maturity, score, z, day, churned, n``: ``z`` is
        the score in standard deviations of its instrument and ``day`` the days from the survey
        to the exit.
    per_instrument : DataFrame
        Columns ``instrument, customers, mean, std``.
    tenures : DataFrame, optional
        The same customers by the days from start to exit: ``instrument, score, z, day, churned,
        n``. A table of its own, since both clocks in one would have a row for almost everybody.
    """

    frame: pd.DataFrame
    per_instrument: pd.DataFrame
    tenures: pd.DataFrame | None = None

    @property
    def n_customers(self) -> int:
        """Customers with an answer."""
        return int(self.frame["n"].sum())

    @property
    def n_events(self) -> int:
        """Customers with an answer who churned after it."""
        return int(self.frame.loc[self.frame["churned"], "n"].sum())

    def event_table(self, level: str = "z", by: tuple[str, ...] = STRATA) -> EventTable:
        """The clock that starts at the survey: everybody enters on day 0 with a fixed level."""
        frame, keys = self.frame, [*by, level]
        starts = frame[keys].assign(day=0.0, entrance=frame["n"], observed=0, censored=0, moved=0)
        stops = frame[[*keys, "day"]].assign(
            entrance=0,
            observed=frame["n"].where(frame["churned"], 0),
            censored=frame["n"].where(~frame["churned"], 0),
            moved=0,
        )
        return EventTable.from_counts(pd.concat([starts, stops], ignore_index=True), keys)

    @property
    def clusters(self) -> tuple[str, ...]:
        """The column of hashed parents, where there are parents."""
        return (GROUP,) if GROUP in self.frame else ()

    def where(self, keep: pd.Series | np.ndarray) -> Answers:
        """Only the counted customers of some rows, on the same scale."""
        return Answers(self.frame[keep].reset_index(drop=True), self.per_instrument)

    def thirds(self) -> Answers:
        """With a column ``group``: low, middle or high third of the answers of its instrument."""
        parts = [
            rows.assign(group=_third(rows))
            for _, rows in self.frame.groupby("instrument", sort=True)
        ]
        frame = pd.concat(parts, ignore_index=True) if parts else self.frame.assign(group="")
        return Answers(frame, self.per_instrument)


@once
def first_answers(company: Company) -> Answers:
    """Count first answers in the engine: one scan of surveys and customers.

    An answer counts when given while at risk: on or after the entry, before the exit. Several
    answers on that first day are averaged; of several instruments the first by name counts.
    """
    answered = answered_lives(company)
    edges = [edge * DAYS_PER_MONTH for edge in BIN_EDGES_MONTHS]
    bins = ibis.cases(
        *((answered["answer_day"] < edge, i) for i, edge in enumerate(edges)), else_=len(edges)
    )
    clusters = {}
    if company.has("customers.parent_id"):
        answered = with_groups(answered)
        clusters = {GROUP: answered[GROUP]}
    rows = answered.select(
        "instrument",
        "score",
        "churned",
        "exit_day",
        bin=bins.cast("int8"),
        maturity=answered["maturity"].fill_null(NOT_RECORDED),
        day=answered["exit_day"] - answered["answer_day"],
        **clusters,
    )
    keys = ["bin", "instrument", "maturity", "score", "day", "churned", *clusters]
    since_survey = rows.group_by(keys).agg(n=rows.count())
    by_tenure = rows.group_by("instrument", "score", "churned", day=rows["exit_day"])
    tenures = by_tenure.agg(n=rows.count())
    empty = {"bin": ibis.literal(FROM_START, "int8"), "maturity": ibis.null("string")}
    tenures = tenures.mutate(**empty, **dict.fromkeys(clusters, ibis.null("string")))
    both = since_survey.union(tenures.select(*since_survey.columns)).order_by(keys).to_pandas()
    both["churned"] = both["churned"].astype(bool)
    from_start = both["bin"] == FROM_START
    counted = both[~from_start].reset_index(drop=True)
    counted.insert(0, "months_at_survey", np.array(BIN_NAMES, object)[counted.pop("bin")])
    unused = ["bin", "maturity", *clusters]
    return _standardised(counted, both[from_start].drop(columns=unused).reset_index(drop=True))


@once
def answered_lives(company: Company) -> ibis.Table:
    """One row per customer who answered while at risk: their life, first answer day and score.

    Two steps are kept by the engine of this process, each with one large grouping: no window,
    which would hold every answer in memory.
    """
    answers = answers_at_risk(company)
    names = values_of(_answered(company), ["instrument"])["instrument"]
    rows = _keyed(answers, names)
    first = rows.group_by("customer_id").agg(key=rows["key"].min())
    first = kept("first_answer_keys", first)
    same = _keyed(_answered(company), names).inner_join(first, ["customer_id", "key"])
    scores = same.group_by("customer_id", "key").agg(score=same["score"].mean())
    scores = kept("first_answers", scores)
    instruments = [(scores["key"] % len(names) == i, name) for i, name in enumerate(names)]
    scores = scores.select(
        "customer_id",
        "score",
        answer_day=(scores["key"] // len(names)) / TICKS_A_DAY,
        instrument=ibis.cases(*instruments) if names else ibis.null("string"),
    )
    lives = company.customers
    joined = scores.inner_join(lives, "customer_id")
    return joined.select(*lives.columns, "answer_day", "instrument", "score")


def _keyed(answers: ibis.Table, names: Sequence[str]) -> ibis.Table:
    """Answers with one number that sorts by day, then by name of the instrument."""
    day = ticks_of(answers["survey_day"]).cast("int64")
    code = coded(answers["instrument"], names)
    return answers.select("customer_id", "score", key=day * max(len(names), 1) + code)


def customers_who_answered(company: Company) -> int:
    """How many customers answered a survey while at risk?"""
    return int(answers_at_risk(company)["customer_id"].nunique().execute())


def answers_at_risk(company: Company) -> ibis.Table:
    """Every answer given while at risk."""
    surveys = _answered(company)
    days = company.customers.select("customer_id", "entry_day", "exit_day")
    both = surveys.inner_join(days, "customer_id")
    return both.filter(
        both["survey_day"] >= both["entry_day"], both["survey_day"] < both["exit_day"]
    )


def _answered(company: Company) -> ibis.Table:
    """Every answer that was given."""
    return company.surveys.filter(company.surveys["score"].notnull())


def answer_rows(company: Company, limit: int = ROW_LIMIT) -> pd.DataFrame:
    """One row per customer who answered, as lifelines wants it: the second road of C2.

    Returns
    -------
    DataFrame
        ``durations`` (days from the survey to the exit), ``event_observed, z, months_at_survey,
        instrument``, one row per customer, sorted. Above the limit a fixed sample by row order of
        the counted answers is drawn; ``attrs["customers"]`` says how many there are.
    """
    answers = first_answers(company)
    frame = answers.frame.loc[answers.frame.index.repeat(answers.frame["n"])]
    if len(frame) > limit:
        frame = frame.sample(limit, random_state=0).sort_index()
    columns = {"day": "durations", "churned": "event_observed"}
    rows = frame.rename(columns=columns).reset_index(drop=True)
    rows = rows[["durations", "event_observed", "z", "months_at_survey", "instrument"]]
    rows.attrs["customers"] = answers.n_customers
    return rows


def reliability(company: Company) -> Estimate | None:
    """How well do two answers of one customer agree? Correlation of the first two, by instrument.

    Returns
    -------
    Estimate or None
        Pearson's correlation with Fisher's interval, pooled within instruments; None with fewer
        than ten customers who answered twice.
    """
    surveys = company.surveys.filter(company.surveys["score"].notnull())
    order = ibis.window(group_by=["customer_id", "instrument"], order_by=["survey_day", "score"])
    ranked = surveys.mutate(answer=ibis.row_number().over(order))
    first, second = (ranked.filter(ranked["answer"] == k) for k in (0, 1))
    keys = ["customer_id", "instrument"]
    both = first.inner_join(second.select(*keys, again="score"), keys)
    mean = both.mutate(
        x=both["score"] - both["score"].mean().over(group_by="instrument"),
        y=both["again"] - both["again"].mean().over(group_by="instrument"),
    )
    sums = mean.agg(
        n=mean.count(),
        xx=(mean["x"] * mean["x"]).sum(),
        yy=(mean["y"] * mean["y"]).sum(),
        xy=(mean["x"] * mean["y"]).sum(),
    ).to_pandas()
    n, xx, yy, xy = sums.iloc[0]
    if n < MIN_PAIRS or not xx > 0 or not yy > 0:
        return None
    r = float(np.clip(xy / np.sqrt(xx * yy), -0.999999, 0.999999))
    reach = normal_quantile(0.95) / np.sqrt(n - 3)
    low, high = np.tanh(np.arctanh(r) + np.array([-reach, reach]))
    return Estimate("agreement of two answers of one customer", r, low, high, scale="correlation")


def _standardised(counted: pd.DataFrame, tenures: pd.DataFrame) -> Answers:
    """Group too fine scores into classes and express them in standard deviations."""
    frames, rows = [], []
    for instrument, rows_of in counted.groupby("instrument", sort=True):
        frame = rows_of.assign(score=_classes(rows_of["score"].to_numpy(float)))
        n, score = frame["n"].to_numpy(float), frame["score"].to_numpy(float)
        mean = float(np.average(score, weights=n))
        std = float(np.sqrt((n * (score - mean) ** 2).sum() / max(n.sum() - 1, 1)))
        frames.append(frame.assign(z=(score - mean) / std if std > 0 else 0.0))
        rows.append((instrument, int(n.sum()), mean, std))
    frame = pd.concat(frames, ignore_index=True) if frames else counted.assign(z=0.0)
    per_instrument = pd.DataFrame(rows, columns=["instrument", "customers", "mean", "std"])
    return Answers(frame, per_instrument, _on_the_same_scale(tenures, counted, frame))


def _on_the_same_scale(
    tenures: pd.DataFrame, counted: pd.DataFrame, standardised: pd.DataFrame
) -> pd.DataFrame:
    """The tenures with score and ``z`` as the standardised counts have them."""
    keys = ["instrument", "score"]
    ordered = counted.sort_values("instrument", kind="stable", ignore_index=True)
    scale = standardised[["score", "z"]].rename(columns={"score": "class"})
    scale = pd.concat([ordered[keys], scale], axis=1).drop_duplicates(keys)
    found = tenures.merge(scale, on=keys, how="left", validate="many_to_one")
    return found.drop(columns="score").rename(columns={"class": "score"})


def _classes(score: np.ndarray) -> np.ndarray:
    """The score itself, or the middle of its class where it takes more than 101 values."""
    if len(np.unique(score)) <= MAX_CLASSES:
        return score
    low, high = score.min(), score.max()
    return low + np.rint((score - low) / (high - low) * (MAX_CLASSES - 1)) * (high - low) / (
        MAX_CLASSES - 1
    )


def _third(frame: pd.DataFrame) -> pd.Series:
    """Low, middle or high third by the middle of each score's share of the answers."""
    counts = frame.groupby("score")["n"].sum()
    middle = (counts.cumsum() - counts / 2) / counts.sum()
    names = np.array(["low", "middle", "high"], object)
    third = pd.Series(names[np.minimum((middle * 3).astype(int), 2)], index=counts.index)
    return frame["score"].map(third)
