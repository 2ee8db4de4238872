"""``csresearch pool``: what many companies' findings say together."""

from __future__ import annotations

import argparse
import sys

from csresearch.commands.arguments import Commands
from csresearch.plain_text import in_lines


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    pool = commands.add_parser("pool", help="say what many companies' findings say together")
    add = pool.add_argument
    add("findings", metavar="FINDINGS", nargs="+", help="files, folders of reports, or patterns")
    add("--out", default="pooled", metavar="DIR", help="where it goes (default: pooled)")
    meaning = {"metavar": "name=value", "help": "a parameter of the notebook; may be repeated"}
    add("-p", "--parameter", action="append", default=[], **meaning)
    pool.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch pool``."""
    from csresearch.reports.parameters import parse_assignments
    from csresearch.reports.pool import pool

    done = pool(asked.findings, out=asked.out, parameters=parse_assignments(asked.parameter))
    for line in done.complaints:
        print(in_lines(line), file=sys.stderr)
    if done.companies:
        print(in_lines(f"{done.companies} companies: {done.page}"))
    return done.exit_code
