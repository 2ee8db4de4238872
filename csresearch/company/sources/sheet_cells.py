"""The cells of a sheet's column as one type, without losing anything where they are mixed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

WHOLE = 2**53  # up to here a float holds every whole number


def column_of(cells: Sequence[Any]) -> pa.Array:
    """A column with the cells' own type, or as text where they are of several.

    >>> column_of([1.0, None, 2.0]).type
    DataType(int64)
    >>> column_of([date(2024, 1, 31), "unknown", 3.5]).to_pylist()
    ['2024-01-31', 'unknown', '3.5']
    """
    cells = [_plain(cell) for cell in cells]
    kinds = {_kind(cell) for cell in cells if cell is not None}
    if len(kinds) != 1 or kinds <= {"text"}:
        return pa.array([None if c is None else text_of(c) for c in cells], pa.string())
    (kind,) = kinds
    if kind == "number":
        whole = all(isinstance(c, int) for c in cells if c is not None)
        return pa.array(cells, pa.int64() if whole else pa.float64())
    if kind == "yes/no":
        return pa.array(cells, pa.bool_())
    if any(isinstance(c, datetime) for c in cells):
        moments = [c if isinstance(c, datetime | None) else _midnight(c) for c in cells]
        return pa.array(moments, pa.timestamp("us"))
    return pa.array(cells, pa.date32())


def text_of(cell: Any) -> str:
    """A cell as text: dates as ISO, whole numbers without decimals.

    >>> text_of(datetime(2024, 1, 31, 12, 30)), text_of(7.0), text_of(True)
    ('2024-01-31 12:30:00', '7', 'true')
    """
    cell = _plain(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _plain(cell: Any) -> Any:
    """Whole numbers as such (a sheet has floats only), a midnight as a date."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= WHOLE:
        return int(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    return cell


def _kind(cell: Any) -> str:
    """What a cell holds."""
    if isinstance(cell, bool):
        return "yes/no"
    if isinstance(cell, int | float):
        return "number"
    return "date" if isinstance(cell, date) else "text"


def _midnight(day: date) -> datetime:
    """The start of a day."""
    return datetime.combine(day, time())
