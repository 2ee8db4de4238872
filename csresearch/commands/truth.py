"""``csresearch truth``: how often the kit is wrong."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from csresearch.commands.arguments import OK, Commands, positive


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    truth = commands.add_parser("truth", help="how often the kit is wrong, on companies it draws")
    add = truth.add_argument
    add("worlds", nargs="*", metavar="WORLD", help="only these (default: all of the study)")
    add("--out", type=Path, default=Path("benchmarks/truth"), metavar="DIR", help="the results")
    add("--minutes", type=float, default=600.0, help="begin nothing after this long; go on later")
    add("--jobs", type=positive, default=os.cpu_count() or 2, metavar="N", help="processes")
    add("--targets", action="store_true", help="first estimate anew what is true at large size")
    truth.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch truth``: how often the kit is wrong."""
    from csresearch.truth.study import renew_targets, run_study, write_pages

    if asked.targets:
        renew_targets(asked.out, asked.worlds, workers=asked.jobs)
    n_run = run_study(asked.out, workers=asked.jobs, minutes=asked.minutes, worlds=asked.worlds)
    print(f"{write_pages(asked.out)}: {n_run} blocks of ten companies more")
    return OK
