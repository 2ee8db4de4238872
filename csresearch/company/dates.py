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
from csresearch.company.looks import Look, take
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
    (found,) = take(table, look_for_dates(texts))
    return dates_found(table, texts, found)


def look_for_dates(texts: dict[str, ibis.Value], format: str = ISO) -> Look:
    """Cells that are dates of a format, filled ones that are not, timed ones; an example."""
    return Look(
        texts,
        lambda text: read_day(text, format, zoned=False),
        lambda text, day: {
            "read": day.count(),
            "unread": (day.isnull() & says_something(text)).sum(),
            "timed": text.contains(":").sum(),
            "example": text.min(),
        },
    )


def dates_found(
    table: ibis.Table, texts: dict[str, ibis.Value], found: dict[str, dict[str, Any]]
) -> dict[str, DateReading]:
    """How columns are written in which ISO dates were looked for; what is not ISO is searched."""
    readings = {}
    for column, iso in _readings(table, texts, found, ISO).items():
        mostly = iso.cells - iso.read <= iso.read
        readings[column] = iso if mostly else _search(table, texts[column], iso)
    return readings


def stated_dates(table: ibis.Table, text: ibis.Value, format: str) -> DateReading:
    """What a stated format reads of a column."""
    texts = {"day": text}
    (found,) = take(table, look_for_dates(texts, format))
    return replace(_readings(table, texts, found, format)["day"], format=format, decisive=0)


def _readings(
    table: ibis.Table, texts: dict[str, ibis.Value], found: dict[str, dict[str, Any]], format: str
) -> dict[str, DateReading]:
    """What a look for dates of a format says of each column, offsets from UTC counted too."""
    timed = {column: texts[column] for column, told in found.items() if told["timed"]}
    (zoned,) = take(table, Look(timed, is_zoned, lambda _, zoned: {"zoned": zoned.sum()}))
    readings = {}
    for column, told in found.items():
        read, unread, with_time = (int(told[what] or 0) for what in ("read", "unread", "timed"))
        readings[column] = DateReading(
            format if read else None, read / max(read + unread, 1), (), told["example"] or "",
            read + unread, read, read, with_time, int(zoned.get(column, {"zoned": 0})["zoned"]),
        )  # fmt: skip
    return readings


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
