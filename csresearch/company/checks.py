"""Checks before any statistics: each counts, shows an example and says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import ibis
import pandas as pd

from csresearch.company.cells import CELL, as_text
from csresearch.company.sources import Opened, stage
from csresearch.plain_text import printable

SET_ASIDE, NOT_USED, TOLD = "row set aside", "value not used", "told"
MERGED = "shape merged"  # column of rows that went into another row of the same customer
INTO_ANOTHER = -1  # their number among the reasons
NOTED = "noted "  # prefix of the marks of checks that leave the row in
PROBLEM_COLUMNS = (
    "table", "file", "column", "reason", "rows", "example", "effect", "what_to_do",
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong with a row.

    Parameters
    ----------
    column : str
        Canonical column to blame.
    reason : str
        What is wrong.
    bad : ibis boolean
        True on the rows it is wrong with.
    advice : str
        What to do about it.
    effect : str
        "row set aside", "value not used" or "told".
    """

    column: str
    reason: str
    bad: ibis.Value
    advice: str
    effect: str = SET_ASIDE


@dataclass(frozen=True)
class Checked:
    """A table after its checks.

    Parameters
    ----------
    marked : ibis Table
        All rows with ``reason``: the number of the first check that sets the row aside, or NULL;
        -1 for a row that went into another one.
    reasons : tuple of str
        Column and reason of each of those checks.
    rows_in, rows_used : int
        Unreadable lines are among the rows in.
    problems : DataFrame
        What was found, columns ``PROBLEM_COLUMNS``.
    unreadable : DataFrame
        Lines no row could be made of.
    facts : dict
        Aggregates over the rows used.
    rows_merged : int
        Rows that went into another row.
    """

    marked: ibis.Table
    reasons: tuple[str, ...]
    rows_in: int
    rows_used: int
    problems: pd.DataFrame
    unreadable: pd.DataFrame
    facts: dict = field(default_factory=dict)
    rows_merged: int = 0

    @property
    def rows_set_aside(self) -> int:
        """Rows that are neither used nor merged, unreadable lines among them."""
        return self.rows_in - self.rows_used - self.rows_merged

    @property
    def rows_marked(self) -> int:
        """Rows of the table that are set aside, unreadable lines left out."""
        return self.rows_set_aside - len(self.unreadable)

    @property
    def used(self) -> ibis.Table:
        """The rows that are used."""
        if not self.rows_marked and not self.rows_merged:
            return self.marked
        return self.marked.filter(self.marked.reason.isnull())

    @property
    def set_aside(self) -> ibis.Table:
        """The other rows, as they stand in the file, with the reason."""
        kept = self.marked.filter(self.marked.reason >= 0)
        named = kept.reason.cases(*enumerate(self.reasons), else_="")
        cells = {c.removeprefix(CELL): kept[c] for c in kept.columns if c.startswith(CELL)}
        return kept.select(**{"set aside because": named, **cells})


def run_checks(
    name: str, opened: Opened, placed: dict, table: ibis.Table, *, checks: Sequence[Check], **facts
) -> Checked:
    """Count what each check finds, in one pass over the table."""
    drops = [c for c in checks if c.effect == SET_ASIDE]
    others = [c for c in checks if c.effect != SET_ASIDE]
    noted = {f"{NOTED}{i}": c.bad.fill_null(False) for i, c in enumerate(others)}
    marked = stage(
        f"marked_{name}", table.mutate(reason=_reason(table, drops), **noted), keep=not opened.lazy
    )
    counted = marked.group_by("reason").agg(
        rows=marked.count(),
        **{column: marked.count(where=marked[column]) for column in noted},
        **{key: fact(marked) for key, fact in facts.items()},
    )
    counted = counted.to_pandas().sort_values("reason")
    used = counted[counted["reason"].isna()]
    kept = used.iloc[0].to_dict() if len(used) else {}
    dropped = counted[counted["reason"] >= 0]
    merged = counted[counted["reason"] == INTO_ANOTHER]
    found = [
        (drops[int(r)], int(n)) for r, n in zip(dropped["reason"], dropped["rows"], strict=True)
    ]
    found += [(c, int(kept.get(column, 0))) for column, c in zip(noted, others, strict=True)]
    found = [(check, rows) for check, rows in found if rows]
    examples = _examples(marked, placed, found, (drops, others))
    problems = [
        _problem((name, opened.file), placed, found_check, example)
        for found_check, example in zip(found, examples, strict=True)
    ]
    unread = len(opened.unreadable)
    return Checked(
        marked=marked,
        reasons=tuple(f"{in_file(c.column, placed)}: {c.reason}" for c in drops),
        rows_in=int(counted["rows"].sum()) + unread,
        rows_used=int(kept.get("rows", 0)),
        rows_merged=int(merged["rows"].sum()),
        problems=pd.DataFrame(
            problems + _unreadable_lines(name, opened) + _told(name, opened),
            columns=list(PROBLEM_COLUMNS),
        ),
        unreadable=opened.unreadable,
        facts={key: kept.get(key) for key in facts},
    )


def _reason(table: ibis.Table, drops: Sequence[Check]) -> ibis.Value:
    """The number of the first check that sets a row aside, or that of a merged row."""
    reason = ibis.cases(*((c.bad, ibis.literal(i, "int8")) for i, c in enumerate(drops)))
    if MERGED not in table.columns:
        return reason
    into_another = ibis.literal(INTO_ANOTHER, "int8")
    return reason.coalesce(table[MERGED].ifelse(into_another, ibis.null("int8")))


def _examples(
    marked: ibis.Table, placed: dict, found: list, checks: tuple[list[Check], list[Check]]
) -> list[str]:
    """A cell for each check that found something: the first in alphabetical order."""
    if not found:
        return []
    drops, others = checks
    first = {}
    for i, (check, _) in enumerate(found):
        shown = in_file(check.column if check.column in placed else "customer_id", placed)
        cell = as_text(marked[CELL + shown]).substr(0, 80)
        if check.effect == SET_ASIDE:
            bad = marked.reason == drops.index(check)
        else:
            bad = marked[f"{NOTED}{others.index(check)}"] & marked.reason.isnull()
        first[f"example {i}"] = cell.min(where=bad)
    shown = marked.agg(**first).to_pandas().iloc[0]
    return [printable(text) if isinstance(text, str) else "" for text in shown]


def _problem(
    source: tuple[str, str], placed: dict, found: tuple[Check, int], example: str
) -> tuple:
    """One row of the problems table."""
    check, rows = found
    column = in_file(check.column, placed)
    return (*source, column, check.reason, rows, example, check.effect, check.advice)


def _unreadable_lines(name: str, opened: Opened) -> list[tuple]:
    """Lines no row could be made of, as a problem."""
    lines = opened.unreadable
    if lines.empty:
        return []
    first = lines.iloc[0]
    return [
        (name, first["file"], "", "line can't be read", len(lines),
         printable(f"line {first['line']}: {first['text'][:60]}"), SET_ASIDE,
         f"{printable(first['reason'])}: correct the line's delimiters and quotes"),
    ]  # fmt: skip


def _told(name: str, opened: Opened) -> list[tuple]:
    """What there is to know about how the source was read, as problems that take no row."""
    return [
        (name, opened.file, t.column, t.reason, t.rows, printable(t.example), TOLD, t.advice)
        for t in opened.told
    ]


def in_file(column: str, placed: dict) -> str:
    """The file's name of a canonical column."""
    return placed[column][1] if column in placed else column
