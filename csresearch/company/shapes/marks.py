"""What a shape leaves behind: rows with what became of them, and what is to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import ibis

from csresearch.company.canonical import columns_of
from csresearch.company.checks import MERGED, Check
from csresearch.company.engines import dialect_of, in_byte_order

KEPT = "shape kept"  # the row of a customer that stays
USABLE = "shape usable"  # a row whose cells can be read and that is no trial
TRIAL_FLAG = "shape trial"
ORIGINAL = "shape original id"  # of a customer who stands for one of several lifetimes


@dataclass(frozen=True)
class Mark:
    """Something a shape has to say about rows: a check whose finding is a column already.

    Parameters
    ----------
    flag : str
        Column that is true on the rows.
    column, reason, advice, effect : str
        As in `Check`.
    """

    flag: str
    column: str
    reason: str
    advice: str
    effect: str

    def check(self, table: ibis.Table) -> Check:
        """The check on a table that has the flag."""
        return Check(self.column, self.reason, table[self.flag], self.advice, self.effect)


@dataclass(frozen=True)
class Shaped:
    """The customers table, each row of the file still there, with what became of it.

    Parameters
    ----------
    table : ibis Table
        Typed rows with ``KEPT`` and ``MERGED``, and the flags of the marks. All rows of a
        lifetime carry its dates.
    marks : tuple of Mark
    placed : dict
        Canonical column -> (definition, file column), those the shape filled among them.
    """

    table: ibis.Table
    marks: tuple[Mark, ...]
    placed: dict

    def checks(self, table: ibis.Table) -> list[Check]:
        """What the shape has to say, as checks of a table that has its columns."""
        return [mark.check(table) for mark in self.marks]


def one_row_each(table: ibis.Table) -> ibis.Table:
    """Every row that is no trial stands for a customer of its own."""
    return table.mutate(**{KEPT: ~table[TRIAL_FLAG], MERGED: ibis.literal(False)})


def kept_rows(table: ibis.Table) -> ibis.Table:
    """The rows that stand for a customer."""
    return table.filter(table[KEPT])


def whole(flag: ibis.Value) -> ibis.Value:
    """A yes/no as 1 or 0, unknown as 0: sums and maxima of it work on every engine."""
    return flag.fill_null(False).cast("int64")


def in_fixed_order(table: ibis.Table, segments: Iterable[str]) -> list[ibis.Value]:
    """Sort keys that leave no two different rows in either order; empty cells come last.

    Rows with a maturity come before those without.
    """
    names = dict.fromkeys(["maturity", *columns_of("customers"), *segments])
    dialect = dialect_of(table)
    keys = []
    for name in names:
        if name == "customer_id":
            continue
        value = table[name]
        text = value.type().is_string()
        keys += [value.isnull(), in_byte_order(value, dialect) if text else value]
    return keys
