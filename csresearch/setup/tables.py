"""Which file feeds which table, and with which columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from csresearch.errors import CompanyError
from csresearch.setup.candidates import SURE, Candidate, Known, candidates, choose
from csresearch.setup.columns import File
from csresearch.setup.roles import ESSENTIAL, ROLES, SPEAKS_OF
from csresearch.setup.words import words_of

LEAST_FIT = 0.5
_RECORDED = frozenset("modified update updated activity modstamp".split())


@dataclass(frozen=True)
class Fed:
    """A table and the file it is proposed to come from.

    Parameters
    ----------
    table : str
    file : File
    chosen : dict of str to Candidate
        Role -> its column.
    found : dict
        All candidates, by role and column.
    fit : float
        How well the file fits the table, 0 to 1.
    """

    table: str
    file: File
    chosen: dict[str, Candidate]
    found: dict[tuple[str, str], Candidate] = field(repr=False)
    fit: float

    def rivals(self, role: str) -> list[Candidate]:
        """Columns for a role, the best first, those chosen for another role aside."""
        taken = {c.column for r, c in self.chosen.items() if r != role}
        fitting = [c for (r, name), c in self.found.items() if r == role and name not in taken]
        return sorted(fitting, key=lambda c: (-c.weight, c.column))


def propose(files: Sequence[File]) -> dict[str, Fed]:
    """The tables these files can feed, by canonical name.

    Raises
    ------
    CompanyError
        If no file holds customers, with what is missing.
    """
    known = Known(pd.Timestamp.today())
    fitting = {file.key: _fits(file, known) for file in files}
    customers = _customers(files, fitting)
    fed = {"customers": customers}
    known = known_ids(fed)
    for file in files:
        if file is customers.file:
            best = _asked_in(file, known, customers)
        else:
            events = [feed(table, file, known) for table in ROLES if table != "customers"]
            best = max(events, key=lambda f: f.fit)
            if fitting[file.key]["customers"].fit > best.fit:
                continue
        if best and best.fit >= LEAST_FIT and best.fit > _fit(fed.get(best.table)):
            fed[best.table] = best
    return fed


def known_ids(fed: dict[str, Fed]) -> Known:
    """The ids of the customers."""
    file = fed["customers"].file
    column = fed["customers"].chosen["customer_id"].column
    ids = frozenset(file.every_value(column))
    return Known(pd.Timestamp.today(), ids, f"'{column}' of {file.name}")


def best_table(file: File) -> Fed:
    """The table a file fits best by itself."""
    fits = _fits(file, Known(pd.Timestamp.today()))
    return max(fits.values(), key=lambda f: f.fit)


def last_recorded(file: File) -> pd.Timestamp:
    """The last day on which a row of a file was changed, and never later than today."""
    today = pd.Timestamp.today().normalize()
    days = [
        c.days.max()
        for c in file.columns.values()
        if c.kind == "date" and set(words_of(c.name)) & _RECORDED
    ]
    return min([today, *([max(days)] if days else [])])


def feed(table: str, file: File, known: Known) -> Fed:
    """A file as the source of a table."""
    found = candidates(table, file, replace(known, until=last_recorded(file)))
    chosen = choose(found) if found else {}
    return Fed(
        table, file, chosen, found, round(_essential(table, chosen) * _topic(table, file), 3)
    )


def _fits(file: File, known: Known) -> dict[str, Fed]:
    """A file as the source of each table."""
    return {table: feed(table, file, known) for table in ROLES}


def _customers(files: Sequence[File], fitting: dict) -> Fed:
    """The file of customers: the one that fits customers best and says how long they stayed."""
    best = [max(fitting[f.key].values(), key=lambda fed: fed.fit) for f in files]
    own = [fed for fed in best if fed.table == "customers"]
    own = own or [fitting[f.key]["customers"] for f in files]
    usable = [fed for fed in own if not lacks(fed.chosen)]
    if usable:
        return max(usable, key=lambda fed: fed.fit)
    nearest = max(own, key=lambda fed: fed.fit)
    named = ", ".join(f"{role} could be '{c.column}'" for role, c in nearest.chosen.items())
    raise CompanyError(
        f"no file holds customers the kit can use; nearest is {nearest.file.name}, where nothing "
        f"looks like {lacks(nearest.chosen)}{f' ({named})' if named else ''}. Export the accounts "
        "with an id, the day each became a customer and the day it left (empty = still here)"
    )


def lacks(chosen: dict[str, Candidate]) -> str:
    """What a customers table needs that no column was found for; empty if nothing."""
    if "customer_id" not in chosen:
        return "the customer's id (customer_id)"
    dated = {"started_on", "ended_on"} <= set(chosen)
    snapshot = "churned" in chosen and {"tenure_days", "tenure_months"} & set(chosen)
    if dated or snapshot:
        return ""
    if "started_on" in chosen:
        return "the day a customer left (ended_on)"
    return "the day a customer started (started_on)"


def _asked_in(file: File, known: Known, customers: Fed) -> Fed | None:
    """Surveys out of a wide customers file: a score, and a date that is named like it."""
    fed = feed("surveys", file, known)
    score = fed.chosen.get("score")
    if score is None or not score.sure or score.column in _columns(customers):
        return None
    topic = set(words_of(score.column)) - {"last", "score", "customer", "latest"}
    for column in file.columns.values():
        if column.kind == "date" and topic & set(words_of(column.name)):
            told = f"its name shares '{min(topic & set(words_of(column.name)))}' with the score's"
            asked = Candidate("surveys", "surveyed_on", column.name, 0.9, (told,))
            own = customers.chosen["customer_id"]
            row = Candidate("surveys", "customer_id", own.column, own.weight, own.reasons)
            return Fed(
                "surveys", file, {"customer_id": row, "surveyed_on": asked, "score": score},
                fed.found, 0.9,
            )  # fmt: skip
    return None


def _columns(fed: Fed) -> set[str]:
    """The file's columns that play a role."""
    return {c.column for c in fed.chosen.values()}


def _fit(fed: Fed | None) -> float:
    """How well a table is fed so far."""
    return fed.fit if fed else 0.0


def _essential(table: str, chosen: dict[str, Candidate]) -> float:
    """Mean confidence of what the table can't do without."""
    needed = [chosen[role].confidence if role in chosen else 0 for role in ESSENTIAL[table]]
    if table == "customers":
        ends = [chosen[r].confidence for r in ("ended_on", "churned") if r in chosen]
        tenure = [chosen[r].confidence for r in ("tenure_days", "tenure_months") if r in chosen]
        needed[1] = max([needed[1], *tenure])
        needed.append(max(ends, default=0.3))
    elif min(needed) == 0:
        return 0.4 * sum(needed) / len(needed)
    return sum(needed) / len(needed)


def _topic(table: str, file: File) -> float:
    """Whether the names of file and columns speak of the table's rows."""
    spoken = set(words_of(SPEAKS_OF[table]))
    if {stem.rstrip("s") for stem in words_of(file.path.stem)} & {s.rstrip("s") for s in spoken}:
        return 1.0
    columns = [name for name in file.columns if set(words_of(name)) & (spoken - {"customer"})]
    return 0.9 if len(columns) >= 2 else 0.75 if columns else 0.6


__all__ = ["SURE", "Fed", "best_table", "feed", "known_ids", "lacks", "last_recorded", "propose"]
