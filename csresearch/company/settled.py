"""Dates and numbers that can be read in two ways: what settles it, or the question to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import ibis

from csresearch.company.cell_settings import CellSettings
from csresearch.company.date_formats import read_day
from csresearch.company.dates import DateReading
from csresearch.company.numbers import COMMA, POINT, NumberReading, read_number
from csresearch.company.schema import CompanyConfig
from csresearch.errors import CompanyError

LEAST_IMPOSSIBLE = 3  # rows a reading makes impossible before it is given up
AHEAD = ("renews_on",)  # dates that may lie after observed_until
SMALL = ("score", "kickoff_judgement")  # numbers that never reach a thousand, where so stated
NAMES = {POINT: "a decimal point", COMMA: "a decimal comma"}


@dataclass(frozen=True)
class Asked:
    """A table whose columns are being read: what it is called, and what company.yml says of it."""

    name: str
    file: str
    table: ibis.Table
    config: CompanyConfig
    placed: dict

    @property
    def settings(self) -> CellSettings:
        """What company.yml says of the table."""
        return getattr(self.config, self.name)

    def called(self, column: str) -> str:
        """A column in a message."""
        in_file = self.placed[column][1]
        role = "" if in_file == column else f" ({column})"
        return f"{self.file}: column '{in_file}'{role}"


def settle_dates(
    asked: Asked, found: dict[str, DateReading], texts: dict[str, ibis.Value]
) -> tuple[dict[str, DateReading], dict[str, str]]:
    """Every column's one reading, and the evidence for it.

    Raises
    ------
    CompanyError
        If a column can be read in more than one way and nothing tells which.
    """
    _refuse_mixed(asked, found, lambda column: f'date_format: {{{column}: "%d/%m/%Y"}}')
    open_ = {column: r for column, r in found.items() if r.ambiguous_with}
    why = {c: _counted(r) for c, r in found.items() if c not in open_}
    settled = dict(found)
    for column, reading in open_.items():
        choices = (reading.format, *reading.ambiguous_with)
        sure = {r.format: c for c, r in found.items() if c not in open_ and r.format in choices}
        if len(sure) == 1:
            ((format, other),) = sure.items()
            settled[column] = replace(reading, format=format, ambiguous_with=())
            why[column] = f"as {other}, where {found[other].decisive:,} cells can only be read so"
    for choices in {(r.format, *r.ambiguous_with) for r in settled.values() if r.ambiguous_with}:
        same = [c for c, r in settled.items() if (r.format, *r.ambiguous_with) == choices]
        format, evidence = _possible(asked, texts, settled, choices)
        if format is None:
            raise CompanyError("\n".join(_date_question(asked, c, open_[c]) for c in same))
        for column in same:
            settled[column] = replace(settled[column], format=format, ambiguous_with=())
            why[column] = evidence
    return settled, why


def settle_numbers(
    asked: Asked, found: dict[str, NumberReading]
) -> tuple[dict[str, NumberReading], dict[str, str]]:
    """Every column's one reading, and the evidence for it; see ``settle_dates``."""
    _refuse_mixed(asked, found, lambda column: f'decimal: {{{column}: ","}}')
    sure = {r.decimal: c for c, r in found.items() if r.decisive and not r.ambiguous_with}
    settled, why = {}, {}
    for column, reading in found.items():
        if not reading.ambiguous_with:
            settled[column], why[column] = reading, _counted(reading)
        elif len(sure) == 1:
            ((decimal, other),) = sure.items()
            settled[column] = replace(reading, decimal=decimal, ambiguous_with=(), plain=False)
            why[column] = f"as {other}, where {found[other].decisive:,} cells can only be read so"
        elif column in SMALL and (column != "score" or asked.settings.scale):
            decimal = POINT if POINT in reading.example else COMMA
            settled[column] = replace(reading, decimal=decimal, ambiguous_with=(), plain=False)
            why[column] = "read otherwise, numbers would lie far outside their scale"
        else:
            raise CompanyError(_number_question(asked, column, reading))
    return settled, why


def _counted(reading: DateReading | NumberReading) -> str:
    """The evidence of the counts alone."""
    if not reading.cells:
        return "no cell says anything"
    told = f"reads {reading.read:,} of {reading.cells:,} cells"
    apart = 0 < reading.decisive < reading.read
    return f"{told}, {reading.decisive:,} of them in this way only" if apart else told


def _refuse_mixed(asked: Asked, found: dict, line: Callable[[str], str]) -> None:
    """A column of two formats is not guessed at."""
    for column, reading in found.items():
        if reading.mixed:
            share = 1 - reading.share_read
            raise CompanyError(
                f"{asked.called(column)}: {share:.0%} of the {reading.cells:,} cells can only be "
                f"read in another way than the others, e.g. '{reading.example}': two exports in "
                "one file? Correct the file, or say which one counts, and the other cells are set "
                f"aside, in company.yml under {asked.name}: {line(column)}"
            )


def _possible(
    asked: Asked, texts: dict[str, ibis.Value], found: dict[str, DateReading], choices: tuple
) -> tuple[str | None, str]:
    """The only one of several formats that makes no row impossible, and what the others do."""
    until = asked.config.observed_until
    counts = {}
    for i, format in enumerate(choices):
        days = {
            c: read_day(text, format if found[c].ambiguous_with else found[c].format)
            for c, text in texts.items()
            if found[c].format and c not in AHEAD
        }
        bad = [day > ibis.literal(until) for day in days.values()]
        if {"started_on", "ended_on"} <= set(days):
            bad.append(days["ended_on"] < days["started_on"])
        counts[f"bad {i}"] = ibis.or_(*(b.fill_null(False) for b in bad)).sum()
    impossible = [int(n or 0) for n in asked.table.agg(**counts).to_pandas().iloc[0]]
    possible = [format for format, n in zip(choices, impossible, strict=True) if not n]
    others = [n for n in impossible if n]
    if len(possible) != 1 or min(others, default=0) < LEAST_IMPOSSIBLE:
        return None, ""
    return possible[0], (
        f"read otherwise, {min(others):,} rows would lie after {until} or end before they start"
    )


def _date_question(asked: Asked, column: str, reading: DateReading) -> str:
    """What to ask where days and months can't be told apart."""
    choices = (reading.format, *reading.ambiguous_with)
    cell = ibis.memtable({"text": [reading.example]})
    days = cell.agg(**{f: read_day(cell.text, f).min() for f in choices}).to_pandas().iloc[0]
    shown = " or ".join(f"{str(day)[:10]} ({format})" for format, day in days.items())
    return (
        f"{asked.called(column)}: '{reading.example}' may be {shown}, and all {reading.cells:,} "
        f"cells can be read in each of these ways. Say which in company.yml under {asked.name}: "
        f'date_format: "{reading.format}"'
    )


def _number_question(asked: Asked, column: str, reading: NumberReading) -> str:
    """What to ask where thousands and decimals can't be told apart."""
    cell = ibis.memtable({"text": [reading.example]})
    read = {sign: read_number(cell.text, sign).min() for sign in (POINT, COMMA)}
    values = cell.agg(**read).to_pandas().iloc[0]
    shown = " or ".join(f"{values[sign]:.10g} (with {NAMES[sign]})" for sign in read)
    return (
        f"{asked.called(column)}: '{reading.example}' may be {shown}, and all "
        f"{reading.cells:,} cells can be read in both ways. Say which in company.yml under "
        f'{asked.name}: decimal: "." or decimal: ","'
    )
