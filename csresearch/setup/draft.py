"""What company.yml is going to say, each thing with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csresearch.setup.columns import File, FileColumn
from csresearch.setup.further import Further
from csresearch.setup.tables import Fed


@dataclass(frozen=True)
class Said:
    """A value of company.yml and why it is proposed.

    Parameters
    ----------
    value : text, number, or list or dict of texts
    reason : str
    confidence : float or None
        None where there is nothing to be sure of.
    """

    value: Any
    reason: str
    confidence: float | None = None


@dataclass
class Source:
    """A table's source: what the file plays, and how its values are to be read."""

    fed: Fed
    columns: dict[str, Said] = field(default_factory=dict)
    values: dict[str, Said] = field(default_factory=dict)
    further: list[Further] = field(default_factory=list)
    date_formats: dict[str, Said] = field(default_factory=dict)

    def file_of(self, role: str) -> File:
        """The file a role's column stands in."""
        return next((one.file for one in self.further if role in one.chosen), self.fed.file)

    def seen(self, role: str) -> FileColumn:
        """The column that plays a role."""
        return self.file_of(role).columns[self.columns[role].value]


@dataclass
class Draft:
    """company.yml before it is written."""

    folder: Path
    company: Said
    observed_until: Said
    sources: dict[str, Source]
    settings: dict[str, Said] = field(default_factory=dict)
    segments: dict[str, Said] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    notes: list[str] = field(default_factory=list)

    def used_columns(self, file: File) -> set[str]:
        """The file's columns that some table uses."""
        used = {
            said.value
            for source in self.sources.values()
            for role, said in source.columns.items()
            if source.file_of(role) is file
        }
        joined = [one for source in self.sources.values() for one in source.further]
        return used | {one.theirs for one in joined if one.file is file}
