"""How well does each column of a file fit each role of a table?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from csresearch.setup.columns import File, FileColumn
from csresearch.setup.evidence import (
    Evidence,
    agrees,
    among_ids,
    only_for_leavers,
    order,
    own_values,
)
from csresearch.setup.roles import KINDS, ROLES, Role
from csresearch.setup.words import likeness, words_of

SURE, WORTH_ASKING = 0.75, 0.45
LEAST_NAME = 0.25  # what values can add is less than is missing then
HIGHEST = 0.99


@dataclass(frozen=True)
class Known:
    """What is known beside a column: the day the file was exported, and the customers' ids."""

    until: pd.Timestamp
    ids: Set[str] = frozenset()
    ids_in: str = ""


@dataclass(frozen=True)
class Candidate:
    """A column for a role, how sure that is, and why.

    Parameters
    ----------
    table, role : str
        Canonical table and column.
    column : str
        Column of the file.
    weight : float
        How much speaks for it; more than 1 where much does.
    reasons : tuple of str
    """

    table: str
    role: str
    column: str
    weight: float
    reasons: tuple[str, ...] = field(default=(), compare=False)

    @property
    def confidence(self) -> float:
        """From 0 to 1; from ``SURE`` on it is used without a question."""
        return round(min(HIGHEST, self.weight), 2)

    def after(self, evidence: Iterable[Evidence | None]) -> Candidate:
        """The same candidate when more is known."""
        known = [one for one in evidence if one]
        weight = self.weight * math.prod(factor for factor, _ in known)
        return replace(self, weight=weight, reasons=(*self.reasons, *(why for _, why in known)))

    @property
    def sure(self) -> bool:
        """Whether no question is needed."""
        return self.confidence >= SURE


def candidates(table: str, file: File, known: Known) -> dict[tuple[str, str], Candidate]:
    """Every column of a file that may play a role of a table, by role and column."""
    found = {}
    for role in ROLES[table]:
        for seen in (c for c in file.columns.values() if c.nameable):
            rated = _rate(role, seen, known)
            if rated.weight > 0:
                found[role.column, seen.name] = rated
    if table != "customers":
        return found
    return {pair: one.after(_comparisons(one, found, file)) for pair, one in found.items()}


def choose(found: dict[tuple[str, str], Candidate]) -> dict[str, Candidate]:
    """One column for each role, one role for each column, so that all fit best together."""
    roles = sorted({role for role, _ in found})
    columns = sorted({column for _, column in found})
    gain = np.zeros((len(roles), len(columns)))
    for (role, column), one in found.items():
        if one.confidence >= WORTH_ASKING:
            gain[roles.index(role), columns.index(column)] = one.weight**2
    rows, places = linear_sum_assignment(gain, maximize=True)
    pairs = [(roles[r], columns[c]) for r, c in zip(rows, places, strict=True) if gain[r, c] > 0]
    return {role: found[role, column] for role, column in pairs}


def _rate(role: Role, seen: FileColumn, known: Known) -> Candidate:
    """Name and values of one column against one role."""
    nothing = Candidate(role.table, role.column, seen.name, 0.0)
    empty_end = seen.kind == "empty" and role.column == "ended_on"
    if seen.kind not in KINDS[role.kind] and not empty_end:
        return nothing
    name, as_name = _best_name(role, seen.name)
    reasons = (f"its name is like '{as_name}'",) if name >= 0.5 else ()
    named = Candidate(role.table, role.column, seen.name, name, reasons)
    if name < LEAST_NAME and role.column != "customer_id":
        return nothing
    return named.after(_values(role, seen, known))


def _best_name(role: Role, name: str) -> tuple[float, str]:
    """How much a column's name speaks for a role, and the known name it is like."""
    worth, known = max((likeness(name, one) * worth, one) for one, worth in role.names.items())
    more = set(words_of(name)) - set(words_of(known))
    return (0.35 * worth if more & role.against else worth), known


def _values(role: Role, seen: FileColumn, known: Known) -> Iterator[Evidence]:
    """What the values say, other columns aside."""
    if role.column == "customer_id" and role.table != "customers":
        evidence = among_ids(seen, known.ids, known.ids_in)
        if evidence:
            yield evidence
        return
    yield from own_values(role.column, seen, known.until)


def _comparisons(one: Candidate, found: dict, file: File) -> Iterator[Evidence | None]:
    """The comparisons that make sense for a role."""
    start, end = (_best(role, found, file, one.column) for role in ("started_on", "ended_on"))
    seen = file.columns[one.column]
    if one.role == "started_on" and end:
        yield order(seen, end)
    if one.role in ("ended_on", "renews_on", "notice_on") and start:
        yield order(start, seen)
    if one.role == "notice_on" and end:
        yield order(seen, end)
    if one.role == "churned" and end:
        yield agrees(seen, end)
    if one.role == "churn_reason" and end:
        yield only_for_leavers(seen, end)


def _best(role: str, found: dict, file: File, other_than: str) -> FileColumn | None:
    """The column that fits a role best by itself, another one aside."""
    fitting = [c for (r, name), c in found.items() if r == role and name != other_than]
    best = max(fitting, key=lambda c: (c.weight, c.column), default=None)
    return file.columns[best.column] if best and best.confidence >= WORTH_ASKING else None
