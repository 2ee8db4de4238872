"""Writes the draft as company.yml: every line with its reason, every text safely quoted."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

import yaml

from csresearch.errors import CompanyError
from csresearch.plain_text import printable
from csresearch.setup.candidates import Candidate
from csresearch.setup.columns import File
from csresearch.setup.draft import Draft, Said, Source
from csresearch.setup.further import Further
from csresearch.setup.tables import Fed

WIDTH = 96
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}  # not text to some readers
_HEAD = (
    "Written by `csresearch init` from the files named below. Above each line: how sure the "
    "proposal is (0 to 1) and why. Correct what is wrong and run `csresearch check` on this file."
)


def as_yaml(draft: Draft) -> str:
    """The text of company.yml."""
    lines = [*_comment(_HEAD), ""]
    for key in ("company", "observed_until"):
        lines += _entry(key, getattr(draft, key))
    for table, source in draft.sources.items():
        lines += ["", *_table(table, source, draft)]
    if draft.segments:
        lines += ["", *_comment("The most important first; at most two enter a model. They must be "
                                "as they were in the first 30 days.")]  # fmt: skip
        lines += ["segments:", *(f"  - {quoted(name)}" for name in draft.segments)]
    for key, said in draft.settings.items():
        lines += ["", *_entry(key, said)]
    lines += ["", *_left_over(draft)]
    return "\n".join(lines).rstrip() + "\n"


def quoted(text: object) -> str:
    """A text as a YAML scalar on one line that is read back as it is.

    >>> quoted('a: "b"'), quoted("no")
    ('"a: \\\\"b\\\\""', '"no"')
    """
    written = yaml.safe_dump(
        str(text), default_style='"', allow_unicode=True, width=float("inf")
    ).strip()
    return written.removesuffix("...").strip()


def relative(path: Path, folder: Path) -> str:
    """A file as company.yml names it: relative to its folder, with forward slashes.

    Raises
    ------
    CompanyError
        If company.yml can't name it: on another drive, or with characters that mean something
        there.
    """
    try:
        name = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        raise CompanyError(f"{path}: is on another drive than {folder}; copy it there") from None
    special = sorted(set("$*?[") & set(name))
    if special:
        raise CompanyError(
            f"{printable(name)}: company.yml can't name a path with {' '.join(special)}; rename it"
        )
    return name


def _table(table: str, source: Source, draft: Draft) -> Iterator[str]:
    """A table's source, its columns, maps and date format."""
    yield f"{table}:"
    fed = source.fed
    rows = f"{fed.file.rows:,} rows that look like {table}"
    rows += ", a part of them looked at" if fed.file.sampled else ""
    yield from _entry("file", Said(relative(fed.file.path, draft.folder), rows, fed.fit), 2)
    if fed.file.part:
        kind, name = fed.file.part
        yield from _entry(kind, Said(name, f"the {kind} that looks like it"), 2)
    if source.further:
        yield "  join:"
    for one in source.further:
        yield from _joined(one, draft)
    segments = draft.segments if table == "customers" else {}
    maps = {"date_format": source.date_formats, "columns": source.columns | segments,
            "values": source.values}  # fmt: skip
    for key, entries in maps.items():
        if entries:
            yield f"  {key}:"
        for name, said in entries.items():
            yield from _entry(name, said, 4)


def _joined(one: Further, draft: Draft) -> Iterator[str]:
    """A second file of the same rows."""
    yield from _comment(f"{one.reason}; one row each", 4)
    yield f"    - file: {quoted(relative(one.file.path, draft.folder))}"
    if one.file.part:
        kind, name = one.file.part
        yield f"      {kind}: {quoted(name)}"
    yield f"      on: {{{quoted(one.ours)}: {quoted(one.theirs)}}}"
    taken = ", ".join(quoted(candidate.column) for candidate in one.chosen.values())
    yield f"      columns: [{taken}]"


def _entry(key: str, said: Said, indent: int = 0) -> Iterator[str]:
    """A key and its value, the reason above it."""
    sure = "" if said.confidence is None else f"{said.confidence:.2f}: "
    yield from _comment(sure + said.reason, indent)
    space = " " * indent
    plain = key if key.isidentifier() and key.isascii() and key not in _WORDS else quoted(key)
    if isinstance(said.value, dict):
        yield f"{space}{plain}:"
        for name, value in said.value.items():
            yield f"{space}  {_key(name)}: {_flow(value)}"
    else:
        yield f"{space}{plain}: {_flow(said.value)}"


def _key(name: str) -> str:
    """A key of a map: settings of the kit plain, everything else quoted."""
    return name if name in ("order", "low", "days", "months", "grace_days") else quoted(name)


def _flow(value: object) -> str:
    """A text, a number, or a list of texts on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(quoted, value))}]"
    return str(value) if isinstance(value, int | float) else quoted(value)


def _left_over(draft: Draft) -> Iterator[str]:
    """What was not used, and what remains to be said."""
    for note in draft.notes:
        yield from _comment(f"Note. {note}")
    used = {source.fed.file.key for source in draft.sources.values()}
    used |= {one.file.key for source in draft.sources.values() for one in source.further}
    for file in draft.files:
        if file.key not in used:
            yield from _comment(
                f"Not used: {file.name} ({', '.join(map(printable, file.columns))})"
            )
            continue
        taken = draft.used_columns(file) | {said.value for said in draft.segments.values()}
        rest = [seen for name, seen in file.columns.items() if name not in taken]
        if rest:
            yield from _comment(f"Not used of {file.name}:")
        for seen in rest:
            told = f"{printable(seen.name)}: {seen.shown}{_nearest(seen.name, file, draft)}"
            yield from _comment(told, hanging="  ")


def _nearest(column: str, file: File, draft: Draft) -> str:
    """What an unused column came nearest to, and why it was not taken."""
    near: list[tuple[Candidate, Fed]] = [
        (one, source.fed)
        for source in draft.sources.values()
        if source.fed.file is file
        for (_, name), one in source.fed.found.items()
        if name == column and one.confidence >= 0.3
    ]
    if not near:
        return ""
    one, fed = max(near, key=lambda entry: entry[0].weight)
    winner = fed.chosen.get(one.role)
    beaten = f", where '{winner.column}' fits better" if winner else ""
    why = f"; {'; '.join(one.reasons)}" if one.reasons else ""
    return f" (nearest to {one.table}.{one.role}, {one.confidence:.2f}{beaten}{why})"


def _comment(text: str, indent: int = 0, hanging: str = "") -> list[str]:
    """Text as comment lines; nothing in it can end the comment."""
    lines = textwrap.wrap(
        printable(text), WIDTH - indent, break_on_hyphens=False,
        initial_indent=hanging, subsequent_indent=2 * hanging,
    )  # fmt: skip
    return [f"{' ' * indent}# {line}" for line in lines]
