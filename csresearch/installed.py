"""Which versions made these numbers."""

from __future__ import annotations

from importlib.metadata import version

import csresearch

LIBRARIES = ("pandas", "statsmodels", "lifelines", "duckdb", "ibis-framework")


def versions() -> str:
    """The kit's version and those of the libraries that compute, on one line."""
    libraries = [f"{name} {version(name)}" for name in LIBRARIES]
    kit = f"csresearch {csresearch.__version__}"
    return ", ".join([kit, *libraries])
