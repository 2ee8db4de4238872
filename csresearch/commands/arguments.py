"""What several commands share: exit codes, kinds of argument."""

from __future__ import annotations

import argparse
from typing import TypeAlias

OK, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
WHERE = "a company file, a folder of companies, or a pattern"
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def gigabytes(text: str) -> float:
    """Read an amount of memory."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return number


def positive(text: str) -> int:
    """Read a whole number of at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number
