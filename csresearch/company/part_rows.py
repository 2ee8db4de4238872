"""Which rows belong to which part: a customer's value decides, for all its rows and events."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from csresearch.company.canonical import Column
from csresearch.company.schema import CompanyConfig
from csresearch.company.sources import Opened, stage
from csresearch.company.text import as_text, mapped
from csresearch.errors import CompanyError, did_you_mean

MOST_PARTS = 500
PART, ID, VALUE = "part of the split", "id in the split", "value in the split"
Placed = dict[str, tuple[Column, str]]


@dataclass(frozen=True)
class Assigned:
    """Who belongs where.

    Parameters
    ----------
    column : str
        Of the source.
    values : list of str
        Of the parts, in order.
    customers : ibis Table
        Id and number of the part, one row for every customer that belongs to one.
    numbers : ibis Table
        Value and number of the part.
    told : tuple of str
        Customers that belong to none, in words.
    """

    column: str
    values: list[str]
    customers: ibis.Table
    numbers: ibis.Table
    told: tuple[str, ...]


def assign_parts(config: CompanyConfig, opened: Opened, placed: Placed, column: str) -> Assigned:
    """Which customers belong to which part.

    Raises
    ------
    CompanyError
        When the column is none to split by, has no value or too many, or changes within customers
        that have several rows.
    """
    in_file = _column(config, opened, placed, column)
    cells = opened.table.select(
        **{ID: _id(config, "customers", opened, placed), VALUE: _value(config, opened, in_file)}
    )
    cells = stage("split_cells", cells, keep=True)
    numbers = _numbers(opened, cells, column)
    named = cells.filter(cells[ID].notnull())
    owners = named.group_by(ID).agg(**{VALUE: named[VALUE].min(), "n": named[VALUE].nunique()})
    owners = stage("split_owners", owners, keep=True)
    told = [
        _in_several(config, opened, owners, column),
        _without_value(opened, owners, cells, column),
    ]
    customers = owners.filter(owners.n == 1).inner_join(numbers, VALUE).select(ID, PART)
    customers = stage("split_customers_parts", customers, keep=True)
    values = numbers.order_by(PART)[VALUE].to_pyarrow().to_pylist()
    return Assigned(in_file, values, customers, numbers, tuple(filter(None, told)))


def rows_by_part(
    config: CompanyConfig, name: str, opened: Opened, placed: Placed, *, assigned: Assigned
) -> tuple[ibis.Table, str]:
    """A table's rows with the number of their part, and how many belong to none, in words.

    The rows are kept sorted by part, so that the engine finds those of one without a look at all.
    """
    source = getattr(config, name)
    own = opened.table.drop(*(c for c in source.constants if c in opened.table.columns))
    rows = own.mutate(**{ID: _id(config, name, opened, placed)})
    if name == "customers":  # a row without an id is its own value's
        rows = rows.mutate(**{VALUE: _value(config, opened, assigned.column)})
        nameless = rows.filter(rows[ID].isnull()).inner_join(assigned.numbers, VALUE)
        found = rows.inner_join(assigned.customers, ID)
        columns = [*own.columns, PART]
        found = ibis.union(found.select(*columns), nameless.select(*columns))
    else:
        found = rows.inner_join(assigned.customers, ID).select(*own.columns, PART)
    found = stage(f"split_{name}", found.order_by(PART), keep=True)
    outside = int(opened.table.count().execute()) - int(found.count().execute())
    if name == "customers" or not outside:  # of customers it was told who they are
        return found, ""
    return found, f"{opened.file}: {outside:,} rows are of no customer that is in a part"


def _column(config: CompanyConfig, opened: Opened, placed: Placed, column: str) -> str:
    """The source's column to split by."""
    roles = {in_file: role for role, (_, in_file) in placed.items() if role not in config.segments}
    in_file = placed[column][1] if column in config.segments else column
    free = [*config.segments, *(c for c in opened.table.columns if c not in roles)]
    if column in roles.values() or in_file in roles:
        role = roles.get(in_file, column)
        raise CompanyError(
            f"--split-by {column}: {role} is what claims are tested on; split by what was so from "
            f"the start (plan, region…). There are: {', '.join(free[:12]) or 'no such columns'}"
        )
    if in_file not in opened.table.columns:
        raise CompanyError(
            f"--split-by {column}: {opened.file} has no such column; {did_you_mean(column, free)}"
        )
    return in_file


def _id(config: CompanyConfig, name: str, opened: Opened, placed: Placed) -> ibis.Value:
    """The customer's id as text, as ids are compared."""
    cell = opened.table[placed["customer_id"][1]]
    return as_text(mapped(cell, getattr(config, name).values.get("customer_id")))


def _value(config: CompanyConfig, opened: Opened, in_file: str) -> ibis.Value:
    """The value a customer's row has, as a segment is read."""
    named = config.customers.columns
    segment = next((s for s in config.segments if named.get(s, s) == in_file), in_file)
    return as_text(mapped(opened.table[in_file], config.customers.values.get(segment)))


def _numbers(opened: Opened, cells: ibis.Table, column: str) -> ibis.Table:
    """Every value and its number, in order."""
    values = cells.filter(cells[VALUE].notnull()).select(VALUE).distinct()
    ordered = ibis.row_number().over(order_by=values[VALUE])
    numbers = stage("split_numbers", values.mutate(**{PART: ordered}), keep=True)
    count = int(numbers.count().execute())
    if not count:
        raise CompanyError(f"--split-by {column}: no row of {opened.file} has a value there")
    if count > MOST_PARTS:
        first = numbers.order_by(PART).limit(2)[VALUE].to_pyarrow().to_pylist()
        raise CompanyError(
            f"--split-by {column}: {opened.file} has {count:,} values there, e.g. '{first[0]}' "
            f"and '{first[1]}'; at most {MOST_PARTS} companies are made of one: split by a column "
            "with fewer, or write a company.yml for each of those you want"
        )
    return numbers


def _in_several(config: CompanyConfig, opened: Opened, owners: ibis.Table, column: str) -> str:
    """Customers whose rows disagree: left out as duplicates, refused where several rows are one."""
    several = owners.filter(owners.n > 1)
    count = int(several.count().execute())
    if not count:
        return ""
    example = several.order_by(ID).limit(1)[ID].to_pyarrow()[0].as_py()
    if config.subscriptions or config.snapshots or config.maturity.repeated_rows:
        raise CompanyError(
            f"--split-by {column}: {count:,} customers of {opened.file} have several values, e.g. "
            f"'{example}': their lives would be cut in two; split by a column that does not change"
        )
    return (
        f"{opened.file}: {count:,} customers stand in several parts, e.g. '{example}', and are in "
        "none: an id must stand once"
    )


def _without_value(opened: Opened, owners: ibis.Table, cells: ibis.Table, column: str) -> str:
    """Customers without a value, in words."""
    nameless = cells.filter(cells[ID].isnull() & cells[VALUE].isnull())
    count = int(owners.filter(owners.n == 0).count().execute()) + int(nameless.count().execute())
    return f"{opened.file}: {count:,} customers have no {column} and are in no part" * bool(count)
