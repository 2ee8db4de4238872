"""``csresearch simulate``: an example company whose truth is known."""

from __future__ import annotations

import argparse

from csresearch.commands.arguments import OK, Commands, positive


def describe(commands: Commands) -> None:
    """Say what the command takes."""
    simulate = commands.add_parser("simulate", help="write an example company whose truth is known")
    add = simulate.add_argument
    add("world", metavar="WORLD", help="such as steadfast, mirage, smallco")
    add("folder", metavar="DIR", help="where company.yml and its tables go")
    add("--seed", type=int, help="seed of the random draws (default: the world's)")
    add("--customers", type=positive, help="how many (default: the world's)")
    simulate.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run ``csresearch simulate``."""
    from csresearch.simulate import write_company

    written = write_company(asked.world, asked.folder, seed=asked.seed, n_customers=asked.customers)
    print(written)
    return OK
