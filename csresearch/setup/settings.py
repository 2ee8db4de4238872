"""Proposes what company.yml says beside columns: last day, maturity, segments, value maps."""

from __future__ import annotations

import pandas as pd

from csresearch.company.schema import RESERVED, columns_of
from csresearch.setup.candidates import SURE
from csresearch.setup.columns import FileColumn
from csresearch.setup.draft import Draft, Said, Source
from csresearch.setup.labels import churn_words, order_of, score_words
from csresearch.setup.questions import Answers, ask_order
from csresearch.setup.words import words_of

MOST_SEGMENTS = 6
# What is true now may follow from how it went; what changes with it is no segment.
_OF_NOW = frozenset(
    "status stage health lifecycle score owner csm manager currency reason lead risk trend "
    "priority collection rating judgement sentiment churn cancel end exit assignee phone "
    "city email name timezone deleted interval".split()
)
_CHANGED = frozenset("modified update updated activity".split())  # words of days of the record
_SEGMENT_WORDS = {
    "segment": 0.95, "plan": 0.91, "tier": 0.92, "industry": 0.92, "product": 0.92,
    "edition": 0.9, "package": 0.9, "size": 0.85, "region": 0.9, "country": 0.88,
    "vertical": 0.9, "market": 0.85, "sector": 0.9, "territory": 0.85, "continent": 0.85,
    "type": 0.7, "channel": 0.65, "source": 0.6,
}  # fmt: skip


def last_day(sources: dict[str, Source]) -> tuple[pd.Timestamp, str]:
    """The latest day on which anything in the tables happened, and where it stands."""
    today = pd.Timestamp.today().normalize()
    found = []
    for source in sources.values():
        used = [(source.file_of(r), source.seen(r)) for r in source.columns if r != "renews_on"]
        used += [(source.fed.file, seen) for seen in source.fed.file.columns.values()
                 if _CHANGED & set(words_of(seen.name))]  # fmt: skip
        for file, seen in used:
            day = file.last_day(seen.name, today) if seen.kind == "date" else None
            if day is not None:
                found.append((day, seen.name, file.name))
    if not found:
        return today, "today, for want of a date in the data"
    day, column, file = max(found)
    return day, f"the latest day that is not ahead of today: '{column}' in {file}"


def value_maps(source: Source) -> None:
    """Say what labels mean where a yes or no, or a number, belongs."""
    for role, words_for in (("churned", churn_words), ("score", score_words)):
        if role not in source.columns:
            continue
        seen = source.seen(role)
        mapped = words_for(seen.labels) if seen.kind == "text" else {}
        if not mapped:
            continue
        reason = "what the labels mean"
        if role == "score":
            reason = "labels as numbers, higher is more satisfied; empty = asked, no answer"
            left = [label for label in seen.labels if label not in mapped]
            if left:
                reason += f"; rows with {', '.join(map(repr, left))} will be set aside"
        source.values[role] = Said(mapped, reason)


def maturity(draft: Draft, answers: Answers) -> None:
    """Propose the order of the maturity bands and which is low."""
    source = draft.sources["customers"]
    if "maturity" not in source.columns:
        return
    seen = source.seen("maturity")
    if "maturity_on" not in source.columns:
        draft.notes.append(
            "maturity must be as it was in the first 30 days: what is recorded later may follow "
            "from how it went. With a column for the day (maturity_on) the kit checks it."
        )
    if seen.kind != "text" or not seen.labels:
        return
    order, reason, sure = order_of(seen.labels), "the labels belong to a known scale", 0.9
    if not order:
        order, reason, sure = ask_order(seen.labels, answers), "you said so", 1.0
    if order:
        draft.settings["maturity"] = Said({"order": order, "low": order[:1]}, reason, sure)
        return
    draft.notes.append(
        "maturity: the order of the bands is not known; say it under maturity: order: (least "
        f"prepared first) and low:. There are: {', '.join(map(repr, seen.labels))}"
    )


def segments(draft: Draft) -> None:
    """Propose columns of few labels, known from the start, as segments."""
    source = draft.sources["customers"]
    file, used = source.fed.file, draft.used_columns(source.fed.file)
    rated = [(_segment_worth(seen), seen) for n, seen in file.columns.items() if n not in used]
    rated = sorted((r for r in rated if r[0] > 0), key=lambda r: (-r[0], r[1].name))
    kept: list[FileColumn] = []
    for worth, seen in rated:
        twin = next((other for other in kept if _says_the_same(seen, other)), None)
        if twin is not None or len(kept) == MOST_SEGMENTS or worth < SURE:
            continue
        kept.append(seen)
        name = _free_name(seen.name, draft)
        reason = f"{len(seen.labels)} labels, and its name speaks of a segment"
        draft.segments[name] = Said(seen.name, reason, worth)


def _segment_worth(seen: FileColumn) -> float:
    """How well a column would do as a segment."""
    words = set(words_of(seen.name))
    few = seen.kind == "text" and 2 <= len(seen.labels) <= max(2, len(seen.filled) // 4)
    if not few or seen.share_filled < 0.6 or words & _OF_NOW or not seen.nameable:
        return 0.0
    return max((_SEGMENT_WORDS.get(word, 0.0) for word in words), default=0.0)


def _says_the_same(one: FileColumn, other: FileColumn) -> bool:
    """Whether each label of one column goes with one of the other."""
    pairs = pd.DataFrame({"one": one.cells, "other": other.cells}).drop_duplicates()
    return len(pairs) == len(one.distinct) == len(other.distinct)


def _free_name(column: str, draft: Draft) -> str:
    """A segment's name made of a column's words, not taken by the kit."""
    name = "_".join(word for word in words_of(column) if word != "customer")[:60] or "segment"
    taken = {*RESERVED, *columns_of("customers"), *draft.segments}
    if name in taken:
        name = f"{name}_segment"
    number = 2
    while name in taken:
        name, number = f"{name.rstrip('0123456789_')}_{number}", number + 1
    return name
