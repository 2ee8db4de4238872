"""``csresearch plan``: how many customers and months each claim takes."""

from __future__ import annotations

import argparse
from pathlib import Path

from csresearch.commands.arguments import OK, Commands


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    plan = commands.add_parser("plan", help="say how many customers and months each claim takes")
    add = plan.add_argument
    add("company", metavar="COMPANY_YML")
    add("--claim", action="append", default=[], metavar="C1", help="only this; may be repeated")
    power = "chance of the verdict if the claim is true; may be repeated (default: 0.8 and 0.9)"
    add("--power", action="append", type=chance, default=[], metavar="P", help=power)
    add("--months", type=months, default=12.0, metavar="M", help="the chance so far ahead (12)")
    truth = "what is taken for true, as C1=5 (default: the middle of what is claimed)"
    add("--truth", action="append", default=[], metavar="C1=VALUE", help=truth)
    starts = "how many new customers will come (default: as many as in the last 12 months)"
    add("--starts", type=starts_a_month, metavar="N", help=f"a month, {starts}")
    add("--out", type=Path, metavar="DIR", help="write a page with pictures and plan.json there")
    plan.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch plan``: what each claim takes, on a terminal and as a page."""
    from csresearch.company import load_company
    from csresearch.places import find_company
    from csresearch.plain_text import in_lines
    from csresearch.reports.plan_page import plan_folder, write_plan
    from csresearch.sample_size import plan
    from csresearch.sample_size.choices import claims_named, truths_given
    from csresearch.sample_size.plan import POWERS
    from csresearch.sample_size.text import plan_text

    chosen, truths = claims_named(asked.claim), truths_given(asked.truth)
    out = None if asked.out is None else plan_folder(asked.out)
    company = load_company(find_company(asked.company))
    made = plan(
        company,
        chosen=chosen,
        powers=asked.power or POWERS,
        months=asked.months,
        truths=truths,
        starts=asked.starts,
    )
    print(plan_text(made))
    if out is not None:
        print(in_lines(f"\n{write_plan(made, out)}"))
    return OK


def chance(text: str) -> float:
    """Read a chance."""
    number = float(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def months(text: str) -> float:
    """Read a number of months."""
    return _at_least_zero(text, 600)


def starts_a_month(text: str) -> float:
    """Read a number of new customers a month."""
    return _at_least_zero(text, 1e9)


def _at_least_zero(text: str, most: float) -> float:
    """Read a number within bounds."""
    number = float(text)
    if not 0 <= number <= most:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {most:,.0f}")
    return number
