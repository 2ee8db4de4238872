"""A cell's text, whatever its type in the source: what ids, labels and joins are compared by."""

from __future__ import annotations

import ibis

from csresearch.company.canonical import EMPTY_WORDS
from csresearch.company.engines import is_embedded

VISIBLE = "!"  # characters before this one are blanks or invisible


def as_text(cell: ibis.Value) -> ibis.Value:
    """Text without blanks around it; empty is NULL, and a whole number has no decimals."""
    if not is_embedded(cell):
        return (cell.strip() if cell.type().is_string() else cell.cast("string")).nullif("")
    if cell.type().is_floating():
        whole = cell.try_cast("int64")
        number = (whole.cast("float64") == cell).ifelse(whole.cast("string"), cell.cast("string"))
        return (~cell.isnan()).ifelse(number, ibis.null("string"))
    if not cell.type().is_string():
        return cell.cast("string").nullif("")
    blank = (cell < VISIBLE) | (cell.reverse() < VISIBLE)
    return blank.ifelse(cell.strip(), cell).nullif("")  # stripping every cell takes long


def is_filled(cell: ibis.Value) -> ibis.Value:
    """Whether a cell says anything, where a date, number or yes/no belongs."""
    return says_something(as_text(cell))


def says_something(text: ibis.Value) -> ibis.Value:
    """``is_filled`` of what ``as_text`` made of a cell."""
    return (text.notnull() & ~text.lower().isin(EMPTY_WORDS)).fill_null(False)


def mapped(cell: ibis.Value, values: dict[str, str] | None) -> ibis.Value:
    """The cells with the values company.yml maps replaced."""
    if not values:
        return cell
    text = as_text(cell)
    return text.cases(*values.items(), else_=text)
