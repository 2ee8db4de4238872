"""Columns that a file may lack: what counts for them is nothing, of their type."""

from __future__ import annotations

from collections.abc import Container

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.operations import Literal

from csresearch.company.canonical import columns_of

TYPES = {"text": dt.string, "date": dt.date, "number": dt.float64, "yes/no": dt.boolean}


def column_of(customers: ibis.Table, name: str) -> ibis.Value:
    """A canonical column of customers, or nothing of its type where the file lacks it.

    Parameters
    ----------
    customers : ibis Table
        Typed rows. What is absent is no column of theirs: each takes its time in every step.
    name : str
    """
    if name in customers.columns:
        return customers[name]
    return ibis.null(TYPES[columns_of("customers")[name].kind])


def absent(table: str, there: Container[str]) -> dict[str, ibis.Value]:
    """The canonical columns of a table that are not there, empty."""
    return {
        name: ibis.null(TYPES[column.kind])
        for name, column in columns_of(table).items()
        if name not in there
    }


def with_absent(customers: ibis.Table) -> ibis.Table:
    """Customers with all canonical columns, for steps that ask for many."""
    return customers.mutate(**absent("customers", customers.columns))


def said(columns: dict[str, ibis.Value]) -> dict[str, ibis.Value]:
    """The columns of which the file says something: those that are not empty throughout."""
    return {name: column for name, column in columns.items() if not _is_nothing(column)}


def _is_nothing(column: ibis.Value) -> bool:
    """Whether an expression is NULL as such."""
    value = column.op()
    return isinstance(value, Literal) and value.value is None
