"""``csresearch portal``: the page over all reports in a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from csresearch.commands.arguments import OK, Commands
from csresearch.errors import CompanyError


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    portal = commands.add_parser("portal", help="write the page over all reports in a folder")
    portal.add_argument("out", metavar="DIR", help="where the reports are")
    portal.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch portal``."""
    from csresearch.reports.together import write_portal

    page = write_portal(Path(asked.out).resolve(), [])
    if page is None:
        raise CompanyError(
            f"{asked.out} holds fewer than two companies' reports: no page is needed"
        )
    print(page)
    return OK
