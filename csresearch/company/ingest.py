"""From opened files to clean tables: read the cells, check the rows, count the days."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import ibis
import pandas as pd

from csresearch.company.bands import Bands, banded, find_bands, unknown_band
from csresearch.company.cells import place_columns, read_cells
from csresearch.company.checks import Checked, run_checks
from csresearch.company.distinct import all_distinct
from csresearch.company.event_tables import EVENTS, event_columns, no_events
from csresearch.company.optional import absent, column_of, said
from csresearch.company.readings import advised, find_readings, readings_frame
from csresearch.company.rules import UNKNOWN_BAND, customer_rules, event_rules
from csresearch.company.schema import RECORDED_BY_DAY, CompanyConfig
from csresearch.company.settled import Asked
from csresearch.company.shapes import (
    KEPT,
    Shaped,
    shape_customers,
    shape_events,
    with_ruled_results,
)
from csresearch.company.sources import Opened, drop, first_line, stage
from csresearch.company.tenure import customer_days, is_dated, not_before_start, since_start
from csresearch.errors import CompanyError

CUSTOMER_COLUMNS = (
    "customer_id", "started_on", "ended_on", "entry_day", "exit_day", "churned",
    "first_result_day", "had_result", "notice_day", "maturity", "parent_id", "recurring_revenue",
    "term_months", "renews_day", "kickoff_judgement", "judged_day", "judged_chance",
    "expected_result", "process", "churn_reason",
)  # fmt: skip

_EMPTY = absent("customers", ())
NOTHING_TOLD = {name: _EMPTY.get(name, ibis.null("float64")) for name in CUSTOMER_COLUMNS}

FACTS = {
    "churned": lambda rows: rows.churned.sum(),
    "first_start": lambda rows: rows.started_on.min(),
    "last_start": lambda rows: rows.started_on.max(),
    "longest": lambda rows: rows.exit_day.max(),
}


@dataclass(frozen=True)
class Loaded:
    """Clean tables, the outcome of the checks, the columns' places and the maturity bands.

    ``shape_tables`` is what is to be shown of how rows were brought into shape, ``readings`` how
    each column of dates or numbers is written.
    """

    tables: dict[str, ibis.Table]
    checked: dict[str, Checked]
    placed: dict[str, dict]
    bands: Bands
    shape_tables: dict[str, pd.DataFrame]
    readings: pd.DataFrame


def ingest(config: CompanyConfig, opened: dict[str, Opened]) -> Loaded:
    """Check the opened tables and make the clean ones.

    Raises
    ------
    CompanyError
        If a needed column is missing or no customer can be used.
    """
    placed, typed, readings = _read(config, opened)
    source = opened["customers"]
    files = {name: o.file for name, o in opened.items()}
    shapes = shape_customers(typed, config, placed["customers"], files)
    placed["customers"] = shapes.customers.placed
    first, customers, bands = _check_customers(shapes.customers, config, source)
    checked = {"customers": first}
    tables = {"customers": _keep("customers", customers, source)}
    nobody = tables["customers"].select("customer_id").filter(ibis.literal(False))
    for name in EVENTS:
        if name not in opened:
            tables[name] = no_events(name, nobody)
            continue
        table = shapes.events[name]
        joined = _join_customers(name, table, tables["customers"], checked["customers"])
        joined, shape = shape_events(name, joined, config)
        checked[name] = run_checks(
            name, opened[name], placed[name], joined,
            checks=[*event_rules(name, joined, config, placed[name]), *shape],
        )  # fmt: skip
        events = event_columns(name, checked[name].used)
        tables[name] = _keep(name, events, opened[name])
    tables, placed, shown = with_ruled_results(tables, placed, config)
    _drop_loaded(opened)
    return Loaded(tables, checked, placed, bands, {**shapes.shown, **shown}, readings)


def _check_customers(
    shaped: Shaped, config: CompanyConfig, source: Opened
) -> tuple[Checked, ibis.Table, Bands]:
    """The outcome of the customers' checks, who can be used, and how maturity is read."""
    placed = shaped.placed
    dated = is_dated(placed, source.file)
    _refuse_window_beside_dates(config, source, dated)
    marked, bands = _prepare_customers(shaped.table, config, source, dated)
    checks = customer_rules(marked, config, placed, dated=dated, shape=shaped.checks(marked))
    checked = run_checks("customers", source, placed, marked, checks=checks, **FACTS)
    _refuse_without_customers(checked, source)
    used = checked.used
    unknown = (checked.problems["reason"] == UNKNOWN_BAND).any()
    maturity, bands = banded(used, bands, late="maturity_on" in placed, unknown=bool(unknown))
    there = set(CUSTOMER_COLUMNS) & set(used.columns)
    columns = NOTHING_TOLD | {name: used[name] for name in there} | {"maturity": maturity}
    columns |= {name: used[name] for name in config.segments}
    return checked, used.select(**columns), bands


