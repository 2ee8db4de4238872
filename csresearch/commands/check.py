"""``csresearch check``: what was read, and which claims it can answer."""

from __future__ import annotations

import argparse

from csresearch.commands.arguments import OK, Commands


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    check = commands.add_parser("check", help="say what was read and which claims it can answer")
    check.add_argument("company", metavar="COMPANY_YML")
    check.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch check``."""
    from csresearch.company import load_company
    from csresearch.places import find_company
    from csresearch.reports.answers import what_it_can_answer

    print(what_it_can_answer(load_company(find_company(asked.company))))
    return OK
