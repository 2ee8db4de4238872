"""What company.yml is going to say, each thing with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csresearch.setup.columns import File
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
    date_formats: dict[str, Said] = field(default_factory=dict)


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
        return {
            said.value
            for source in self.sources.values()
            if source.fed.file is file
            for said in source.columns.values()
        }
