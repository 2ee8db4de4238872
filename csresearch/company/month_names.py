"""Months by name: English, German, French and Spanish, long and short."""

from __future__ import annotations

import re

import ibis

_NAMES = (
    "jan january januar jänner janvier janv enero ene",
    "feb february februar février fevrier févr fevr fév fev febrero",
    "mar march märz maerz mrz mär mars marzo",
    "apr april avril avr abril abr",
    "may mai mayo",
    "jun june juni juin junio",
    "jul july juli juillet juil julio",
    "aug august août aout agosto ago",
    "sep sept september septembre septiembre setiembre",
    "oct october okt oktober octobre octubre",
    "nov november novembre noviembre",
    "dec december dez dezember décembre decembre déc diciembre dic",
)
_NUMBERED = [(name, f"{i + 1:02d}") for i, names in enumerate(_NAMES) for name in names.split()]
_TABLE = "".join(f"|{name}={number}" for name, number in _NUMBERED)  # looked up as a text: quick
_LAST_NAMED = rf".*\b({'|'.join(name for name, _ in _NUMBERED)})\b"  # a weekday may stand before


def digits_of_named(text: ibis.Value) -> ibis.Value:
    """Dates with the month as a word as digits: day and year as they stand, then the month.

    Weekdays, ordinals ("31st"), "de" and "of" are left out; NULL where no month is named.
    """
    small = text.lower()
    word = small.re_extract(_LAST_NAMED, 1).nullif("")
    key = ibis.literal("|").concat(word, "=")
    place = ibis.literal(_TABLE).find(key) + key.length()
    month = ibis.literal(_TABLE).substr(place, 2)
    return small.re_replace(r"[^0-9]+", " ").strip().concat(" ", month)


def digits_format(format: str) -> str:
    """The format of what ``digits_of_named`` makes of a format with %b or %B.

    >>> digits_format("%b %d, %Y")
    '%d %Y %m'
    """
    return " ".join([*re.findall("%[dyYj]", format), "%m"])
