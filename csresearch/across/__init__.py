"""Many companies' findings together: does a claim hold in general, and for the next company?

What pools is loaded when it is first asked for: the command line needs only names.
"""

from __future__ import annotations

from csresearch.when_asked import when_asked

_HOME = {"Across": "all_claims", "pool": "all_claims"}

__all__ = list(_HOME)
__getattr__, __dir__ = when_asked(__name__, _HOME)
