"""Every example in a docstring gives what it says."""

import doctest
import importlib
import pkgutil

import csresearch

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def test_examples_in_docstrings():
    failed, tried = [], 0
    for found in pkgutil.walk_packages(csresearch.__path__, "csresearch."):
        result = doctest.testmod(importlib.import_module(found.name), optionflags=FLAGS)
        tried += result.attempted
        if result.failed:
            failed.append(found.name)
    assert failed == []
    assert tried > 20
