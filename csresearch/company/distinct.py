"""Are all values of a column different? Without holding them in memory where that can be."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt

from csresearch.company.engines import is_embedded

COUNTED = 200_000  # rows of which the values themselves are counted: the quickest, if they fit
WIDEST_BITMAP = 1_000_000_000  # bits


@ibis.udf.agg.builtin(name="bitstring_agg")
def _bitmap(number: dt.int64, lowest: dt.int64, highest: dt.int64) -> dt.binary:
    """The engine's bitmap of the integers seen."""


@ibis.udf.scalar.builtin(name="bit_count")
def _bits_set(bitmap: dt.binary) -> dt.int64:
    """How many bits are set."""


@ibis.udf.scalar.builtin(name="hash")
def hash_of(value) -> dt.uint64:
    """The engine's hash, as the number it is (Ibis' own goes through a bit string)."""


def all_distinct(column: ibis.Value) -> bool:
    """Whether no value, empty ones aside, stands twice.

    Notes
    -----
    In a database different values are counted, and here too where there are not too many. Else
    integers that lie close together are marked in a bitmap, and of anything else the hashes are
    counted: as many different hashes as values means no value stands twice; fewer may be chance,
    so the answer False is to be looked into.
    """
    table = column.as_table()
    if not is_embedded(column):
        filled, different = _numbers(table.agg(filled=column.count(), different=column.nunique()))
        return filled == different
    some = table.limit(COUNTED)
    value = some[column.get_name()]
    rows, filled, different = _numbers(
        some.agg(rows=some.count(), filled=value.count(), different=value.nunique())
    )
    if rows < COUNTED:
        return filled == different
    if column.type().is_integer() and not column.type().is_uint64():
        facts = table.agg(filled=column.count(), lowest=column.min(), highest=column.max())
        filled, lowest, highest = _numbers(facts)
        if highest - lowest < min(WIDEST_BITMAP, 64 * filled + 1024):
            seen = _bits_set(_bitmap(column, lowest, highest))
            return not filled or _numbers(seen.as_table()) == [filled]
    hashes = hash_of(column).nunique(where=column.notnull())
    filled, different = _numbers(table.agg(filled=column.count(), different=hashes))
    return filled == different


def _numbers(facts: ibis.Table) -> list[int]:
    """The one row of whole numbers; 0 where there is none."""
    return [int(value or 0) for value in facts.to_pyarrow().to_pylist()[0].values()]
