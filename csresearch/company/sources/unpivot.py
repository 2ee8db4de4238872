"""Events that stand side by side in one row, as rows of their own; texts that are no column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import ibis

from csresearch.company.canonical import columns_of
from csresearch.company.source_settings import TableSource
from csresearch.company.sources.opened import Opened
from csresearch.company.sources.stacking import as_one_table
from csresearch.company.sources.told import Told
from csresearch.company.text import as_text, is_filled
from csresearch.errors import CompanyError, did_you_mean

NO_EVENT = "no event: the cell is empty"
ADVICE = "nothing to do: without it there is no event"


def with_constants(opened: Opened, source: TableSource) -> Opened:
    """The source with a column for each text company.yml gives (``= NPS``), named as given."""
    texts = {column: ibis.literal(text) for column, text in source.constants.items()}
    return replace(opened, table=opened.table.mutate(**texts)) if texts else opened


def unpivot(name: str, opened: Opened, source: TableSource, table: str) -> Opened:
    """One row for each event of each row; ``table`` is the canonical table they are for.

    Raises
    ------
    CompanyError
        If a column is not in the file.
    """
    rows = int(opened.table.count().execute())
    shared = {"customer_id": "customer_id", **source.columns}.values()
    kept = [column for column in dict.fromkeys(shared) if column in opened.table.columns]
    events, told = [], []
    for event in source.unpivot:
        _refuse_missing(opened, event)
        mark = _mark(table, event)
        happened = _happened(opened.table[event[mark]], source.values.get(mark, {}))
        found = opened.table.filter(happened)
        events.append(found.select(*kept, **{c: found[column] for c, column in event.items()}))
        empty = rows - int(found.count().execute())
        told += [Told(event[mark], NO_EVENT, empty, "", ADVICE)] if empty else []
    return opened.turned_into(name, as_one_table(events), *told)


def _mark(table: str, event: Mapping[str, str]) -> str:
    """The canonical column that says whether there was an event: its date, or the first given."""
    dates = [c for c in event if columns_of(table)[c].kind == "date"]
    return (dates or [c for c in event if not TableSource.is_constant(event[c])])[0]


def _happened(cell: ibis.Value, values: Mapping[str, str]) -> ibis.Value:
    """Whether a cell says anything, also after company.yml's values."""
    empty = [word for word, meaning in values.items() if not meaning]
    filled = is_filled(cell)
    return filled & ~as_text(cell).isin(empty) if empty else filled


def _refuse_missing(opened: Opened, event: Mapping[str, str]) -> None:
    """Columns of an event must be there."""
    for canonical, column in event.items():
        if column not in opened.table.columns:
            hint = did_you_mean(column, opened.table.columns)
            raise CompanyError(f"{opened.file}: unpivot: {canonical}: no column '{column}'; {hint}")
