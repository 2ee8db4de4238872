"""Sources: every kind of file or database, opened as a table of an engine."""

from csresearch.company.sources.databases import copied, here
from csresearch.company.sources.engine import connect, drop, first_line, kept, named, stage
from csresearch.company.sources.in_memory import open_frame
from csresearch.company.sources.opened import Opened
from csresearch.company.sources.opening import open_file, open_tables

__all__ = [
    "Opened",
    "connect",
    "copied",
    "drop",
    "first_line",
    "here",
    "kept",
    "named",
    "open_file",
    "open_frame",
    "open_tables",
    "stage",
]
