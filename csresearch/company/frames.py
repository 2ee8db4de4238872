"""Customer rows as pandas frames for a researcher's own models, with a row limit that says so."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd

from csresearch.company.engines import dialect_of, md5_hex
from csresearch.errors import CompanyError, did_you_mean
from csresearch.history import read_history

ROW_LIMIT = 100_000
EVENT_LIMIT = 1_000_000


class SampledRows(UserWarning):
    """A frame holds a sample of the customers, not all of them."""


def durations_frame(
    lifetimes: ibis.Table, covariates: Sequence[str] = (), *, limit: int = ROW_LIMIT
) -> pd.DataFrame:
    """One row per customer as lifelines wants it.

    Parameters
    ----------
    lifetimes : ibis Table
        ``Company.lifetimes()``.
    covariates : sequence of str
        Further columns of it.
    limit : int
        Most customers returned; of more, a sample that is the same every time.

    Returns
    -------
    DataFrame
        ``customer_id, durations, event_observed, entry, *covariates``, sorted by customer_id.
        ``frame.attrs["customers"]`` is the number of customers there are.
    """
    _refuse_unknown(lifetimes, covariates)
    frame = sample_rows(
        lifetimes.select("customer_id", "entry_day", "exit_day", "churned", *covariates), limit
    )
    frame = frame.rename(
        columns={"exit_day": "durations", "churned": "event_observed", "entry_day": "entry"}
    )
    frame["event_observed"] = frame["event_observed"].astype(bool)
    first = ["customer_id", "durations", "event_observed", "entry"]
    return frame[[*first, *covariates]]


def episodes_frame(
    lifetimes: ibis.Table,
    covariates: Sequence[str] = (),
    *,
    lag: float = 0.0,
    limit: int = ROW_LIMIT,
) -> pd.DataFrame:
    """Start–stop rows: a customer who reaches a result while observed gives two.

    Parameters
    ----------
    lifetimes : ibis Table
        ``Company.lifetimes()``.
    covariates : sequence of str
        Further columns of it, repeated on every row of the customer.
    lag : float
        Days after the result from which it counts.
    limit : int
        Most customers (not rows) returned; of more, a sample that is the same every time.

    Returns
    -------
    DataFrame
        ``customer_id, start, stop, event, state, *covariates``; intervals are (start, stop],
        ``state`` is "without" or "with" a result.

    Notes
    -----
    A result on day r counts from r: the intervals are (entry, r] and (r, exit]. One on or after
    the exit never counts; one on or before the entry counts from the entry.
    """
    _refuse_unknown(lifetimes, covariates)
    wanted = ["customer_id", "entry_day", "exit_day", "churned", "result_day", *covariates]
    frame = sample_rows(lifetimes.select(*dict.fromkeys(wanted)), limit)
    result = frame["result_day"].astype(float) + lag
    turn = result.fillna(np.inf).clip(lower=frame["entry_day"], upper=frame["exit_day"])
    churned = frame["churned"].astype(bool)
    without = frame.assign(
        start=frame["entry_day"], stop=turn, state="without",
        event=churned & (turn == frame["exit_day"]),
    )  # fmt: skip
    with_result = frame.assign(start=turn, stop=frame["exit_day"], state="with", event=churned)
    rows = pd.concat([without, with_result], ignore_index=True)
    rows = rows[rows["stop"] > rows["start"]].sort_values(["customer_id", "start"])
    rows = rows[["customer_id", "start", "stop", "event", "state", *covariates]]
    rows.attrs = dict(frame.attrs)
    return rows.reset_index(drop=True)


def event_frame(
    lifetimes: ibis.Table,
    by: Sequence[str] = ("state",),
    *,
    lag: float = 0.0,
    limit: int = EVENT_LIMIT,
) -> pd.DataFrame:
    """How many customers entered, churned or were censored on each day of tenure, by cell.

    Parameters
    ----------
    lifetimes : ibis Table
        ``Company.lifetimes()``.
    by : sequence of str
        Maturity, segments; "state" splits each customer at the first result.
    lag : float
        Days after the result from which it counts.
    limit : int
        Most rows returned.

    Returns
    -------
    DataFrame
        Columns ``[*by, day, entrance, observed, censored, moved, removed, at_risk, exposure]``;
        see `csresearch.events.EventTable`.

    Raises
    ------
    CompanyError
        If there are more rows than the limit, or a column is not there.
    """
    cells = [name for name in by if name != "state"]
    _refuse_unknown(lifetimes, cells)
    change = lifetimes["result_day"].cast("float64") if "state" in by else ibis.null("float64")
    history = read_history(lifetimes.mutate(change_day=change), cells, unmerged=cells)
    rows = history.event_table(lag_days=lag).total(by).at_risk()
    if len(rows) > limit:
        raise CompanyError(
            f"the event table by {', '.join(by)} has {len(rows):,} rows, more than {limit:,}; "
            "ask for fewer columns in by=, or raise limit="
        )
    return rows


def sample_rows(table: ibis.Table, limit: int = ROW_LIMIT) -> pd.DataFrame:
    """All rows, or above the limit the customers whose ids hash lowest, with a warning."""
    customers = int(table.count().execute())
    if customers > limit:
        warnings.warn(
            f"{limit:,} of {customers:,} customers: a fixed sample by hash of the id; "
            "raise limit= for more",
            SampledRows,
            stacklevel=3,
        )
        digest = md5_hex(table.customer_id.cast("string"), dialect_of(table))
        table = table.order_by(digest).limit(limit)
    frame = table.to_pandas().sort_values("customer_id", ignore_index=True)
    frame.attrs["customers"] = customers
    return frame


def _refuse_unknown(lifetimes: ibis.Table, covariates: Sequence[str]) -> None:
    """Covariates must be columns there are."""
    for name in covariates:
        if name not in lifetimes.columns:
            raise CompanyError(f"no column '{name}'; {did_you_mean(name, lifetimes.columns)}")
