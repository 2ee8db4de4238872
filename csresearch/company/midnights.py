"""Midnights of one zone shown in another: days that came out one too early."""

from __future__ import annotations

import ibis

from csresearch.company.date_words import ISO, NATIVE
from csresearch.company.dates import DateReading
from csresearch.company.engines import is_embedded
from csresearch.company.parsers import clock_at, in_zone, iso_moment
from csresearch.company.text import as_text

NOON, DAY = 12 * 60, 24 * 60  # minutes
NEARLY_ALL = 0.99  # share of the times of day that are the same, or the same but for summer time
FEWEST = 3


def shifted_midnights(table: ibis.Table, cell: ibis.Value, date: DateReading, zone: str) -> str:
    """What to do about days that are one too early, or "" where there is no sign of it.

    The sign: nearly all times of day are the same in winter and the same in summer, an hour
    apart, late in the evening: the midnight of a zone to the east.
    """
    moment = _clock(cell, date, zone)
    if moment is None or not is_embedded(table):
        return ""
    minute = (moment.hour() * 60 + moment.minute()).name("minute")
    times = table.select(minute).filter(lambda t: t.minute.notnull()).group_by("minute")
    times = times.agg(n=lambda t: t.count()).order_by([ibis.desc("n"), "minute"]).to_pandas()
    top = times.head(2)
    if len(top) == 2 and abs(int(top["minute"].diff().iloc[1])) != 60:
        top = top.head(1)
    rows = int(times["n"].sum())
    late = top["minute"].between(NOON, DAY - 1).all()
    if rows < FEWEST or not late or top["n"].sum() < NEARLY_ALL * rows:
        return ""
    shown = " or ".join(f"{m // 60:02d}:{m % 60:02d}" for m in sorted(top["minute"]))
    zoned = date.zoned or (cell.type().is_timestamp() and cell.type().timezone is not None)
    remedy = (
        "say the company's time_zone: in company.yml (e.g. Europe/Berlin)"
        if zoned
        else "export the column as dates, or with the offset from UTC"
    )
    return f"nearly all times are {shown}, midnight further east: {remedy}"


def _clock(cell: ibis.Value, date: DateReading, zone: str) -> ibis.Value | None:
    """Date and time a clock in the zone shows, where the column has times of day."""
    if date.format == NATIVE:
        if not cell.type().is_timestamp():
            return None
        return in_zone(cell, zone) if cell.type().timezone else cell
    if date.format != ISO or not date.timed:
        return None
    text = as_text(cell)
    return clock_at(text, zone) if date.zoned else iso_moment(text)
