"""Scores on any scale: which scale a column may be on, scores turned so that high is good."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from csresearch.company.cell_settings import EVERY, SCALES, Scale
from csresearch.company.numbers import find_number_format, read_number
from csresearch.company.text import as_text
from csresearch.errors import CompanyError, did_you_mean

OUTSIDE = "score outside its scale"  # the mark of scores no one can have given
MOST_INSTRUMENTS = 200  # named in a message


@dataclass(frozen=True)
class ScaleReading:
    """Which scale the scores of a column may be on.

    Parameters
    ----------
    min, max : float or None
        Lowest and highest score there is; None where no cell is a number.
    whole : bool
        Whether all are whole numbers.
    share_read : float
        Share of the filled cells that are numbers, 0 to 1.
    like : str or None
        The narrowest named scale all scores fit ("csat", "ces", "nps", "percent"). A guess: the
        ends of a scale need not have been given.
    """

    min: float | None
    max: float | None
    whole: bool
    share_read: float
    like: str | None


def find_scale(table: ibis.Table, column: str) -> ScaleReading:
    """Which scale may the scores of a column be on?

    Parameters
    ----------
    table : ibis Table
    column : str

    Returns
    -------
    ScaleReading
        Its ends as given, and the narrowest named scale they fit.

    Examples
    --------
    >>> reading = find_scale(ibis.memtable({"score": ["0", "9", "10", "7"]}), "score")
    >>> reading.min, reading.max, reading.like
    (0.0, 10.0, 'nps')
    """
    cell = table[column]
    format = find_number_format(table, column)
    if cell.type().is_numeric():
        number = cell.cast("float64")
    else:
        number = read_number(as_text(cell), format.decimal or ".")
    counted = table.agg(
        low=number.min(), high=number.max(), whole=(number == number.floor()).fill_null(True).all()
    )
    found = counted.to_pandas().iloc[0]
    low, high = (None if v is None or v != v else float(v) for v in (found["low"], found["high"]))
    if low is None:
        return ScaleReading(None, None, False, format.share_read, None)
    whole = bool(found["whole"])
    narrow = sorted(SCALES.items(), key=lambda named: named[1][1] - named[1][0])
    fits = (name for name, (a, b) in narrow if a <= low and high <= b)
    return ScaleReading(low, high, whole, format.share_read, next(fits, None))


def on_scale(
    score: ibis.Value, instrument: ibis.Value, scales: dict[str, Scale]
) -> tuple[ibis.Value, ibis.Value]:
    """Scores turned so that high is good, and which lie outside their scale.

    Scores of an instrument whose scale is not stated are left as they are.
    """
    turned, outside = [], []
    for name, scale in scales.items():
        own = ibis.literal(True) if name == EVERY else (instrument == name).fill_null(False)
        if scale.reversed:
            turned.append((own, scale.min + scale.max - score))
        outside.append(own & ~score.between(scale.min, scale.max).fill_null(True))
    value = ibis.cases(*turned, else_=score) if turned else score
    return value, ibis.or_(*outside)


def refuse_unknown_instruments(
    table: ibis.Table, file: str, instrument: ibis.Value | None, scales: dict[str, Scale]
) -> None:
    """Instruments whose scale is stated are in the data.

    Raises
    ------
    CompanyError
        If there is no column of instruments, or none of that name in it.
    """
    named = [name for name in scales if name != EVERY]
    if not named:
        return
    if instrument is None:
        raise CompanyError(
            f"{file}: scale: names '{named[0]}', but no column says which instrument a score is "
            "of; name it in company.yml under surveys: columns: {instrument: <the file's column>}, "
            "or give one scale for all"
        )
    there = (
        table.select(name=as_text(instrument))
        .distinct()
        .order_by("name")
        .limit(MOST_INSTRUMENTS)
        .to_pandas()
    )
    there = [name for name in there["name"] if isinstance(name, str)]
    for name in named:
        if name not in there and len(there) < MOST_INSTRUMENTS:
            raise CompanyError(
                f"{file}: scale: no instrument is called '{name}'; {did_you_mean(name, there)}"
            )
