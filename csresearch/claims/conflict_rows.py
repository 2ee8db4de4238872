"""Customer rows of the two conflicting states, made in pandas: the second road of C14."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.happy import Cut, cuts_of
from csresearch.claims.histories import default_strata
from csresearch.company import Company
from csresearch.company.frames import ROW_LIMIT, sample_rows

COLUMNS = ("customer_id", "start", "stop", "event", "state")


def conflict_rows(
    company: Company, happy_from: float | None = None, *, limit: int = ROW_LIMIT
) -> pd.DataFrame:
    """Start–stop rows of customers happy without results or unhappy with them.

    Parameters
    ----------
    company : Company
    happy_from : float, optional
        As in the claim.
    limit : int
        Most customers read; of more, a sample that is the same every time.

    Returns
    -------
    DataFrame
        ``customer_id, start, stop, event, state`` and the strata (maturity, segments); intervals
        are (start, stop]. ``state`` is "without" for happy without results and "with" for
        unhappy with them. Without rows where answers or dated results are missing.
    """
    strata = list(default_strata(company))
    if not company.has("surveys.score") or company.results_known != "dated":
        return pd.DataFrame(columns=[*COLUMNS, *strata])
    columns = ["customer_id", "entry_day", "exit_day", "churned", "result_day", *strata]
    lives = sample_rows(company.lifetimes(surveys=False).select(*columns), limit)
    answers = _answers(company, lives, cuts_of(company, happy_from))
    rows = _episodes(lives, answers)
    conflict = (rows["happy"] == 1) != rows["results"]
    rows = rows[rows["happy"].notna() & conflict]
    state = np.where(rows["happy"] == 1, "without", "with")
    return rows.assign(state=state)[[*COLUMNS, *strata]].reset_index(drop=True)


def _answers(company: Company, lives: pd.DataFrame, cuts: dict[str, Cut]) -> pd.DataFrame:
    """Each day's answer of the sampled customers: ``customer_id, day, happy``."""
    surveys = company.surveys.filter(company.surveys["score"].notnull())
    sampled = ibis.memtable(lives[["customer_id"]])
    frame = surveys.semi_join(sampled, "customer_id").to_pandas()
    at = frame["instrument"].map({name: cut.at for name, cut in cuts.items()})
    frame = frame.assign(happy=(frame["score"] >= at).astype(float), day=frame["survey_day"])
    return frame.groupby(["customer_id", "day"], as_index=False)["happy"].max()


def _episodes(lives: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Every stretch between two changes, with the last answer and whether there was a result."""
    start = lives[["customer_id"]].assign(day=0.0)
    first = lives[["customer_id", "result_day"]].dropna().rename(columns={"result_day": "day"})
    turns = pd.concat(
        [start, answers, first.assign(day=first["day"].astype(float), results=1.0)],
        ignore_index=True,
    ).reindex(columns=["customer_id", "day", "happy", "results"])
    turns["day"] = turns["day"].astype(float).clip(lower=0)
    turns = turns.groupby(["customer_id", "day"], as_index=False)[["happy", "results"]].max()
    turns = turns.sort_values(["customer_id", "day"], kind="stable")
    of_customer = turns.groupby("customer_id")
    turns["happy"] = of_customer["happy"].ffill()
    turns["results"] = of_customer["results"].ffill().eq(1)
    turns["until"] = of_customer["day"].shift(-1).fillna(np.inf)
    rows = turns.merge(lives, on="customer_id")
    rows["start"] = np.maximum(rows["day"], rows["entry_day"].astype(float))
    rows["stop"] = np.minimum(rows["until"], rows["exit_day"].astype(float))
    rows = rows[rows["start"] < rows["stop"]]
    return rows.assign(event=rows["churned"].astype(bool) & (rows["stop"] == rows["exit_day"]))
