"""nbformat, imported in a way that costs little; to be imported before what imports it too."""

import sys

# nbformat's schema checker spends 0.7 s or more on a grammar for internationalised addresses that
# no notebook uses; hide it for the length of this one import.
_HIDE = "rfc3987_syntax"
if _HIDE not in sys.modules and "jsonschema" not in sys.modules:
    sys.modules[_HIDE] = None  # type: ignore[assignment]
    try:
        import nbformat
    finally:
        del sys.modules[_HIDE]
else:
    import nbformat

__all__ = ["nbformat"]