def _read(
    config: CompanyConfig, opened: dict[str, Opened]
) -> tuple[dict[str, dict], dict[str, ibis.Table], pd.DataFrame]:
    """The columns' places, the tables with typed columns, and how the columns are written."""
    placed = {name: place_columns(name, o, config) for name, o in opened.items()}
    readings = {
        name: find_readings(Asked(name, o.file, o.table, config, placed[name]))
        for name, o in opened.items()
    }
    placed = {name: advised(of_table, readings[name]) for name, of_table in placed.items()}
    typed = {
        name: read_cells(name, o, config, placed[name], readings=readings[name])
        for name, o in opened.items()
    }
    for name, table in _one_id_type(typed).items():
        typed[name] = stage(f"typed_{name}", table, keep=False)
    files = {name: o.file for name, o in opened.items()}
    return placed, typed, readings_frame(readings, placed, files)


def ingest_safely(config: CompanyConfig, opened: dict[str, Opened]) -> Loaded:
    """``ingest``, in which what the engine itself refuses is a CompanyError too."""
    try:
        return ingest(config, opened)
    except duckdb.Error as error:
        broken = [o for o in opened.values() if o.lazy and _is_broken(o)] or opened.values()
        files = ", ".join(o.file for o in broken)
        raise CompanyError(
            f"{files}: can't be read: {first_line(error)}; export it again"
        ) from None


def _is_broken(source: Opened) -> bool:
    """Whether reading a file to its end fails, which opening it may not show (Parquet)."""
    engine = source.table.get_backend()
    if engine.name != "duckdb":
        return False
    try:
        for _ in engine.con.sql(engine.compile(source.table)).to_arrow_reader():
            pass
    except duckdb.Error:
        return True
    return False


def _prepare_customers(
    typed: ibis.Table, config: CompanyConfig, source: Opened, dated: bool
) -> tuple[ibis.Table, Bands]:
    """Customers with days of tenure and the marks the checks look at."""
    bands = find_bands(typed, config, source.file)
    days = customer_days(typed, config, dated)
    told = {
        "says_churned": column_of(typed, "churned"),
        "duplicate": _is_duplicate(typed),
        "maturity_unknown": unknown_band(typed, bands),
        "first_result_day": _first_result_day(typed, days["exit_day"]),
        "notice_day": since_start(typed, "notice_on"),
        "renews_day": since_start(typed, "renews_on"),
        "judged_day": since_start(typed, "kickoff_judged_on"),
        "judged_chance": column_of(typed, "kickoff_judgement"),  # whenever it was given
        "kickoff_judgement": _judged_in_time(typed),
        "had_result": _had_result(typed),
    }
    return typed.mutate(**days, **said(told)), bands


def _first_result_day(customers: ibis.Table, exit_day: ibis.Value) -> ibis.Value:
    """Day of tenure of the first result, where it came before the end."""
    day = since_start(customers, "first_result_on")
    if "first_result_on" not in customers.columns:
        return day
    return (day > exit_day).fill_null(False).ifelse(ibis.null("float64"), not_before_start(day))


def _had_result(customers: ibis.Table) -> ibis.Value:
    """Whether there was a result, dated or not; unknown where nothing says so."""
    said_so = column_of(customers, "had_result")
    if "first_result_on" not in customers.columns:
        return said_so
    return customers.first_result_on.notnull() | said_so


