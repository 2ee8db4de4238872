"""Where a company's tables are scanned: in their database, or here after a copy."""

from __future__ import annotations

from dataclasses import replace

from ibis.backends.duckdb import Backend

from csresearch.company.canonical import Column, columns_of
from csresearch.company.cells import place_columns
from csresearch.company.engines import is_embedded
from csresearch.company.schema import CompanyConfig
from csresearch.company.sources import Opened, copied
from csresearch.company.sources.told import Told
from csresearch.errors import CompanyError

MOST_COPIED = 20_000_000  # rows of a table, unless scan: here asks for it
SHAPES = (
    "subscriptions", "trials", "snapshots", "churn_after_inactive_days", "result_rules",
    "maturity_scores", "metrics",
)  # fmt: skip
ADVICE = "make that so, with query: where a column must be cast, and only counts leave the database"


def scanned_somewhere(
    connection: Backend, config: CompanyConfig, opened: dict[str, Opened]
) -> dict[str, Opened]:
    """Decide where tables of databases are scanned, and copy those that are scanned here.

    They are scanned there where company.yml does not say otherwise, all tables are in one database
    and its types fit. Only the columns needed go along.

    Raises
    ------
    CompanyError
        If company.yml says there and that can't be, or too many rows would have to be copied.
    """
    elsewhere = {name: o for name, o in opened.items() if not is_embedded(o.table)}
    if not elsewhere:
        return opened
    needed = {name: _needed(name, o, config) for name, o in elsewhere.items()}
    obstacle = "scan: here" if config.scan == "here" else _obstacle(config, opened, needed)
    if not obstacle:
        return needed
    if config.scan == "there":
        raise CompanyError(f"company.yml: scan: there can't be: {obstacle}; {ADVICE}")
    return opened | {name: _brought(connection, name, o, obstacle) for name, o in needed.items()}


def _needed(name: str, opened: Opened, config: CompanyConfig) -> Opened:
    """The table with the columns that are used, spelled as company.yml spells them."""
    named = getattr(config, name).columns
    segments = config.segments if name == "customers" else ()
    wanted = [named.get(column, column) for column in (*columns_of(name), *segments)]
    spelled = {column.casefold(): column for column in opened.table.columns}
    other = {c: spelled[c.casefold()] for c in wanted if c.casefold() in spelled}
    other = {c: column for c, column in other.items() if c not in opened.table.columns}
    table = opened.table.rename(other)
    if config.model_fields_set.isdisjoint(SHAPES) and not getattr(config, name).unpivot:
        used = place_columns(name, replace(opened, table=table), config)
        table = table.select(*dict.fromkeys(column for _, column in used.values()))
    return replace(opened, table=table)


def _obstacle(config: CompanyConfig, opened: dict[str, Opened], needed: dict[str, Opened]) -> str:
    """Why the tables can't be scanned where they are, or nothing."""
    engines = {id(o.table.get_backend()) for o in opened.values()}
    if len(engines) > 1:
        return "not all tables are in one database"
    shapes = sorted(config.model_fields_set.intersection(SHAPES))
    shapes += [f"{name}: unpivot" for name in needed if getattr(config, name).unpivot]
    if shapes:
        return f"rows are brought into shape first ({shapes[0]}:)"
    for name, one in needed.items():
        for column, placed in place_columns(name, one, config).items():
            obstacle = _unfit(one, column, placed, mapped=column in getattr(config, name).values)
            if obstacle:
                return f"{one.file}: {obstacle}"
    return ""


def _unfit(opened: Opened, name: str, placed: tuple[Column, str], *, mapped: bool) -> str:
    """Why a column's type does not fit its role, or nothing."""
    column, in_table = placed
    kind = opened.table[in_table].type()
    if name == "customer_id":
        fits = kind.is_integer() or kind.is_string()
    else:
        fits = {
            "text": True,
            "date": (kind.is_date() or kind.is_timestamp()) and not mapped,
            "number": kind.is_numeric() and not mapped,
            "yes/no": kind.is_boolean() or kind.is_integer() or kind.is_string(),
        }[column.kind]
    return "" if fits else f"'{in_table}' is a {kind}, not a {column.kind}"


def _brought(connection: Backend, name: str, opened: Opened, obstacle: str) -> Opened:
    """The table copied into the engine of this process."""
    rows = int(opened.table.count().execute())
    asked = obstacle == "scan: here"
    if rows > MOST_COPIED and not asked:
        raise CompanyError(
            f"{opened.file}: {rows:,} rows would have to be copied, because {obstacle}; {ADVICE}, "
            "or say scan: here in company.yml to copy them all the same"
        )
    here = copied(connection, f"{name}_copied", opened)
    if asked:
        return here
    told = Told("", f"copied from the database: {obstacle}", rows, "", ADVICE)
    return replace(here, told=(*here.told, told))
