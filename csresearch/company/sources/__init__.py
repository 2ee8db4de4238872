"""Sources: every kind of file or database, opened as a table of an engine."""

from __future__ import annotations

from csresearch.when_asked import when_asked

_HOME = {
    "Opened": "opened",
    "connect": "engine",
    "copied": "databases",
    "drop": "engine",
    "first_line": "engine",
    "here": "databases",
    "kept": "engine",
    "named": "engine",
    "open_file": "opening",
    "open_frame": "in_memory",
    "open_tables": "opening",
    "stage": "engine",
}

__all__ = list(_HOME)
__getattr__, __dir__ = when_asked(__name__, _HOME)
