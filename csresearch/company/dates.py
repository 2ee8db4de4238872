"""Finds the format of a column of dates by counting over the whole column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis

from csresearch.company.date_formats import (
    formats_of_shape,
    is_zoned,
    read_day,
    shape_of,
    without_time,
)
from csresearch.company.date_words import ISO, NATIVE
from csresearch.company.text import as_text, says_something

SHAPES = 40  # most frequent shapes whose formats are tried
STRAY = 0.05  # more decisive cells than this for a second reading: the column holds two formats


@dataclass(frozen=True)
class DateReading:
    """How a column of dates is written, as found by counting.

    Parameters
    ----------
    format : str or None
        What ``date_format:`` in company.yml would say: a strptime format, "iso", "excel",
        "unix", "unix_ms"…; "native" where the column holds dates already; None where no cell is
        a date.
    share_read : float
        Share of the filled cells the format reads, 0 to 1.
    ambiguous_with : tuple of str
        Other formats that can't be told from it by this column alone.
    example : str
        A filled cell; where there is ambiguity, one that shows it.
    cells, read : int
        Filled cells, and those the format reads.
    decisive : int
        Cells that this format reads and the next best does not.
    timed, zoned : int
        Cells with a time of day, and those of them with an offset from UTC.
    mixed : bool
        Whether a good part of the column can only be read otherwise: two formats in one column.
    """

    format: str | None
    share_read: float
    ambiguous_with: tuple[str, ...] = ()
    example: str = ""
    cells: int = 0
    read: int = 0
    decisive: int = 0
    timed: int = 0
    zoned: int = 0
    mixed: bool = False


def find_date_format(table: ibis.Table, column: str) -> DateReading:
    """How are the dates of a column written?

    Parameters
    ----------
    table : ibis Table
    column : str
        A column of any type.

    Returns
    -------
    DateReading
        The format that reads most of the filled cells.

    Examples
    --------
    >>> days = ibis.memtable({"day": ["31.12.2024", "01.02.2024 14:05", "n/a", None]})
    >>> reading = find_date_format(days, "day")
    >>> reading.format, reading.share_read, reading.ambiguous_with
    ('%d.%m.%Y', 1.0, ())
    >>> days = ibis.memtable({"day": ["01/02/2024", "03/04/2024"]})
    >>> find_date_format(days, "day").ambiguous_with
    ('%m/%d/%Y',)
    """
    cell = table[column]
    if cell.type().is_temporal():
        return DateReading(NATIVE, 1.0)
    if not (cell.type().is_string() or cell.type().is_numeric()):
        return DateReading(None, 0.0)
    return find_date_formats(table, {column: as_text(cell)})[column]


def find_date_formats(table: ibis.Table, texts: dict[str, ibis.Value]) -> dict[str, DateReading]:
    """How are the dates of several columns written? ISO is tried on all of them in one pass."""
    if not texts:
        return {}
    shown = table.select(**texts)  # spelled out once: each text is looked at many times
    found = _counted(shown, dict.fromkeys(texts, ISO))
    readings = {}
    for name in texts:
        read, unread, timed, zoned = (int(found[f"{name} {what}"] or 0) for what in _COUNTS)
        example = found[f"{name} example"] or ""
        iso = DateReading(
            ISO if read else None, read / max(read + unread, 1), (), example,
            read + unread, read, read, timed, zoned,
        )  # fmt: skip
        readings[name] = iso if unread <= read else _search(shown, shown[name], iso)
    return readings


def stated_dates(table: ibis.Table, text: ibis.Value, format: str) -> DateReading:
    """What a stated format reads of a column."""
    found = _counted(table.select(day=text), {"day": format})
    read, unread, timed, zoned = (int(found[f"day {what}"] or 0) for what in _COUNTS)
    return DateReading(
        format, read / max(read + unread, 1), (), found["day example"] or "", read + unread, read,
        timed=timed, zoned=zoned,
    )  # fmt: skip


_COUNTS = ("read", "unread", "timed", "zoned")


def _counted(shown: ibis.Table, formats: dict[str, str]) -> dict[str, Any]:
    """Of each text: cells that are dates of its format, filled others, timed, zoned; an example."""
    days = {f"{c} day": read_day(shown[c], f, zoned=False) for c, f in formats.items()}
    read = shown.mutate(**days)
    counts = {}
    for column in formats:
        text, day = read[column], read[f"{column} day"]
        counts |= {
            f"{column} read": day.count(),
            f"{column} unread": (day.isnull() & says_something(text)).sum(),
            f"{column} timed": text.contains(":").sum(),
            f"{column} example": text.min(),
        }
    found = read.agg(**counts).to_pandas().iloc[0].to_dict()
    timed = [column for column in formats if found[f"{column} timed"]]
    zoned = {f"{column} zoned": is_zoned(shown[column]).sum() for column in timed}
    offsets = shown.agg(**zoned).to_pandas().iloc[0].to_dict() if timed else {}
    return dict.fromkeys((f"{column} zoned" for column in formats), 0) | found | offsets


def _search(table: ibis.Table, text: ibis.Value, iso: DateReading) -> DateReading:
    """The format that reads most of a column that is not mostly ISO."""
    texts = table.select(text=without_time(text)).filter(lambda t: says_something(t.text))
    texts = texts.group_by("text").agg(n=texts.count())
    texts = ibis.memtable(texts.to_pyarrow())  # days repeat: far fewer than rows to try
    candidates = _candidates(texts)
    counts = {f: _rows(texts, read_day(texts.text, f, zoned=False).notnull()) for f in candidates}
    read = texts.agg(**counts or {"none": 0}).to_pandas().iloc[0].to_dict()
    best = max(candidates, key=lambda f: read[f], default=None)
    if best is None or int(read[best]) <= iso.read:
        return iso
    n = int(read[best])
    found = replace(iso, format=best, share_read=n / iso.cells, read=n, decisive=n)
    rivals = [f for f in candidates if f != best and sorted(f) == sorted(best) and read[f]]
    return _against(texts, found, rivals) if rivals else found


def _rows(texts: ibis.Table, where: ibis.Value) -> ibis.Value:
    """Number of cells for which something holds."""
    return where.ifelse(texts.n, 0).sum()


def _candidates(texts: ibis.Table) -> list[str]:
    """Formats the most frequent shapes may be of."""
    shapes = texts.group_by(shape=shape_of(texts.text)).agg(n=texts.n.sum())
    common = shapes.order_by([ibis.desc("n"), "shape"]).limit(SHAPES).to_pandas()["shape"]
    return list(dict.fromkeys(f for shape in common for f in formats_of_shape(shape)))


def _against(texts: ibis.Table, found: DateReading, rivals: list[str]) -> DateReading:
    """The best format beside the same one in another order of day, month and year."""
    best = read_day(texts.text, found.format, zoned=False)
    counts = {}
    for i, rival in enumerate(rivals):
        other = read_day(texts.text, rival, zoned=False)
        differs = (best != other).fill_null(False)
        counts |= {
            f"own {i}": _rows(texts, best.notnull() & other.isnull()),
            f"other {i}": _rows(texts, best.isnull() & other.notnull()),
            f"differs {i}": _rows(texts, differs),
            f"example {i}": texts.text.min(where=differs),
        }
    told = texts.agg(**counts).to_pandas().iloc[0]
    own, other, differs = (
        [int(told[f"{what} {i}"]) for i in range(len(rivals))]
        for what in ("own", "other", "differs")
    )
    told_apart = zip(rivals, own, other, differs, strict=True)
    shown = [str(told[f"example {i}"]) for i, n in enumerate(differs) if n]
    return replace(
        found,
        ambiguous_with=tuple(rival for rival, a, b, n in told_apart if n and not a and not b),
        example=shown[0] if shown else found.example,
        decisive=min(own),
        mixed=any(b > STRAY * a for a, b in zip(own, other, strict=True)),
    )
