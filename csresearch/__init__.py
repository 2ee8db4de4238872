"""Check what makes business customers stay, on your own data.

Public names, loaded when first used so that the command line starts fast:
``load_company``, ``Company``, ``claims``, ``across``, ``data_report``, ``replication``,
``second_road``, ``company_cards``, ``versions``.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

_HOME = {
    "Company": "csresearch.company",
    "CompanyError": "csresearch.errors",
    "load_company": "csresearch.company",
    "company_cards": "csresearch.page",
    "versions": "csresearch.installed",
}
_MODULES = ("across", "claims", "data_report", "replication", "second_road", "simulate")

__all__ = ["__version__", *_HOME, *_MODULES]


def __getattr__(name: str) -> object:
    """Import a public name's module when it is first asked for."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"csresearch.{name}")
    raise AttributeError(f"module 'csresearch' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
