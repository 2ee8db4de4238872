"""Further columns of customers from a second file, such as contracts beside accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from csresearch.setup.candidates import Candidate, Known, candidates
from csresearch.setup.columns import TABLE, File, FileColumn
from csresearch.setup.tables import Fed, feed

# What a contract or a deal adds; the rest belongs to the customers file itself.
ADDED = ("notice_on", "maturity", "first_result_on", "parent_id", "recurring_revenue",
         "term_months", "renews_on", "expected_result", "churn_reason")  # fmt: skip
LEAST_SHARED = 0.8


@dataclass(frozen=True)
class Further:
    """A second file of the same customers.

    Parameters
    ----------
    file : File
    ours, theirs : str
        The columns that must be equal.
    chosen : dict of str to Candidate
        Role -> its column in the file.
    reason : str
        Why it can be joined.
    """

    file: File
    ours: str
    theirs: str
    chosen: dict[str, Candidate]
    reason: str


def further_columns(fed: dict[str, Fed], files: Sequence[File], known: Known) -> list[Further]:
    """The files that are not used so far and say more about the customers, one row each."""
    customers = fed["customers"]
    used = {one.file.key for one in fed.values()}
    taken, found = set(customers.chosen), []
    names = {name.casefold() for name in customers.file.columns}
    joinable = (f for f in files if f.key not in used and TABLE not in (f.part or ()))
    for file in joinable:
        one = _further(customers, file, known, taken)
        if one is None or names & {c.column.casefold() for c in one.chosen.values()}:
            continue
        found.append(one)
        taken |= set(one.chosen)
        names |= {c.column.casefold() for c in one.chosen.values()}
    return found


def _further(customers: Fed, file: File, known: Known, taken: set[str]) -> Further | None:
    """What one file adds, if its rows are the customers'."""
    ours = customers.chosen["customer_id"].column
    rated = [
        (one.weight, name, seen, one)
        for (role, name), one in candidates("surveys", file, known).items()
        if role == "customer_id" and (seen := file.columns[name]).unique
    ]
    best = max(rated, key=lambda entry: entry[:2], default=None)
    if best is None or _shared(best[2], known) < LEAST_SHARED:
        return None
    chosen = {
        role: one
        for role, one in feed("customers", file, known).chosen.items()
        if role in ADDED and role not in taken and one.sure and one.column != best[1]
    }
    reason = "; ".join(best[3].reasons)
    return Further(file, ours, best[1], chosen, reason) if chosen else None


def _shared(seen: FileColumn, known: Known) -> float:
    """Share of a column's values that are customers' ids."""
    values = set(seen.distinct.index)
    return len(values & set(known.ids)) / max(1, len(values))
