"""``csresearch init``: propose a company.yml for exports, then check it."""

from __future__ import annotations

import argparse

from csresearch.commands import check
from csresearch.commands.arguments import Commands


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    init = commands.add_parser("init", help="propose a company.yml for files other tools exported")
    init.add_argument("folder", metavar="DIR", help="where company.yml goes")
    init.add_argument(
        "--from", dest="files", metavar="FILE", nargs="+", required=True, help="exports"
    )
    init.add_argument("--yes", action="store_true", help="don't ask, take the best proposals")
    init.add_argument("--force", action="store_true", help="overwrite a company.yml that is there")
    init.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch init``: propose company.yml, then check it."""
    from csresearch.setup import init_company

    written = init_company(asked.folder, asked.files, ask=not asked.yes, force=asked.force)
    print(f"{written}: written; read it, correct what is wrong. What it gives as it is:\n")
    return check.run(argparse.Namespace(company=written))
