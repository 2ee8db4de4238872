"""Finds how a column of numbers is written, decimal point or comma, and reads its cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import ibis

from csresearch.company.dates import STRAY
from csresearch.company.looks import Look, take
from csresearch.company.text import as_text, says_something

Decimal = Literal[".", ","]
POINT, COMMA = ".", ","
_BLANK = "[ \u00a0\u2009\u202f]"
_GROUP = {POINT: f"(?:{_BLANK}|[,'’])", COMMA: f"(?:{_BLANK}|[.'’])"}
_CODES = (
    "EUR|USD|GBP|CHF|JPY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|ILS|INR|BRL|CNY|ZAR|MXN|SGD"
    "|HKD|KRW"
)
_MONEY = rf"(?:(?:US|[ACR])?\$|\p{{Sc}}|{_CODES}|kr\.?|Fr\.)"
_MINUS = "[-−–]"
_AROUND = rf"^[(]?[+]?{_MINUS}?{_BLANK}*{_MONEY}?{_BLANK}*[+]?{_MINUS}?("
_BEHIND = rf"){_BLANK}*(?:%|{_MONEY})?{_MINUS}?[)]?$"
_NEGATIVE = rf"^[(]|^[^\d]*{_MINUS}|{_MINUS}$"
_UNPAIRED = rf"^[(].*[^)]$|^[^(].*[)]$|{_MINUS}[^\deE]*{_MINUS}|{_MINUS}.*\d{_MINUS}$"
MOST_WORDS = 7  # shown of what is no number
_THREE_DECIMALS = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"  # 1.234: thousands to one, decimals to another


@dataclass(frozen=True)
class NumberReading:
    """How a column of numbers is written, as found by counting.

    Parameters
    ----------
    decimal : "." or "," or None
        What ``decimal:`` in company.yml would say; None where no cell is a number.
    share_read : float
        Share of the filled cells read, 0 to 1.
    ambiguous_with : tuple of str
        The other decimal sign, where the column alone does not tell.
    example : str
        A filled cell; where there is ambiguity, one that shows it.
    cells, read : int
        Filled cells, and those that are read.
    decisive : int
        Cells that only this reading fits.
    mixed : bool
        Whether a good part of the column can only be read otherwise.
    plain : bool
        Whether all that is read are digits with at most a decimal point.
    words : tuple of str
        The most frequent cells that are no number.
    """

    decimal: Decimal | None
    share_read: float
    ambiguous_with: tuple[str, ...] = ()
    example: str = ""
    cells: int = 0
    read: int = 0
    decisive: int = 0
    mixed: bool = False
    plain: bool = True
    words: tuple[str, ...] = ()


def find_number_format(table: ibis.Table, column: str) -> NumberReading:
    """How are the numbers of a column written?

    Parameters
    ----------
    table : ibis Table
    column : str
        A column of any type.

    Returns
    -------
    NumberReading
        The decimal sign with which most of the filled cells are numbers.

    Examples
    --------
    >>> sums = ibis.memtable({"sum": ["1.234,50 €", "(2,5)", "17"]})
    >>> reading = find_number_format(sums, "sum")
    >>> reading.decimal, reading.share_read
    (',', 1.0)
    >>> find_number_format(ibis.memtable({"sum": ["1.234", "17"]}), "sum").ambiguous_with
    (',',)
    """
    cell = table[column]
    if cell.type().is_numeric():
        return NumberReading(POINT, 1.0)
    if not cell.type().is_string():
        return NumberReading(None, 0.0)
    return find_number_formats(table, {column: as_text(cell)})[column]


def find_number_formats(
    table: ibis.Table, texts: dict[str, ibis.Value]
) -> dict[str, NumberReading]:
    """How are the numbers of several columns written? Plain ones are known after one pass."""
    (found,) = take(table, look_for_numbers(texts))
    return numbers_found(table, texts, found)


def look_for_numbers(texts: dict[str, ibis.Value]) -> Look:
    """Plain numbers, filled cells that are none, those with a point, 3 decimals; an example."""

    def counts(text: ibis.Value, number: ibis.Value) -> dict[str, ibis.Value]:
        point = number.notnull() & text.contains(POINT)
        return {
            "read": number.count(),
            "unread": (number.isnull() & says_something(text)).sum(),
            "points": point.sum(),
            "threes": (point & text.re_search(_THREE_DECIMALS)).sum(),
            "example": text.min(),
        }

    return Look(texts, read_plain, counts)


def numbers_found(
    table: ibis.Table, texts: dict[str, ibis.Value], found: dict[str, dict[str, Any]]
) -> dict[str, NumberReading]:
    """How columns are written in which plain numbers were looked for; the others are searched."""
    readings = {}
    for column, told in found.items():
        read, unread, points, threes = (int(told[what] or 0) for what in _COUNTS)
        plain = NumberReading(
            POINT if read else None, read / max(read + unread, 1), (), told["example"] or "",
            read + unread, read, points - threes,
        )  # fmt: skip
        clear = not unread and (not threes or points > threes)
        readings[column] = plain if clear else _search(table, texts[column], plain)
    return readings


def read_number(text: ibis.Value, decimal: Decimal = POINT) -> ibis.Value:
    """The finite number in a cell, NULL where there is none.

    Blanks, apostrophes and the other sign may group thousands; a currency, a percent sign and
    brackets for negatives may stand around it.
    """
    body = rf"(?:\d+|[1-9]\d{{0,2}}(?:{_GROUP[decimal]}\d{{3}})+"
    body += r"|[1-9]\d?(?:,\d{2})+,\d{3}" if decimal == POINT else ""  # lakhs
    body += rf")?(?:[{decimal}]\d*)?(?:[eE][+-]?\d+)?"
    digits = text.re_extract(_AROUND + body + _BEHIND, 1)
    digits = digits.re_replace(_GROUP[decimal], "")
    digits = digits.replace(",", ".") if decimal == COMMA else digits
    size = finite(digits.try_cast("float64"))
    size = text.re_search(_UNPAIRED).ifelse(ibis.null("float64"), size)
    number = text.re_search(_NEGATIVE).ifelse(-size, size)
    return read_plain(text).coalesce(number) if decimal == POINT else number


def read_plain(text: ibis.Value) -> ibis.Value:
    """The finite number in a cell of digits with at most a decimal point."""
    return finite(text.try_cast("float64"))


def finite(number: ibis.Value) -> ibis.Value:
    """The number, NULL where it is not finite."""
    return (number.isnan() | number.isinf()).ifelse(ibis.null("float64"), number)


_COUNTS = ("read", "unread", "points", "threes")


def stated_numbers(table: ibis.Table, text: ibis.Value, decimal: Decimal) -> NumberReading:
    """What a stated decimal sign reads of a column."""
    look = Look(
        {"number": text},
        lambda text: read_number(text, decimal),
        lambda text, number: {
            "read": number.count(),
            "unread": (number.isnull() & says_something(text)).sum(),
            "example": text.min(),
        },
    )
    found = take(table, look)[0]["number"]
    read, unread = int(found["read"]), int(found["unread"] or 0)
    return NumberReading(
        decimal, read / max(read + unread, 1), (), found["example"] or "", read + unread, read,
        plain=False,
    )  # fmt: skip


def _search(table: ibis.Table, text: ibis.Value, plain: NumberReading) -> NumberReading:
    """The decimal sign that reads most of a column that is not plain."""
    texts = table.select(text=text).filter(lambda t: says_something(t.text))
    texts = texts.group_by("text").agg(n=texts.count())
    texts = ibis.memtable(texts.to_pyarrow())  # out of the database only what is not plain
    point, comma = (read_number(texts.text, sign) for sign in (POINT, COMMA))
    differs = (point != comma).fill_null(False)
    told = texts.agg(
        point=point.notnull().ifelse(texts.n, 0).sum(),
        comma=comma.notnull().ifelse(texts.n, 0).sum(),
        point_only=(point.notnull() & comma.isnull()).ifelse(texts.n, 0).sum(),
        comma_only=(comma.notnull() & point.isnull()).ifelse(texts.n, 0).sum(),
        example=texts.text.min(where=differs),
    )
    told = told.to_pandas().iloc[0]
    signs = {POINT: (told["point"], told["point_only"]), COMMA: (told["comma"], told["comma_only"])}
    best = max(signs, key=lambda sign: signs[sign])
    other = COMMA if best == POINT else POINT
    read, own = map(int, signs[best])
    strays = int(signs[other][1])
    open_ = isinstance(told["example"], str) and not own and not strays
    return replace(
        plain,
        decimal=best if read else None,
        share_read=read / max(plain.cells, 1),
        ambiguous_with=(other,) if open_ else (),
        example=told["example"] if open_ else plain.example,
        read=read,
        decisive=own,
        mixed=strays > STRAY * own,
        plain=best == POINT and read == plain.read,
        words=_words(texts, point.isnull() & comma.isnull()),
    )


def _words(texts: ibis.Table, where: ibis.Value) -> tuple[str, ...]:
    """The most frequent cells that are no number in either way."""
    most = texts.filter(where).order_by([ibis.desc("n"), "text"]).limit(MOST_WORDS)
    return tuple(most.to_pandas()["text"])
