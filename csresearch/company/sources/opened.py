"""A table as it stands in its source, before any of its cells is read."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import pandas as pd


@dataclass(frozen=True)
class Opened:
    """A table as it stands in the file.

    Parameters
    ----------
    table : ibis Table
        Columns as in the file; all text where it came from CSV.
    file : str
        What to call it in messages.
    lazy : bool
        True where every query reads the file again (Parquet); False where it was loaded.
    unreadable : DataFrame
        Lines no row could be made of: ``line, reason, text``.
    loaded_as : str
        The engine's table that holds it, where it was loaded.
    """

    table: ibis.Table
    file: str
    lazy: bool
    unreadable: pd.DataFrame
    loaded_as: str = ""


def no_lines() -> pd.DataFrame:
    """No unreadable lines."""
    return pd.DataFrame({"line": [], "reason": [], "text": []})
