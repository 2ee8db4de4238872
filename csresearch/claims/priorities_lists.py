"""C13's action lists: whom to see to first, read where the data are, capped and counted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.moods import HAPPY
from csresearch.claims.priorities_steps import (
    MATURITY,
    MOOD,
    RESULT,
    WITHOUT,
    Priorities,
    priorities_of,
    today_rows,
)
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.company.set_aside import inert_name
from csresearch.company.sources import named
from csresearch.findings.estimates import Part
from csresearch.findings.labels import count_text

LISTED_BY = ("results", "first_result_on", "maturity")
MOST_LISTED = 500
SUMMED_BY = ("maturity", "latest_answer", "result")
NEW_DAYS = 90.0  # a customer of at most this tenure is a new one


@dataclass(frozen=True, eq=False)
class ActionList:
    """Customers to see to, the most urgent first.

    Parameters
    ----------
    name, title : str
        Of the file, and for a reader.
    rows : DataFrame
        ``customer_id``, the state, ``months_here``, ``leaving_in_12_months`` (a chance).
    total : int
        How many there are; ``rows`` holds at most 500 of them.
    """

    name: str
    title: str
    rows: pd.DataFrame
    total: int

    def part(self, smallest_cell: int) -> Part:
        """Who is on the list, in numbers: the page names no customer, the file does."""
        if not self.total:
            return Part(self.title, text="There is no such customer today.")
        by = [name for name in SUMMED_BY if name in self.rows]
        groups = self.rows.groupby(by, sort=False) if by else self.rows.groupby(lambda row: "all")
        table = groups["leaving_in_12_months"].agg(["size", "mean"]).reset_index(names=by or None)
        few = table["size"] < smallest_cell
        table["size"] = [count_text(n, smallest_cell=smallest_cell) for n in table["size"]]
        table["mean"] = table["mean"].round(3).where(~few)
        names = {"size": "customers", "mean": "share_leaving", "index": "who"}
        text = (
            f"{self.total:,} customers; lists/{self.name}.csv beside the report names the first "
            f"{len(self.rows):,}, counted here. Share leaving: mean chance to leave within 12 "
            "months as things are."
        )
        return Part(self.title, table.rename(columns=names), text)

    def write(self, folder: str | Path) -> Path:
        """Write the list as CSV in which no spreadsheet takes a cell for a formula."""
        path = Path(folder) / f"{self.name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = self.rows.rename(columns=inert_name)
        texts = [name for name in rows if rows[name].dtype == object]
        safe = rows.assign(**{name: rows[name].astype(str).map(inert_name) for name in texts})
        safe.to_csv(path, index=False, lineterminator="\n")
        return path


def action_lists(study: Priorities) -> tuple[ActionList, ...]:
    """Whom to see to first: customers without results, and new ones of the low group.

    Among those without results the happy ones lead: their answers hide that they are failing.
    Within each, whoever is likeliest to leave within 12 months comes first.
    """
    company, rows = study.company, today_rows(study.company, study.strata, study.cuts)
    rows = named(rows.mutate(urgency=log_hazard(study, rows)))
    lists = []
    if company.results_known == "dated":
        failing = rows.filter(rows[RESULT] == WITHOUT)
        happy = (failing[MOOD] == HAPPY).ifelse(0, 1)
        title = "Customers without results, the happy ones first"
        lists.append(_listed(study, failing, "customers_without_results", (title, happy)))
    if MATURITY in study.strata and company.bands.low:
        low = rows[MATURITY].isin(list(company.bands.low))
        new = rows.filter(low & (rows["tenure_days"] <= NEW_DAYS))
        first = (new[RESULT] == WITHOUT).ifelse(0, 1)
        title = "New customers of the low group, those without results first"
        lists.append(_listed(study, new, "new_customers_low_group", (title, first)))
    return tuple(lists)


def log_hazard(study: Priorities, rows: ibis.Table) -> ibis.Value:
    """The logarithm of each customer's hazard over the next 12 months, in the engine.

    To the month of tenure, which is all that sorting needs.
    """
    if study.today.empty:  # everybody has left, or the record of all ended: nobody to sort
        return ibis.literal(0.0)
    months = np.arange(int(study.today["month"].max()) + 1)
    middle = pd.DataFrame({"tenure_days": (months + 0.5) * DAYS_PER_MONTH})
    reference = [("",) * len(study.columns)] * len(months)
    chance, _ = study.model.chances(middle, reference, days=study.days)
    ahead = np.log(-np.log(chance))
    month = (rows["tenure_days"] / DAYS_PER_MONTH).floor()
    total = ibis.cases(*((month == int(m), float(h)) for m, h in zip(months, ahead, strict=True)))
    for (name, level), place in study.model.factors.items():
        total += (rows[name] == level).ifelse(float(study.model.coef[place]), 0.0)
    return total


def _listed(
    study: Priorities, rows: ibis.Table, name: str, about: tuple[str, ibis.Value]
) -> ActionList:
    """The first rows of a list, and how many there are."""
    title, first = about
    order = [first, ibis.desc(rows["urgency"].round(9)), rows["customer_id"]]
    found = rows.order_by(order).limit(MOST_LISTED).to_pandas()
    total = len(found) if len(found) < MOST_LISTED else int(rows.count().execute())
    return ActionList(name, title, _shown(study, found), total)


def _shown(study: Priorities, found: pd.DataFrame) -> pd.DataFrame:
    """The columns a team needs, with the chance of leaving."""
    states = list(found[list(study.columns)].itertuples(index=False, name=None))
    chance = study.model.chances(found, states, days=study.days)[0] if len(found) else np.array([])
    columns = {"customer_id": found["customer_id"].astype(str)}
    columns |= {name: found[name] for name in study.strata}
    if study.company.results_known == "dated":
        columns["result"] = found[RESULT]
    if study.cuts:
        columns["latest_answer"] = found[MOOD]
    if study.company.has("customers.recurring_revenue"):
        columns["revenue"] = found["revenue"]
    columns["months_here"] = (found["tenure_days"] / DAYS_PER_MONTH).round(1)
    columns["leaving_in_12_months"] = (1 - chance).round(3)
    return pd.DataFrame(columns)


def write_action_lists(
    company: Company, folder: str | Path, *, lag_days: float = 0.0
) -> tuple[Path, ...]:
    """Write a company's action lists into a folder, one CSV each; none where there is no order.

    Parameters
    ----------
    company : Company
    folder : path
        Made if it does not exist.
    lag_days : float
        As given to the claim.

    Returns
    -------
    tuple of Path
        The files written. They name customers: the finding itself does not.
    """
    if not any(company.has(name) for name in LISTED_BY) or company.snapshot_without_window:
        return ()
    study = priorities_of(company, lag_days=lag_days)
    if not study.table.n_events:
        return ()
    return tuple(one.write(folder) for one in action_lists(study))
