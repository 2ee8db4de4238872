"""Are all values of a column different? Without holding them in memory where that can be."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt

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
    Integers that lie close together are marked in a bitmap. Of anything else the hashes are
    counted: as many different hashes as values means no value stands twice; fewer may be
    chance, so the answer False is to be looked into.
    """
    filled = int(column.count().execute())
    if not filled:
        return True
    if column.type().is_integer() and not column.type().is_uint64():
        lowest, highest = int(column.min().execute()), int(column.max().execute())
        if highest - lowest < min(WIDEST_BITMAP, 64 * filled + 1024):
            bits = _bits_set(_bitmap(column, lowest, highest)).execute()
            return int(bits) == filled
    hashes = hash_of(column)
    return int(hashes.nunique(where=column.notnull()).execute()) == filled
