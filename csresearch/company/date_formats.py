"""What a date can look like: which formats fit a shape, and how a cell of a format is read."""

from __future__ import annotations

import re

import ibis

from csresearch.company.date_words import ISO, SERIALS, STAMPS
from csresearch.company.month_names import digits_format, digits_of_named
from csresearch.company.parsers import clock_at, in_zone, iso_moment, try_strptime

SERIAL_RANGE = (18_264, 73_050)  # 1950 to 2099 for a spreadsheet's days
STAMP_RANGE = (100_000_000, 4_102_444_799)  # 1973 to 2099 in seconds
FIRST_YEAR = "1000-01-01"  # "24" read as a year of four digits is no year
ZONE = r"(?:[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
TIME = r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
TIME_OF_DAY = rf"(?:[Tt]|,? +){TIME}(?: ?{ZONE})?$"
ZONED = rf"\d:[0-5]\d[0-9:.,]*(?: ?[AaPp][Mm])? ?{ZONE}$"
_TIME_SHAPE = r"(?:a|,? +)9{1,2}:99(?::99(?:[.,]9+)?)?(?: ?a\.?(?:a\.?)?)?(?: ?[+-]99:?9*)?$"
_STAMP_DIGITS = {9: "unix", 10: "unix", 12: "unix_ms", 13: "unix_ms", 15: "unix_us",
                 16: "unix_us", 18: "unix_ns", 19: "unix_ns"}  # fmt: skip
_NAMED = {
    r"(a )?9{1,2}a? (a )?a (a )?9{4}": "%d %b %Y",
    r"(a )?a 9{1,2}a? 9{4}": "%b %d %Y",
    r"9{4} a 9{1,2}": "%Y %b %d",
    r"(a )?9{1,2} a 99": "%d %b %y",
    r"(a )?a 9{1,2} 99": "%b %d %y",
}


def shape_of(text: ibis.Value) -> ibis.Value:
    """Text with every digit as 9 and every word as a: few shapes tell a whole column."""
    return text.translate("0123456789", "9" * 10).re_replace(r"\p{L}+", "a")


def formats_of_shape(shape: str) -> tuple[str, ...]:
    """The formats a cell of this shape may be of, day before month.

    >>> formats_of_shape("99/99/9999 99:99")
    ('%d/%m/%Y', '%m/%d/%Y')
    >>> formats_of_shape("a 9, 9999")
    ('%b %d %Y',)
    """
    day = re.sub(_TIME_SHAPE, "", shape)
    parted = re.fullmatch(r"(9{1,4})([./-] ?| )9{1,2}\2(9{1,4})(\.?)", day)
    if parted:
        first, between, last, end = parted.groups()
        return tuple(between.join(parts) + end for parts in _orders(len(first), len(last)))
    if day == "9" * 8:
        return "%Y%m%d", "%d%m%Y", "%m%d%Y"
    number = re.fullmatch(r"(9+)(?:[.,]9+)?", day)
    if number:
        digits = len(number[1])
        found = "excel" if digits == 5 else _STAMP_DIGITS.get(digits)
        return (found,) if found else ()
    words = re.sub(r"[.,/\s-]+", " ", day).strip()
    return tuple(named for pattern, named in _NAMED.items() if re.fullmatch(pattern, words))


def _orders(first: int, last: int) -> list[tuple[str, str, str]]:
    """Orders of day, month and year, by how many digits stand first and last."""
    if first == 4 and last <= 2:
        return [("%Y", "%m", "%d")]
    if first <= 2 and last == 4:
        return [("%d", "%m", "%Y"), ("%m", "%d", "%Y")]
    if first == 2 and last == 2:
        return [("%d", "%m", "%y"), ("%m", "%d", "%y"), ("%y", "%m", "%d")]
    return [("%d", "%m", "%y"), ("%m", "%d", "%y")] if first == 1 and last == 2 else []


def read_day(text: ibis.Value, format: str, zone: str = "UTC", *, zoned: bool = True) -> ibis.Value:
    """The day a cell of a format names, NULL where it does not fit.

    Parameters
    ----------
    text : ibis string
    format : str
        A strptime format, or one of ``WORDS``. A time of day may follow the day.
    zone : str
        The zone in which moments that carry an offset (and Unix times) become days.
    zoned : bool
        False where no cell carries an offset, which saves looking for one.
    """
    moment = read_moment(text, format, zone)
    if format in (*SERIALS, *STAMPS) or not zoned:
        return moment.cast("date")
    zoned_cell = is_zoned(text)
    if format != ISO:
        tail = text.re_extract(r"\d{1,2}:\d{2}.*$", 0).re_replace("(z|UTC|GMT)$", "Z")
        text = moment.cast("date").cast("string").concat(" ", tail.replace(" ", ""))
    return zoned_cell.ifelse(clock_at(text, zone), moment).cast("date")


def read_moment(text: ibis.Value, format: str, zone: str = "UTC") -> ibis.Value:
    """The date, and in ISO text the time too, as the cell shows it."""
    if format == ISO:
        return iso_moment(text)
    if format in SERIALS:
        days = _in_range(text, SERIAL_RANGE, 1) + SERIALS[format]
        return (days * 86_400).as_timestamp("s").cast("timestamp")
    if format in STAMPS:
        return in_zone(_in_range(text, STAMP_RANGE, STAMPS[format]).as_timestamp("s"), zone)
    day = days_part(format)
    if day is None:
        return _plausible(try_strptime(text, format))
    shown = without_time(text)
    if {"%b", "%B"} & set(re.findall(r"%.", day)):
        return _plausible(try_strptime(digits_of_named(shown), digits_format(day)))
    return _plausible(try_strptime(shown, day))


def days_part(format: str) -> str | None:
    """The format without a time of day behind the day; None where the time stands elsewhere.

    >>> days_part("%d/%m/%Y %H:%M")
    '%d/%m/%Y'
    >>> days_part("%H:%M %d/%m/%Y") is None
    True
    """
    time = re.search(r"(?:T|,? *)%-?[HIMSpfgnzZ].*$", format)
    if not time:
        return None if set(re.findall(r"%-?(\w)", format)) - set("dmbByYj") else format
    day = format[: time.start()]
    return day if day and not re.search(r"%-?[dmbByYj]", time[0]) else None


def without_time(text: ibis.Value) -> ibis.Value:
    """The cell without a time of day behind the day."""
    return text.contains(":").ifelse(text.re_replace(TIME_OF_DAY, ""), text)


def is_zoned(text: ibis.Value) -> ibis.Value:
    """Whether a time with an offset or Z stands in the cell."""
    return text.contains(":").ifelse(text.re_search(ZONED), False).fill_null(False)


def _in_range(text: ibis.Value, within: tuple[int, int], unit: int) -> ibis.Value:
    """A whole number of units, rounded down, where it lies in a range."""
    number = text.replace(",", ".").try_cast("float64") / unit
    fits = (number >= within[0]) & (number < within[1] + 1)  # before rounding: "inf" has no floor
    return fits.ifelse(number, ibis.null("float64")).floor().cast("int64")


def _plausible(moment: ibis.Value) -> ibis.Value:
    """Moments whose year has four digits."""
    return (moment >= ibis.timestamp(FIRST_YEAR)).ifelse(moment, ibis.null("timestamp"))
