"""The command line: reads what was asked, makes one call, and says how it ended.

Exit codes: 0 all well; 1 a notebook failed (the others ran); 2 what was given can't be used, and
nothing was run; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from csresearch import __version__
from csresearch.errors import CompanyError
from csresearch.places import notebooks_folder
from csresearch.plain_text import in_lines

OK, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130

WHERE = "a company file, a folder of companies, or a pattern"
_EXAMPLES = """\
examples:
  csresearch init ours --from accounts.csv survey.xlsx
  csresearch report data/steadfast/company.yml
  csresearch report ours/company.yml theirs/company.yml --out reports -p horizon_months=12
  csresearch report clients/ --out reports
  csresearch report ours/company.yml --split-by region
  csresearch pool reports/ --out pooled
  csresearch check ours/company.yml
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
    asked = _parser().parse_args(arguments)
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


def _report(asked: argparse.Namespace) -> int:
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


def _pool(asked: argparse.Namespace) -> int:
    """Run ``csresearch pool``."""
    from csresearch.reports.parameters import parse_assignments
    from csresearch.reports.pool import pool

    done = pool(asked.findings, out=asked.out, parameters=parse_assignments(asked.parameter))
    for line in done.complaints:
        print(in_lines(line), file=sys.stderr)
    if done.companies:
        print(in_lines(f"{done.companies} companies: {done.page}"))
    return done.exit_code


def _portal(asked: argparse.Namespace) -> int:
    """Run ``csresearch portal``."""
    from csresearch.reports.together import write_portal

    page = write_portal(Path(asked.out).resolve(), [])
    if page is None:
        raise CompanyError(
            f"{asked.out} holds fewer than two companies' reports: no page is needed"
        )
    print(page)
    return OK


def _check(asked: argparse.Namespace) -> int:
    """Run ``csresearch check``."""
    from csresearch.company import load_company
    from csresearch.places import find_company
    from csresearch.reports.answers import what_it_can_answer

    print(what_it_can_answer(load_company(find_company(asked.company))))
    return OK


def _init(asked: argparse.Namespace) -> int:
    """Run ``csresearch init``: propose company.yml, then check it."""
    from csresearch.setup import init_company

    written = init_company(asked.folder, asked.files, ask=not asked.yes, force=asked.force)
    print(f"{written}: written; read it, correct what is wrong. What it gives as it is:\n")
    return _check(argparse.Namespace(company=written))


def _simulate(asked: argparse.Namespace) -> int:
    """Run ``csresearch simulate``."""
    from csresearch.simulate import write_company

    written = write_company(asked.world, asked.folder, seed=asked.seed, n_customers=asked.customers)
    print(written)
    return OK


def _lab(asked: argparse.Namespace) -> int:
    """Run ``csresearch lab``: JupyterLab on the notebooks, with this interpreter's kernel."""
    command = [
        *(
            sys.executable,
            "-m",
            "jupyterlab",
            f"--notebook-dir={notebooks_folder(asked.notebooks)}",
        ),
        "--ServerApp.kernel_spec_manager_class=csresearch.reports.kernels.OwnKernelSpecManager",
        *asked.options,
    ]
    return subprocess.run(command, check=False).returncode


def _truth(asked: argparse.Namespace) -> int:
    """Run ``csresearch truth``: how often the kit is wrong."""
    from csresearch.truth.study import renew_targets, run_study, write_pages

    if asked.targets:
        renew_targets(asked.out)
    n_run = run_study(asked.out, workers=asked.jobs, minutes=asked.minutes, worlds=asked.worlds)
    print(f"{write_pages(asked.out)}: {n_run} blocks of ten companies more")
    return OK


