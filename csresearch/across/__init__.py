"""Many companies' findings together: does a claim hold in general, and for the next company?

What pools is loaded when it is first asked for: the command line needs only names.
"""

from __future__ import annotations

import importlib

_HOME = {"Across": "all_claims", "pool": "all_claims"}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    """Load what pools when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
