"""The command line: reads what was asked, makes one call, and says how it ended.

Exit codes: 0 all well; 1 a notebook failed (the others ran); 2 what was given can't be used, and
nothing was run; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from csresearch import __version__
from csresearch.commands import check, init, lab, plan, pool, portal, report, simulate, truth
from csresearch.commands.arguments import INTERRUPTED, UNUSABLE
from csresearch.errors import CompanyError

COMMANDS = (report, pool, portal, init, check, plan, simulate, truth, lab)
_EXAMPLES = """\
examples:
  csresearch init ours --from accounts.csv survey.xlsx
  csresearch report data/steadfast/company.yml
  csresearch report ours/company.yml theirs/company.yml --out reports -p horizon_months=12
  csresearch report clients/ --out reports
  csresearch report ours/company.yml --split-by region
  csresearch pool reports/ --out pooled
  csresearch check ours/company.yml
  csresearch plan ours/company.yml --out planned
  csresearch simulate mirage made/ --seed 7
  csresearch lab

exit codes:
  0    all well
  1    a notebook, or one company of several, failed; it stands in red, the others ran
  2    a file, folder or parameter can't be used; nothing was run
  130  stopped with Ctrl-C; what there was is kept and marked
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The process's own by default.

    Returns
    -------
    int
        The exit code.
    """
    asked = parser().parse_args(arguments)
    try:
        return asked.run(asked)
    except CompanyError as error:
        print(f"csresearch: {error}", file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        print(f"csresearch: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("\ncsresearch: stopped", file=sys.stderr)
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """The commands with all they take."""
    described = argparse.ArgumentParser(
        prog="csresearch",
        description="Check what makes business customers stay, on a company's own data.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    described.add_argument("--version", action="version", version=f"csresearch {__version__}")
    commands = described.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.describe(commands)
    return described


if __name__ == "__main__":
    sys.exit(main())
