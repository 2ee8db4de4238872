"""``csresearch report``: run the notebooks on one company or many."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from csresearch.commands.arguments import FAILED, OK, WHERE, Commands, gigabytes, positive
from csresearch.plain_text import in_lines


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    report = commands.add_parser("report", help="run the notebooks and write a company's report")
    add = report.add_argument
    add("company", metavar="COMPANY_YML", nargs="+", help=WHERE)
    add("--out", default="reports", metavar="DIR", help="where reports go (default: reports)")
    add(
        *("-p", "--parameter"),
        action="append",
        default=[],
        metavar="name=value",
        help="a parameter of the notebooks; may be repeated",
    )
    add("--notebooks", metavar="DIR", help="a folder of notebooks of your own")
    add(
        "--split-by",
        metavar="COLUMN",
        help="a company of its own for each value of this column of the customers (plan, region…)",
    )
    add(
        "--jobs",
        type=positive,
        default=min(4, os.cpu_count() or 2),
        metavar="N",
        help="notebooks at a time (default: as many as there are processors, at most 4)",
    )
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="run the companies on the workers of a dask scheduler, such as tcp://10.0.0.5:8786",
    )
    _describe_limits(add)
    add(
        "--again",
        action="store_true",
        help="run everything, also what an earlier report holds of the same data and kit",
    )
    report.set_defaults(run=run)


def _describe_limits(add: Callable[..., object]) -> None:
    """Say what one notebook may take."""
    add(
        "--cell-timeout",
        type=positive,
        default=600,
        metavar="SECONDS",
        help="how long one cell of a notebook may take (default: 600)",
    )
    add(
        "--memory-limit",
        type=gigabytes,
        metavar="GB",
        help="memory one notebook may take (default: four fifths of the machine's; on dask all)",
    )


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch report``."""
    from csresearch.reports.limits import usual_memory
    from csresearch.reports.parameters import parse_assignments
    from csresearch.reports.report import report

    finished = report(
        asked.company,
        out=asked.out,
        parameters=parse_assignments(asked.parameter),
        notebooks=asked.notebooks,
        split_by=asked.split_by,
        workers=asked.jobs,
        scheduler=asked.scheduler,
        cell_timeout=asked.cell_timeout,
        memory_limit=asked.memory_limit or (None if asked.scheduler else usual_memory()),
        again=asked.again,
    )
    for one in finished:
        print(in_lines(f"{one.company}: {one.index}"))
        for failure in one.failures:
            print(in_lines(f"  {failure}"), file=sys.stderr)
    return FAILED if any(one.failures for one in finished) else OK
