"""Names of a package that are loaded when first asked for: who needs few of them starts fast."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping


def when_asked(
    package: str, home: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """How does a package give names whose modules are not loaded yet?

    Parameters
    ----------
    package : str
        Its ``__name__``.
    home : mapping of str to str
        The module of the package that each name is in.

    Returns
    -------
    (callable, callable)
        The package's ``__getattr__`` and ``__dir__``.

    Examples
    --------
    >>> get, names = when_asked("csresearch.findings", {"Estimate": "estimates"})
    >>> get("Estimate").__name__, names()
    ('Estimate', ['Estimate'])
    """

    def get(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{home[name]}"), name)

    return get, lambda: sorted(home)
