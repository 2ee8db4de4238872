"""The kit's numbers beside R's, lifelines' and published ones, on data that nobody here wrote."""

from __future__ import annotations

from csresearch.when_asked import when_asked

_HOME = {"heart_transplants": "stanford", "students": "open_university"}

__all__ = list(_HOME)
__getattr__, __dir__ = when_asked(__name__, _HOME)
