"""Counts the data report is made of, taken in the engine: by month, by day, never by customer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce

import ibis
import pandas as pd

from csresearch.company import Company
from csresearch.company.event_tables import EVENTS
from csresearch.company.optional import with_absent
from csresearch.company.tenure import days_between
from csresearch.data_report.levels import level_counts

MISSING, FLAG = "missing ", "flag "  # prefixes of counted columns
NEAR_DAYS = 7  # a survey so few days before the exit may have been part of leaving
EVERY_DAY = ("churned", "customer_id", "started_on")  # filled in or the row is not used


@lru_cache(maxsize=2)
def tallies_of(company: Company) -> Tallies:
    """The counts of a company, each taken once however many parts ask for it."""
    return Tallies(company)


@dataclass(frozen=True, eq=False)
class Tallies:
    """A company's counts; each is one query, made when first asked for.

    Parameters
    ----------
    company : Company
    """

    company: Company

    @cached_property
    def customers(self) -> pd.DataFrame:
        """Customers by month: ``start, entry, exit`` (months since year 0), ``churned, n``.

        Beside them, for each column of the file, how many have it empty (``missing …``), and how
        often a date or number can't be right (``flag …``).
        """
        used = with_absent(self.company.checked["customers"].used)
        entry = ibis.greatest(used.started_on, used.observed_from.coalesce(used.started_on))
        months = {"start": used.started_on, "entry": entry, "exit": used.exit_on}
        keys = {name: day.truncate("M") for name, day in months.items()}
        placed = [c for c in self.company.placed["customers"] if c not in EVERY_DAY]
        marks = {MISSING + c: used[c].isnull() for c in placed}
        marks |= {FLAG + name: bad for name, bad in _flags(used).items()}
        counted = _counted(used.select(**keys, churned=used.churned, **marks), marks)
        return _numbered(counted, list(keys))

    @cached_property
    def tenure(self) -> pd.DataFrame:
        """Customers by whole days of tenure at the exit: ``day, churned, n``."""
        customers = self.company.customers
        table = customers.select(day=customers.exit_day.floor(), churned=customers.churned)
        return _counted(table, {})

    @cached_property
    def days(self) -> dict[str, pd.Series]:
        """How many dates fall on each day: "started", "left", "maturity" and tables of events."""
        used = self.company.checked["customers"].used
        dated = {
            "started": used.started_on,
            "left": used.churned.ifelse(used.exit_on, ibis.null("date")),
        }
        if self.company.has("customers.maturity_on"):
            dated["maturity"] = used.maturity_on
        tables = [used.select(what=ibis.literal(w), day=day) for w, day in dated.items()]
        for name in self.event_tables:
            rows = self.company.checked[name].used
            day = rows[EVENTS[name].dated_by]
            tables.append(rows.select(what=ibis.literal(name), day=day))
        table = reduce(lambda a, b: a.union(b), tables)
        counted = _counted(table.filter(table.day.notnull()), {})
        counted["day"] = pd.to_datetime(counted["day"])
        return {
            str(what): rows.set_index("day")["n"].sort_index()
            for what, rows in counted.groupby("what")
        }

    @property
    def event_tables(self) -> list[str]:
        """Tables of events that are given, with dates."""
        company = self.company
        return [
            name
            for name, kind in EVENTS.items()
            if company.has(name) and company.has(f"{name}.{kind.dated_by}")
        ]

    @cached_property
    def events(self) -> dict[str, pd.DataFrame]:
        """For each table of events, rows by ``start`` and ``month`` (numbered), ``churned, n``.

        Beside them how many have each column empty (``missing …``); of surveys also how many
        answers came at the very end (``flag …``).
        """
        return {name: self._events(name) for name in self.event_tables}

    def _events(self, name: str) -> pd.DataFrame:
        """Rows of one table of events, counted."""
        company, kind = self.company, EVENTS[name]
        rows, customers = company.checked[name].used, company.customers
        life = customers.select("customer_id", "churned", "notice_day", left_day="exit_day")
        both = rows.inner_join(life, "customer_id")
        placed = [c for c in company.placed[name] if c not in ("customer_id", kind.dated_by)]
        marks = {MISSING + c: both[c].isnull() for c in placed}
        if name == "surveys":
            marks |= _late_answers(both)
        keys = {"start": both.started_on, "month": both[kind.dated_by]}
        keys = {key: day.truncate("M") for key, day in keys.items()}
        counted = _counted(both.select(**keys, churned=both.churned, **marks), marks)
        return _numbered(counted, list(keys))

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Surveys by ``instrument`` and ``month``: ``asked, answered, low, high, mean, spread``."""
        rows = self.company.checked["surveys"].used
        named = rows.select(
            instrument=rows.instrument.fill_null("survey"),
            month=rows.surveyed_on.truncate("M"),
            score=rows.score,
        )
        counted = named.group_by(["instrument", "month"]).agg(
            asked=named.count(),
            answered=named.score.count(),
            low=named.score.min(),
            high=named.score.max(),
            mean=named.score.mean(),
            spread=named.score.std(how="pop"),
        )
        frame = _numbered(counted.to_pandas(), ["month"])
        return frame.sort_values(["instrument", "month"], ignore_index=True)

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Customers and churn by level of every column; see `level_counts`."""
        return level_counts(self.company)

    def set_aside(self, *reasons: str) -> dict[tuple[str, str], int]:
        """How many rows the checks found something about: {(file, column): rows}."""
        found = self.company.problems
        found = found[found["reason"].isin(reasons)]
        rows = found.groupby(["file", "column"], sort=False)["rows"].sum()
        return {(str(file), str(column)): int(n) for (file, column), n in rows.items()}


def _flags(used: ibis.Table) -> dict[str, ibis.Value]:
    """What a customer's row may say that can't be right."""
    ended = used.ended_on
    return {
        "maturity_on": used.churned & (used.maturity_on > ended),
        "kickoff_judged_on": used.churned & (used.kickoff_judged_on > ended),
        "recurring_revenue": used.recurring_revenue < 0,
        "no revenue": used.recurring_revenue == 0,
    }


def _late_answers(both: ibis.Table) -> dict[str, ibis.Value]:
    """Answers given when the decision to leave had been taken, or may have been."""
    answered, day = both.score.notnull(), days_between(both.started_on, both.surveyed_on)
    near = both.churned & (both.left_day - day <= NEAR_DAYS)
    return {
        FLAG + "answered": answered,
        FLAG + "near the end": answered & near,
        FLAG + "after notice": answered & (day >= both.notice_day),
    }


def _counted(table: ibis.Table, marks: dict) -> pd.DataFrame:
    """Rows counted by the columns that are no marks, and how often each mark is true."""
    keys = [c for c in table.columns if c not in marks]
    sums = {m: table[m].fill_null(False).cast("int32").sum() for m in marks}
    counted = table.group_by(keys).agg(n=table.count(), **sums).to_pandas()
    if "churned" in keys:
        counted["churned"] = counted["churned"].astype(bool)
    return counted.astype({"n": int} | dict.fromkeys(marks, int))


def _numbered(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """With months as numbers, −1 where there is none, in order."""
    for column in columns:
        day = pd.to_datetime(frame[column])
        number = day.dt.year * 12 + day.dt.month - 1
        frame[column] = number.fillna(-1).astype(int)
    keys = [c for c in (*columns, "churned") if c in frame]
    return frame.sort_values(keys, ignore_index=True)


def month_date(number: int) -> pd.Timestamp:
    """The first day of a numbered month.

    >>> month_date(2024 * 12 + 1).date().isoformat()
    '2024-02-01'
    """
    return pd.Timestamp(int(number) // 12, int(number) % 12 + 1, 1)
