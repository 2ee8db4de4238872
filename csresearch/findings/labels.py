"""How a number is written: one rounding, used by texts, tables, pictures and pages alike.

Every number is rounded to nine decimals before it is formatted, so that estimates that differ in
the last bits between machines print the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

ABSENT = "–"
ROLE_WORDS = {
    "primary": "your data",
    "naive": "plain comparison",
    "no_effect": "what no effect would show",
    "step": "step",
    "secondary": "second look",
}
_COLUMN_WORDS = {"ci_low": "from", "ci_high": "to", "n": "customers"}
_RANGE_COLUMNS = ("value", "ci_low", "ci_high")


def is_number(value: object) -> bool:
    """Say whether the value is there and finite."""
    return value is not None and value is not pd.NA and math.isfinite(float(value))


def fixed(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """Write a number with a fixed number of decimals, thousands separated, never "-0".

    Examples
    --------
    >>> fixed(-1234.5678, 1), fixed(-1e-13), fixed(0.04, signed=True)
    ('−1,234.6', '0.00', '+0.04')
    """
    value = round(round(float(value), 9), digits) + 0.0
    return f"{value:{'+' if signed else ''},.{digits}f}".replace("-", "−")


def p_value_text(p_value: float | None) -> str:
    """Write a p-value: two digits, or "< 0.001".

    Examples
    --------
    >>> p_value_text(0.00002), p_value_text(0.0312), p_value_text(0.4)
    ('< 0.001', '0.031', '0.40')
    """
    if not is_number(p_value):
        return ABSENT
    if p_value < 0.001:
        return "< 0.001"
    return fixed(p_value, 3 if p_value < 0.0995 else 2)


def p_value_phrase(p_value: float | None) -> str:
    """Write a p-value in a sentence.

    Examples
    --------
    >>> p_value_phrase(0.00002), p_value_phrase(0.0312), p_value_phrase(None)
    ('p < 0.001', 'p = 0.031', 'no p-value')
    """
    if not is_number(p_value):
        return "no p-value"
    text = p_value_text(p_value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def count_text(count: float | None, *, smallest_cell: int = 0) -> str:
    """Write a count; below `smallest_cell` only "fewer than …".

    Examples
    --------
    >>> count_text(29411), count_text(3, smallest_cell=5)
    ('29,411', 'fewer than 5')
    """
    if not is_number(count):
        return ABSENT
    return f"fewer than {smallest_cell}" if count < smallest_cell else fixed(count, 0)


def _ratio_digits(value: float, exact: bool) -> int:
    size = abs(value)
    if size >= 100:
        return 0
    if exact:
        return 2 if size < 10 else 1
    return 0 if size >= 9.95 else 1 if size >= 1.95 else 2


def _share_digits(value: float, exact: bool) -> int:
    return 1 if exact or 0 < abs(value) < 0.0095 or 0.9905 < abs(value) < 1 else 0


def _plain_digits(value: float, exact: bool) -> int:
    size = abs(value)
    return 0 if size >= 100 else 1 if size >= 10 else 3 if exact else 2


_DIGITS: dict[str, Callable[[float, bool], int]] = {
    "ratio": _ratio_digits,
    "share": _share_digits,
    "probability": _share_digits,
    "points": _share_digits,
    "correlation": lambda _value, exact: 3 if exact else 2,
    "days": lambda _value, _exact: 0,
    "months": lambda _value, _exact: 1,
    "count": lambda _value, _exact: 0,
    "kinds": lambda _value, _exact: 0,
}
_UNITS = {"share": " %", "probability": " %", "points": " points", "days": " days"}
_UNITS["months"] = " months"
_PERCENT = ("share", "probability", "points")


def _number(value: float, scale: str, digits: int) -> str:
    return fixed(100 * value if scale in _PERCENT else value, digits)


def value_text(value: float | None, scale: str, *, exact: bool = False, unit: bool = True) -> str:
    """Write one value in the words of its scale; `exact` adds a digit for tables and rules.

    Examples
    --------
    >>> value_text(3.214, "ratio"), value_text(3.214, "ratio", exact=True)
    ('3.2', '3.21')
    >>> value_text(0.468, "share"), value_text(0.06, "points"), value_text(14.26, "months")
    ('47 %', '6 points', '14.3 months')
    """
    if not is_number(value):
        return ABSENT
    if scale == "p_value":
        return p_value_text(value)
    digits = _DIGITS.get(scale, _plain_digits)(round(float(value), 9), exact)
    return _number(value, scale, digits) + (_UNITS.get(scale, "") if unit else "")


def interval_text(
    value: float | None, bounds: tuple[float | None, float | None], scale: str, *, exact=False
) -> str:
    """Write a value with its interval, all with the value's number of decimals.

    Examples
    --------
    >>> interval_text(3.21, (3.01, 3.41), "ratio")
    '3.2 (3.0 to 3.4)'
    >>> interval_text(0.468, (0.456, 0.479), "share")
    '47 % (46 to 48 %)'
    >>> interval_text(None, (11.2, None), "months")
    'not reached (11.2 months or more)'
    >>> interval_text(None, (2.14, None), "ratio")  # nobody to divide by
    '2.1 or more'
    """
    if scale == "ratio" and not is_number(value) and is_number(bounds[0]):
        return span_text(*bounds, scale, exact=exact)
    text = value_text(value, scale, exact=exact)
    if not is_number(value):
        text = "not reached" if scale in ("days", "months") else "not estimated"
    low, high = bounds
    if not is_number(low) and not is_number(high):
        return text
    digits = _DIGITS.get(scale, _plain_digits)(round(float(value or low or high or 0), 9), exact)
    unit = _UNITS.get(scale, "") if scale not in ("days", "months") or not is_number(value) else ""
    if not is_number(high):
        return f"{text} ({_number(low, scale, digits)}{unit} or more)"
    if not is_number(low):
        return f"{text} ({_number(high, scale, digits)}{unit} or less)"
    return f"{text} ({_number(low, scale, digits)} to {_number(high, scale, digits)}{unit})"


def span_text(low: float | None, high: float | None, scale: str, *, exact: bool = False) -> str:
    """Write the two ends of an interval; one that is open above says so.

    Examples
    --------
    >>> span_text(0.8, 1.25, "ratio", exact=True), span_text(2.14, None, "ratio", exact=True)
    ('0.80 to 1.25', '2.14 or more')
    """
    if not is_number(high):
        return f"{value_text(low, scale, exact=exact)} or more"
    low_text = value_text(low, scale, exact=exact, unit=False)
    return f"{low_text} to {value_text(high, scale, exact=exact)}"


def mark_text(value: float | None, scale: str) -> str:
    """Write a value as on an axis or beside a mark of a picture: "3.2×", "47 %", "−0.05"."""
    text = value_text(value, scale)
    return f"{text}×" if scale == "ratio" and text != ABSENT else text


def _cell_text(value: object, column: str) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return ABSENT
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if isinstance(value, str) or not hasattr(value, "__float__"):
        return str(value)
    if column.startswith("share") or column.endswith("_share"):
        return value_text(value, "share", exact=True)
    if column.startswith("p_value"):
        return p_value_text(value)
    return fixed(value, 0 if "int" in type(value).__name__ else _plain_digits(value, False))


def table_text(table: pd.DataFrame) -> pd.DataFrame:
    """Turn a table of numbers into the strings a reader sees.

    A ``scale`` column, where there is one, says how value, ci_low and ci_high of its row are
    written and is not shown. Columns named share… are per cent, p_value is a p-value, integers are
    counts; everything else gets about three digits.
    """
    scales = list(table["scale"]) if "scale" in table else [None] * len(table)
    shown = {}
    for column in table.columns:
        if column == "scale":
            continue
        by_scale = column in _RANGE_COLUMNS
        shown[_COLUMN_WORDS.get(column, str(column).replace("_", " "))] = [
            value_text(value, scale, exact=True)
            if by_scale and scale
            else _cell_text(value, str(column))
            for value, scale in zip(table[column], scales, strict=True)
        ]
    return pd.DataFrame(shown)