def _judged_in_time(customers: ibis.Table) -> ibis.Value:
    """The judgement at kickoff as a chance, where it was given by day 30."""
    judgement = column_of(customers, "kickoff_judgement")
    if "kickoff_judgement" not in customers.columns:
        return judgement
    late = (since_start(customers, "kickoff_judged_on") > RECORDED_BY_DAY).fill_null(False)
    fits = judgement.between(0, 1) & ~late
    return fits.ifelse(judgement, ibis.null("float64"))


def _is_duplicate(customers: ibis.Table) -> ibis.Value:
    """Whether a row's id is on other rows; the ids are looked up only if there are any."""
    if KEPT in customers.columns:  # rows that went into others share their id
        return _is_duplicate_of(customers, customers.filter(customers[KEPT])) & customers[KEPT]
    return _is_duplicate_of(customers, customers)


def _is_duplicate_of(customers: ibis.Table, counted: ibis.Table) -> ibis.Value:
    """Whether a row's id is on several of the counted rows."""
    if all_distinct(counted.customer_id):
        return ibis.literal(False)
    ids = customers.customer_id
    named = counted.filter(counted.customer_id.notnull())
    twice = named.group_by("customer_id").having(named.count() > 1).agg(n=named.count())
    return ids.isin(stage("twice", twice, keep=True).customer_id)


def _join_customers(
    name: str, events: ibis.Table, customers: ibis.Table, checked: Checked
) -> ibis.Table:
    """Events beside their customer's dates; ``known`` and ``customer_set_aside`` tell whose."""
    dates = customers.select("customer_id", "started_on", "exit_day", "churned")
    joined = events.left_join(dates, "customer_id").select(
        events, dates.started_on, dates.exit_day, known=dates.customer_id.notnull(),
        has_left=dates.churned, customer_set_aside=ibis.literal(False),
    )  # fmt: skip
    if not checked.rows_marked:
        return joined
    marked = checked.marked
    gone = marked.filter((marked.reason >= 0) & marked.customer_id.notnull())
    gone = stage(f"gone_{name}", gone.select("customer_id").distinct(), keep=True)
    return joined.mutate(
        customer_set_aside=joined.customer_id.isin(gone.customer_id) & ~joined.known
    )


def _one_id_type(typed: dict[str, ibis.Table]) -> dict[str, ibis.Table]:
    """Ids of one type across the tables: text where the files disagree."""
    if len({table.customer_id.type().copy(nullable=True) for table in typed.values()}) == 1:
        return typed
    return {
        name: table.mutate(customer_id=table.customer_id.cast("string"))
        for name, table in typed.items()
    }


def _keep(name: str, table: ibis.Table, source: Opened) -> ibis.Table:
    """A lazy table stays lazy; one that was loaded is kept clean."""
    return stage(f"clean_{name}", table, keep=not source.lazy)


def _drop_loaded(opened: dict[str, Opened]) -> None:
    """Forget what was loaded as text: the marked tables hold the same rows."""
    for source in opened.values():
        if source.loaded_as:
            drop(source.table.get_backend(), source.loaded_as)


def _refuse_window_beside_dates(config: CompanyConfig, source: Opened, dated: bool) -> None:
    """A churn window says nothing about customers with dates."""
    if dated and config.churn_window is not None:
        raise CompanyError(
            f"company.yml: churn_window is for snapshot exports, but {source.file} has started_on "
            "and ended_on; leave it out, and say with observed_from since when each customer "
            "could have been seen to leave"
        )


def _refuse_without_customers(checked: Checked, source: Opened) -> None:
    """There must be a customer to say anything about."""
    if checked.rows_used:
        return
    if not checked.rows_in and source.unreadable.empty:
        raise CompanyError(f"{source.file}: holds no rows; export it again")
    reasons = [
        f"  {p.reason} ({p.column}): {p.rows} rows, e.g. '{p.example}': {p.what_to_do}"
        for p in checked.problems.itertuples()
        if p.effect == "row set aside"
    ]
    raise CompanyError(
        "\n".join([f"{source.file}: none of its {checked.rows_in} rows can be used:", *reasons])
    )
