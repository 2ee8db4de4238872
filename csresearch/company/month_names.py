"""Months by name: English, German, French and Spanish, long and short."""

from __future__ import annotations

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
MONTHS = {name: str(i + 1) for i, names in enumerate(_NAMES) for name in names.split()}


def months_as_numbers(text: ibis.Value) -> ibis.Value:
    """Dates with the month as a word, as day, month and year in digits with blanks between.

    Weekdays, ordinals ("31st"), "de" and "of" are left out; NULL where no month is named.
    """
    plain = text.lower().re_replace(r"[.,/\s-]+|\b(de|del|of)\b", " ")
    plain = plain.re_replace(r"(\d)(st|nd|rd|th|er|º|ª)( |$)", r"\1 ").re_replace(r" +", " ")
    plain = plain.strip().re_replace(r"^\p{L}+ (\d{1,2} \p{L}|\p{L}+ \d)", r"\1")
    word = plain.re_extract(r"\p{L}+", 0)
    number = word.cases(*MONTHS.items(), else_=ibis.null("string"))
    return plain.replace(word, number)
