"""A company's data, checked: clean Ibis tables with days of tenure, and what was set aside."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

import ibis
import pandas as pd
from ibis.backends.duckdb import Backend

from csresearch.company import frames, ingest
from csresearch.company.bands import Bands
from csresearch.company.canonical import TABLES, columns_of
from csresearch.company.checks import SET_ASIDE, Checked
from csresearch.company.config import check_config
from csresearch.company.data_summary import DataSummary, summarise
from csresearch.company.fingerprint import data_fingerprint
from csresearch.company.lifetimes import lifetimes as lifetimes_of
from csresearch.company.row_counts import count_rows
from csresearch.company.schema import CompanyConfig
from csresearch.company.set_aside import write_set_aside
from csresearch.company.shapes import results_are_activity
from csresearch.company.sources import connect, open_frame


@dataclass(frozen=True, eq=False, repr=False)
class Company:
    """A company's checked data; make it with ``load_company`` or ``Company.from_frames``.

    Parameters
    ----------
    config : CompanyConfig
    folder : Path
        Where company.yml is.
    connection : ibis backend
    tables : dict of str to ibis Table
        The clean tables by canonical name; those not given are empty.
    checked : dict of str to Checked
        The outcome of the checks of each table given.
    placed : dict of str to dict
        Canonical column -> (definition, file column), for each table given.
    files : dict of str to str
        File of each table given.
    bands : Bands
        How maturity is read.
    shape_tables : dict of str to DataFrame
        How rows were brought into shape: "inactivity" (how many leave by other numbers of days
        without activity) and "result_rules" (what each rule finds), where company.yml asks.
    readings : DataFrame
        How each column of dates or numbers is written, and why it is read so; columns ``table,
        file, column, role, kind, format, cells, read, evidence``.
    """

    config: CompanyConfig
    folder: Path
    connection: Backend
    tables: dict[str, ibis.Table]
    checked: dict[str, Checked]
    placed: dict[str, dict]
    files: dict[str, str]
    bands: Bands
    shape_tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    readings: pd.DataFrame = field(default_factory=pd.DataFrame)

    @classmethod
    def from_frames(
        cls,
        customers: pd.DataFrame,
        results: pd.DataFrame | None = None,
        surveys: pd.DataFrame | None = None,
        *,
        behaviors: pd.DataFrame | None = None,
        efforts: pd.DataFrame | None = None,
        maturity_scores: pd.DataFrame | None = None,
        metrics: pd.DataFrame | None = None,
        revenues: pd.DataFrame | None = None,
        **config: object,
    ) -> Company:
        """The company these frames describe, through the same checks as files.

        Parameters
        ----------
        customers, results, surveys, behaviors, efforts : DataFrame
            With canonical column names.
        maturity_scores, metrics, revenues : DataFrame
            The same.
        **config
            Keys of company.yml; ``observed_until`` is needed.
        """
        given = {"customers": customers, "results": results, "surveys": surveys}
        given |= {"behaviors": behaviors, "efforts": efforts, "metrics": metrics}
        given |= {"maturity_scores": maturity_scores, "revenues": revenues}
        return _of_frames(given, config)

    def __repr__(self) -> str:
        return f"Company({self.name!r}: {self.data_summary.text})"

    @property
    def name(self) -> str:
        """The company's name."""
        return self.config.company

    @property
    def slug(self) -> str:
        """The name as a folder name."""
        return self.config.slug

    @property
    def observed_until(self) -> date:
        """Last day the data describe."""
        return self.config.observed_until

    @property
    def customers(self) -> ibis.Table:
        """Usable customers: days of tenure, churned, maturity band, segments…"""
        return self.tables["customers"]

    @property
    def results(self) -> ibis.Table:
        """Usable results: ``customer_id, result_day, result, value``."""
        return self.tables["results"]

    @property
    def surveys(self) -> ibis.Table:
        """Usable surveys: ``customer_id, survey_day, score, instrument``."""
        return self.tables["surveys"]

    @property
    def behaviors(self) -> ibis.Table:
        """Usable behaviours: ``customer_id, behavior_day, behavior, quantity``."""
        return self.tables["behaviors"]

    @property
    def efforts(self) -> ibis.Table:
        """Usable efforts: ``customer_id, effort_day, hours, kind, initiated_by, programme``."""
        return self.tables["efforts"]

    @property
    def revenues(self) -> ibis.Table:
        """Usable changes of revenue: ``customer_id, revenue_day, recurring_revenue``."""
        return self.tables["revenues"]

    def lifetimes(self, instrument: str | None = None, *, surveys: bool = True) -> ibis.Table:
        """One row per customer with its first result and first survey.

        Parameters
        ----------
        instrument : str, optional
            Only surveys of this instrument.
        surveys : bool
            False leaves the columns of surveys empty, which saves a join.

        Returns
        -------
        ibis Table
            The columns of ``customers`` and ``result_day`` (NULL = none dated), ``had_result``
            (yes/no, NULL = unknown), ``survey_day, score, instrument`` of the first answered
            survey, ``invited_day`` of the first survey, answered or not.
        """
        asked = (instrument, surveys)
        if asked not in self._lifetimes:
            listed = self.has("results") or self.has("first_result_on")
            given = set(self.placed) - (set() if surveys else {"surveys"})
            self._lifetimes[asked] = lifetimes_of(self.tables, given, listed, instrument)
        return self._lifetimes[asked]

    @cached_property
    def _lifetimes(self) -> dict[tuple, ibis.Table]:
        """The lifetimes already asked for, under names of their own."""
        return {}

    def has(self, name: str) -> bool:
        """Whether a table ("results") or column ("surveys.score", "maturity") is in the data."""
        table, _, column = name.rpartition(".")
        if name in TABLES:
            return name in self.placed
        table = table or "customers"
        known = set(columns_of(table)) | (set(self.segments) if table == "customers" else set())
        if column not in known:
            raise KeyError(f"'{name}' is no column the kit knows")
        return column in self.placed.get(table, {})

    def missing(self, *names: str) -> list[str]:
        """Those of the named tables and columns that are not in the data."""
        return [name for name in names if not self.has(name)]

    @property
    def segments(self) -> tuple[str, ...]:
        """The declared segments, the most important first."""
        return tuple(self.config.segments)

    @property
    def dated(self) -> bool:
        """Whether tenure comes from dates (False: a snapshot of tenures)."""
        return self.has("started_on") and self.has("ended_on")

    @property
    def snapshot_without_window(self) -> bool:
        """Whether survival claims must be refused: a snapshot whose churn_window is unknown."""
        return not self.dated and self.config.churn_window is None

    @property
    def results_known(self) -> Literal["dated", "undated", "none"]:
        """Whether first results are dated, known as yes/no only, or not known."""
        if self.has("started_on"):
            if self.has("first_result_on") or self.has("results.reached_on"):
                return "dated"
        if self.has("results") or self.has("had_result") or self.has("first_result_on"):
            return "undated"
        return "none"

    @cached_property
    def results_are_activity(self) -> bool:
        """Whether churn is inferred from the absence of what may itself be a result."""
        return results_are_activity(self.config, self.files, self.tables)

    @cached_property
    def problems(self) -> pd.DataFrame:
        """Everything the checks found: one row per table, column and reason."""
        return pd.concat([c.problems for c in self.checked.values()], ignore_index=True)

    @property
    def set_aside(self) -> pd.DataFrame:
        """The problems that set rows aside."""
        found = self.problems
        return found[found["effect"] == SET_ASIDE].reset_index(drop=True)

    @property
    def row_counts(self) -> pd.DataFrame:
        """Per table: rows in the file, used, merged, set aside; see ``row_counts.count_rows``."""
        return count_rows(self.checked, self.files)

    @cached_property
    def data_summary(self) -> DataSummary:
        """What was loaded, in numbers."""
        customers = self.checked["customers"]
        rows_set_aside = int(self.row_counts["set_aside"].sum())
        return summarise(customers.rows_used, customers.facts, self.observed_until, rows_set_aside)

    @cached_property
    def fingerprint(self) -> str:
        """Names these data and settings: the same whatever the row order or file format."""
        return data_fingerprint(self.tables, self.config)

    def write_set_aside(self, folder: str | os.PathLike) -> list[Path]:
        """Write the rows set aside, with the reason, to ``folder/<table>.csv``."""
        return write_set_aside(self.checked, Path(folder))

    def durations(self, covariates=(), *, limit: int = frames.ROW_LIMIT) -> pd.DataFrame:
        """One row per customer in lifelines' format; see ``frames.durations_frame``."""
        return frames.durations_frame(self.lifetimes(), covariates, limit=limit)

    def episodes(
        self, covariates=(), *, lag: float = 0.0, limit: int = frames.ROW_LIMIT
    ) -> pd.DataFrame:
        """Start–stop rows split at the first result; see ``frames.episodes_frame``."""
        return frames.episodes_frame(self.lifetimes(), covariates, lag=lag, limit=limit)

    def event_table(
        self, by: Sequence[str] = ("state",), *, lag: float = 0.0, limit: int = frames.EVENT_LIMIT
    ) -> pd.DataFrame:
        """Counts by cell and day of tenure; see ``frames.event_frame``."""
        return frames.event_frame(self.lifetimes(), by, lag=lag, limit=limit)


def _of_frames(given: dict[str, pd.DataFrame | None], config: dict[str, object]) -> Company:
    """The company of frames by canonical table."""
    given = {name: frame for name, frame in given.items() if frame is not None}
    connection = connect()
    named_files = {name: {"file": f"{name} frame"} for name in given}
    checked_config = check_config({"company": "frames", **named_files, **config})
    opened = {name: open_frame(connection, name, frame) for name, frame in given.items()}
    return assembled(checked_config, Path(), connection, opened)


def assembled(config: CompanyConfig, folder: Path, connection: Backend, opened: dict) -> Company:
    """Read, check and clean the opened tables."""
    loaded = ingest.ingest_safely(config, opened)
    return Company(
        config=config,
        folder=folder,
        connection=connection,
        tables=loaded.tables,
        checked=loaded.checked,
        placed=loaded.placed,
        files={name: o.file for name, o in opened.items()},
        bands=loaded.bands,
        shape_tables=loaded.shape_tables,
        readings=loaded.readings,
    )
