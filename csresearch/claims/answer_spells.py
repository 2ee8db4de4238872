"""Every answer given while at risk, counted: what hundreds of analyses of C2 are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.answers import BIN_EDGES_MONTHS, BIN_NAMES, answers_at_risk
from csresearch.claims.spells import Strata, cells_of, counted_rows, episodes_of
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import NOT_RECORDED
from csresearch.history import NEVER, coded, ticks_of, values_of
from csresearch.multiverse import Episodes

TENURE, SCALE = "months_at_survey", "instrument"
MOST_CLASSES = 21  # a finer score falls into so many classes of equal width
CODINGS = ("score", "ranks", "thirds")


@dataclass(frozen=True, eq=False)
class CountedAnswers:
    """Answers by stratum, level of the score, day and what became of the customer.

    Parameters
    ----------
    strata : Strata
        Tenure at the answer, scale, maturity and segments.
    answers : Episodes
        Entered on the day of the answer, in the spell until the next answer; tenure in ticks.
    level : int array, shape (rows,)
        Row of ``levels``.
    first : bool array, shape (rows,)
        Whether it is the customer's first answer.
    levels : DataFrame
        Columns ``instrument, value`` and one for each of `CODINGS`, in standard deviations of the
        first answers on the same scale; sorted by instrument and value.
    """

    strata: Strata
    answers: Episodes
    level: np.ndarray
    first: np.ndarray
    levels: pd.DataFrame


def read_counted_answers(company: Company, strata: Sequence[str]) -> CountedAnswers:
    """Count every answer given while at risk by stratum, score, day and outcome.

    Parameters
    ----------
    company : Company
    strata : sequence of str
        Columns of customers beside tenure at the answer and scale.

    Notes
    -----
    Several answers on a day on one scale are averaged. The first answer is that of the first day
    and, of several scales, the first by name, as in `csresearch.claims.answers.first_answers`.
    """
    names = values_of(company.surveys, [SCALE])[SCALE]
    rows = _numbered(company, names)
    values = {TENURE: list(BIN_NAMES), SCALE: names} | values_of(company.customers, strata)
    more = {name: rows[name] for name in ("following", "first", "score")}
    counted = counted_rows(rows, values, more)
    cells, lookup = cells_of(counted, values, unmerged=(TENURE, SCALE, "maturity"))
    answers = episodes_of(counted, lookup)
    following = counted["following"].to_numpy(np.int64)
    answers = replace(answers, on=np.zeros(len(following), dtype=np.int64), off=following)
    first = counted["first"].to_numpy(bool)
    names = np.array([*names, NOT_RECORDED], dtype=object)[counted[f"code {SCALE}"]]
    level, levels = _levels(names, counted["score"].to_numpy(float), answers.n * first)
    return CountedAnswers(cells, answers, level, first, levels)


def _numbered(company: Company, names: Sequence[str]) -> ibis.Table:
    """One row per customer, day and scale: the first marked, each with the day of the next."""
    given = answers_at_risk(company)
    given = given.mutate(code=coded(given[SCALE], names))
    daily = given.group_by("customer_id", "survey_day", "code", SCALE)
    daily = daily.agg(score=given["score"].mean())
    order = ibis.window(group_by="customer_id", order_by=["survey_day", "code"])
    daily = daily.mutate(
        place=ibis.row_number().over(order), after=daily["survey_day"].lead().over(order)
    )
    lives = company.customers.drop("entry_day")
    both = daily.inner_join(lives, "customer_id")
    edges = [edge * DAYS_PER_MONTH for edge in BIN_EDGES_MONTHS]
    bins = ((both["survey_day"] < edge, name) for edge, name in zip(edges, BIN_NAMES, strict=False))
    return both.mutate(
        entry_day=both["survey_day"],
        first=both["place"] == 0,
        following=ticks_of(both["after"]).fill_null(NEVER),
        **{TENURE: ibis.cases(*bins, else_=BIN_NAMES[-1])},
    )


def _levels(
    scale: np.ndarray, score: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, pd.DataFrame]:
    """The level of each row, and the levels; ``first`` counts customers by their first answer."""
    frame = pd.DataFrame({SCALE: scale, "value": score, "n": first})
    frame["value"] = frame.groupby(SCALE)["value"].transform(_classes)
    grouped = frame.groupby([SCALE, "value"], sort=True)
    levels = grouped["n"].sum().reset_index()
    for coding in CODINGS:
        parts = [_standard(_coded(rows, coding), rows["n"]) for _, rows in levels.groupby(SCALE)]
        levels[coding] = pd.concat(parts) if parts else 0.0
    return grouped.ngroup().to_numpy(), levels.drop(columns="n")


def _classes(score: pd.Series) -> pd.Series:
    """The score itself, or the middle of its class where it takes more than 21 values."""
    if score.nunique() <= MOST_CLASSES:
        return score
    low, width = score.min(), (score.max() - score.min()) / (MOST_CLASSES - 1)
    return low + np.rint((score - low) / width) * width


def _coded(rows: pd.DataFrame, coding: str) -> pd.Series:
    """The levels of one scale as given, by their middle rank, or in thirds."""
    if coding == "score":
        return rows["value"]
    rank = (rows["n"].cumsum() - rows["n"] / 2) / max(rows["n"].sum(), 1)
    return rank if coding == "ranks" else np.minimum((rank * 3).astype(int), 2).astype(float)


def _standard(x: pd.Series, n: pd.Series) -> pd.Series:
    """In standard deviations from the mean; 0 where all are the same."""
    total = n.sum()
    mean = (n * x).sum() / max(total, 1)
    std = np.sqrt((n * (x - mean) ** 2).sum() / max(total - 1, 1))
    return (x - mean) / std if std > 0 else x * 0.0
