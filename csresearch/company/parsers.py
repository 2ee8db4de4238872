"""Text to moments and numbers with functions only the embedded engine (DuckDB) has.

A column a database types itself never comes here.
"""

from __future__ import annotations

import datetime

import ibis
import ibis.expr.datatypes as dt

BEHIND_YEAR = 5  # in ISO text a separator follows the year's four digits
SEPARATORS = ("-", "/", " ")


@ibis.udf.scalar.builtin(name="try_strptime")
def try_strptime(text: str, format: str) -> datetime.datetime:
    """The engine's parser for a stated format; NULL where the text does not fit."""


@ibis.udf.scalar.builtin(
    name="timezone", signature=((dt.string, dt.Timestamp("UTC")), dt.timestamp)
)
def _clock_in(zone, moment):
    """What a clock in a zone shows at a moment."""


@ibis.udf.scalar.builtin(name="substring")
def _part(text: str, first: int, length: int) -> str:
    """Some characters of a text, counted from 1 (Ibis' own allows for negative places)."""


def iso_moment(text: ibis.Value) -> ibis.Value:
    """Year-first text as the date and time it shows; a zone behind it is not applied.

    Of the engine's own parser this refuses years of two digits, words ("epoch") and years before
    Christ.
    """
    moment = text.try_cast("timestamp")
    fits = _part(text, BEHIND_YEAR, 1).isin(SEPARATORS) & (moment >= ibis.timestamp("0001-01-01"))
    return fits.ifelse(moment, ibis.null("timestamp"))


def clock_at(text: ibis.Value, zone: str) -> ibis.Value:
    """Year-first text with an offset, as the date and time a clock in a zone showed."""
    return in_zone(text.try_cast(dt.Timestamp("UTC")), zone)


def in_zone(moment: ibis.Value, zone: str) -> ibis.Value:
    """A moment as the date and time a clock in a zone showed."""
    if zone == "UTC":
        return moment.cast("timestamp")
    return _clock_in(zone, moment.cast(dt.Timestamp("UTC")))