def _parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    parser = argparse.ArgumentParser(
        prog="csresearch",
        description="Check what makes business customers stay, on a company's own data.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"csresearch {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _describe_report(commands)
    _describe_pool(commands)
    portal = commands.add_parser("portal", help="write the page over all reports in a folder")
    portal.add_argument("out", metavar="DIR", help="where the reports are")
    portal.set_defaults(run=_portal)
    _describe_init(commands)
    check = commands.add_parser("check", help="say what was read and which claims it can answer")
    check.add_argument("company", metavar="COMPANY_YML")
    check.set_defaults(run=_check)
    simulate = commands.add_parser("simulate", help="write an example company whose truth is known")
    simulate.add_argument("world", metavar="WORLD", help="such as steadfast, mirage, smallco")
    simulate.add_argument("folder", metavar="DIR", help="where company.yml and its tables go")
    simulate.add_argument(
        "--seed", type=int, help="seed of the random draws (default: the world's)"
    )
    simulate.add_argument("--customers", type=_positive, help="how many (default: the world's)")
    simulate.set_defaults(run=_simulate)
    _describe_truth(commands)
    lab = commands.add_parser("lab", help="open the notebooks in JupyterLab with this Python")
    lab.add_argument("--notebooks", metavar="DIR", help="a folder of notebooks of your own")
    lab.add_argument("options", nargs="*", help="passed on to JupyterLab; write them after --")
    lab.set_defaults(run=_lab)
    return parser


def _describe_pool(commands: argparse._SubParsersAction) -> None:
    """Describe ``csresearch pool``."""
    pool = commands.add_parser("pool", help="say what many companies' findings say together")
    add = pool.add_argument
    add("findings", metavar="FINDINGS", nargs="+", help="files, folders of reports, or patterns")
    add("--out", default="pooled", metavar="DIR", help="where it goes (default: pooled)")
    meaning = {"metavar": "name=value", "help": "a parameter of the notebook; may be repeated"}
    add("-p", "--parameter", action="append", default=[], **meaning)
    pool.set_defaults(run=_pool)


def _describe_truth(commands: argparse._SubParsersAction) -> None:
    """Describe ``csresearch truth``."""
    truth = commands.add_parser("truth", help="how often the kit is wrong, on companies it draws")
    add = truth.add_argument
    add("worlds", nargs="*", metavar="WORLD", help="only these (default: all of the study)")
    add("--out", type=Path, default=Path("benchmarks/truth"), metavar="DIR", help="the results")
    add("--minutes", type=float, default=600.0, help="begin nothing after this long; go on later")
    add("--jobs", type=_positive, default=os.cpu_count() or 2, metavar="N", help="processes")
    add("--targets", action="store_true", help="first estimate anew what is true at large size")
    truth.set_defaults(run=_truth)


def _describe_init(commands: argparse._SubParsersAction) -> None:
    """Describe ``csresearch init``."""
    init = commands.add_parser("init", help="propose a company.yml for files other tools exported")
    init.add_argument("folder", metavar="DIR", help="where company.yml goes")
    init.add_argument(
        "--from", dest="files", metavar="FILE", nargs="+", required=True, help="exports"
    )
    init.add_argument("--yes", action="store_true", help="don't ask, take the best proposals")
    init.add_argument("--force", action="store_true", help="overwrite a company.yml that is there")
    init.set_defaults(run=_init)


def _describe_report(commands: argparse._SubParsersAction) -> None:
    """Describe ``csresearch report``."""
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
        type=_positive,
        default=min(4, os.cpu_count() or 2),
        metavar="N",
        help="notebooks at a time (default: as many as there are processors, at most 4)",
    )
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="run the companies on the workers of a dask scheduler, such as tcp://10.0.0.5:8786",
    )
    add(
        "--cell-timeout",
        type=_positive,
        default=600,
        metavar="SECONDS",
        help="how long one cell of a notebook may take (default: 600)",
    )
    add(
        "--memory-limit",
        type=_gigabytes,
        metavar="GB",
        help="memory one notebook may take (default: four fifths of the machine's; on dask all)",
    )
    add(
        "--again",
        action="store_true",
        help="run everything, also what an earlier report holds of the same data and kit",
    )
    report.set_defaults(run=_report)


def _gigabytes(text: str) -> float:
    """Read an amount of memory."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return number


def _positive(text: str) -> int:
    """Read a whole number of at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
