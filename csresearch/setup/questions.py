"""Asks where the proposal is not sure: plain questions, numbered choices, a default."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Protocol

import pandas as pd

from csresearch.company.canonical import columns_of
from csresearch.errors import CompanyError
from csresearch.plain_text import printable
from csresearch.setup.candidates import Candidate
from csresearch.setup.tables import Fed

NONE = "none of them"
MOST_CHOICES = 5


class Answers(Protocol):
    """Someone who answers, or nobody, in whose place the best proposal is taken."""

    def choose(self, question: str, choices: Sequence[str]) -> int:
        """The number of a choice, from 0; the first is the default."""

    def text(self, question: str, default: str) -> str:
        """A line of text."""


class Nobody:
    """``--yes``: the best proposal, every time."""

    def choose(self, question: str, choices: Sequence[str]) -> int:
        """The first choice."""
        return 0

    def text(self, question: str, default: str) -> str:
        """The default."""
        return default


class Person:
    """Asks on the terminal."""

    def choose(self, question: str, choices: Sequence[str]) -> int:
        """Ask until a number is given; an empty line takes the first."""
        print(question)
        for number, choice in enumerate(choices, 1):
            print(f"  {number}) {choice}")
        while True:
            given = _line("Number [1]: ") or "1"
            if given.isdecimal() and 1 <= int(given) <= len(choices):
                return int(given) - 1
            print(f"  a number from 1 to {len(choices)}, please")

    def text(self, question: str, default: str) -> str:
        """Ask for a line; an empty one takes the default."""
        return _line(f"{question} [{default}]: ") or default


def _line(prompt: str) -> str:
    """A line from the terminal."""
    try:
        return input(prompt).strip()
    except EOFError:
        raise CompanyError("nobody answers; run it with --yes to take the best proposals") from None


def ask_roles(fed: Fed, answers: Answers) -> dict[str, Candidate]:
    """The columns of a table after asking about those that are not sure."""
    chosen = dict(fed.chosen)
    for role, best in fed.chosen.items():
        if best.sure or role not in chosen:
            continue
        rivals = [c for c in fed.rivals(role) if c.column != best.column][: MOST_CHOICES - 1]
        offered = [best, *(c for c in rivals if c.confidence >= 0.2)]
        question = (
            f"{fed.file.name}: which column is {fed.table}.{role} ({meaning(fed.table, role)})?"
        )
        number = answers.choose(question, [*map(describe, offered), NONE])
        if isinstance(answers, Nobody):
            continue
        if number == len(offered):
            del chosen[role]
        else:
            chosen[role] = Candidate(fed.table, role, offered[number].column, 1.0, ("you said so",))
    return chosen


def ask_day(default: pd.Timestamp, answers: Answers) -> pd.Timestamp:
    """Until which day the data go."""
    question = "Until which day do the data go (YYYY-MM-DD)?"
    while True:
        given = answers.text(question, f"{default:%Y-%m-%d}")
        day = pd.to_datetime(given, format="%Y-%m-%d", errors="coerce")
        if not pd.isna(day):
            return day
        print("  a day such as 2026-06-30, please")


def ask_order(labels: Sequence[str], answers: Answers) -> list[str]:
    """Labels from least to most prepared; none if nobody says."""
    named = ", ".join(f"{i} = {printable(label)}" for i, label in enumerate(labels, 1))
    question = f"Maturity bands from least to most prepared ({named}), numbers with blanks between"
    while True:
        given = answers.text(question, "leave out").replace(",", " ").split()
        if given in (["leave", "out"], []):
            return []
        if sorted(given) == [str(i + 1) for i in range(len(labels))]:
            return [labels[int(number) - 1] for number in given]
        print(f"  each number from 1 to {len(labels)} once, please")


def describe(one: Candidate) -> str:
    """A candidate and why, on a line."""
    why = "; ".join(printable(reason) for reason in one.reasons) or "its values would do"
    return f"{printable(one.column)} ({one.confidence:.2f}: {why})"


def meaning(table: str, role: str, beside: Container[str] = ()) -> str:
    """What a canonical column holds."""
    if role == "churned" and "ended_on" in beside:
        return "Whether the customer has left; compared with the day it left"
    return columns_of(table)[role].meaning.rstrip(".")
