"""A table as it stands in its source, before any of its cells is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import ibis
import pandas as pd

from csresearch.company.sources.engine import drop, stage
from csresearch.company.sources.told import Told

UNREADABLE_COLUMNS = ("file", "line", "reason", "text")


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
        Lines no row could be made of: ``file, line, reason, text``.
    loaded_as : str
        The engine's table that holds it, where it was loaded.
    told : tuple of Told
        What the data report says about how it was read.
    """

    table: ibis.Table
    file: str
    lazy: bool
    unreadable: pd.DataFrame
    loaded_as: str = ""
    told: tuple[Told, ...] = ()

    def turned_into(self, name: str, table: ibis.Table, *told: Told) -> Opened:
        """The same source after a step, under a name of its own; lazy stays lazy."""
        staged = stage(name, table, keep=not self.lazy)
        if self.loaded_as:
            drop(staged.get_backend(), self.loaded_as)
        kept = "" if self.lazy else name
        return replace(self, table=staged, loaded_as=kept, told=(*self.told, *told))


@cache
def no_lines() -> pd.DataFrame:
    """No unreadable lines; not to be changed."""
    return lines_of("", [])


def lines_of(file: str, lines: Iterable[tuple[int, str, str]]) -> pd.DataFrame:
    """Unreadable lines of a file, each as ``line, reason, text``."""
    found = pd.DataFrame([(file, *line) for line in lines], columns=list(UNREADABLE_COLUMNS))
    return found.astype({"line": "int64"})
