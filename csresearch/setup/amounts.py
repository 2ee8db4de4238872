"""Which columns of text are numbers with a decimal comma, thousands separators or a currency."""

from __future__ import annotations

from collections.abc import Container

import ibis
import pandas as pd

from csresearch.company.numbers import find_number_formats, read_number
from csresearch.setup.days import MOST

_DRESSED = r"^[^\w\d]*(?:[A-Z]{3} ?)?[-+(]?[\d.,' \u00a0\u202f]*\d[\d.,' \u00a0\u202f]*[^\d]{0,5}$"
_PLAIN = r"^[+-]?\d*\.?\d+$"


def find_amounts(
    texts: ibis.Table, peek: pd.DataFrame, others: Container[str]
) -> dict[str, ibis.Value]:
    """The columns that hold numbers written otherwise than 1234.5, read as numbers."""
    likely = {n: texts[n] for n in texts.columns if n not in others and _likely(peek[n].dropna())}
    found = find_number_formats(texts, likely)
    return {
        name: read_number(texts[name], reading.decimal)
        for name, reading in found.items()
        if reading.decimal is not None and reading.share_read >= MOST
    }


def _likely(cells: pd.Series) -> bool:
    """Whether most cells are digits with something around or between."""
    cells = cells.astype("string").str.slice(0, 60)
    dressed = cells.str.contains(_DRESSED, regex=True)
    plain = cells.str.contains(_PLAIN, regex=True)
    return len(cells) > 0 and dressed.mean() >= MOST and not plain.all()
