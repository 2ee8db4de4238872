"""Do notebooks and commands end on any company? Small, lopsided and half-empty ones by the hundred.

Run as ``python tests/odd_companies.py --seeds 100 --first 1``: each seed picks customers of a
bundled company, does up to three odd things to them, checks and plans it and runs every notebook's
cells. What fails is printed with its seed.
"""

import argparse
import ast
import contextlib
import io
import json
import random as randoms
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import yaml

from csresearch.cli import main as csresearch
from csresearch.errors import CompanyError

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[012]*.ipynb"))
NOTEBOOKS = [path for path in NOTEBOOKS if not path.stem.startswith("21")]  # of many companies
COMPANIES = ("steadfast", "mirage", "smallco")
SIZES = (3, 8, 15, 30, 60, 150, 400)
SHOWN_BY = ("_repr_html_", "_repr_markdown_", "_repr_mimebundle_")
DAYS = ("2023-12-31", "2024-06-30", "2025-03-31", "2026-01-31")


def everyone_leaves(tables, settings, random):
    customers = tables["customers"]
    customers["ended_on"] = customers["ended_on"].fillna(str(settings["observed_until"]))


def nobody_leaves(tables, settings, random):
    tables["customers"]["ended_on"] = np.nan


def ends_at_once(tables, settings, random):
    tables["customers"]["ended_on"] = tables["customers"]["started_on"]


def starts_together(tables, settings, random):
    tables["customers"]["started_on"] = tables["customers"]["started_on"].min()


def only_the_unprepared_leave(tables, settings, random):
    customers = tables["customers"]
    customers.loc[customers["maturity"] != "low", "ended_on"] = np.nan


def ends_earlier(tables, settings, random):
    settings["observed_until"] = random.choice(DAYS)


def lacks_columns(tables, settings, random):
    customers = tables["customers"]
    there = [name for name in customers if name not in ("customer_id", "started_on", "ended_on")]
    customers.drop(columns=random.sample(there, random.randint(1, len(there) // 2)), inplace=True)
    settings["segments"] = [name for name in settings["segments"] if name in customers]
    if "maturity" not in customers:
        settings.pop("maturity")


def lacks_a_table(tables, settings, random):
    name = random.choice([name for name in tables if name != "customers"])
    tables.pop(name), settings.pop(name)
    if name == "results":
        settings.pop("key_results", None)


def has_an_empty_table(tables, settings, random):
    name = random.choice([name for name in tables if name != "customers"])
    tables[name] = tables[name].iloc[:0]


def has_hardly_a_row(tables, settings, random):
    for name in tables.keys() - {"customers"}:
        tables[name] = tables[name].head(random.randint(1, 3))


def every_result_at_once(tables, settings, random):
    starts = tables["customers"].set_index("customer_id")["started_on"]
    tables["results"]["reached_on"] = tables["results"]["customer_id"].map(starts)


def every_segment_one(tables, settings, random):
    tables["customers"][settings["segments"]] = "same"


def every_customer_a_segment(tables, settings, random):
    for name in settings["segments"]:
        tables["customers"][name] = tables["customers"]["customer_id"]


def of_few_parents(tables, settings, random):
    customers = tables["customers"]
    customers["parent_id"] = np.resize(["P", "Q"][: random.randint(1, 2)], len(customers))


def is_a_snapshot(tables, settings, random):
    """No dates: how long so far and whether gone, with or without the window it was recorded in."""
    customers = tables["customers"]
    first = pd.to_datetime(customers["started_on"])
    last = pd.to_datetime(customers["ended_on"].fillna(str(settings["observed_until"])))
    customers["tenure_days"] = (last - first).dt.days.clip(lower=1)
    customers["churned"] = customers["ended_on"].notna().map({True: "yes", False: "no"})
    customers.drop(columns=[name for name in customers if name.endswith("_on")], inplace=True)
    for name in list(tables):
        if name != "customers":
            tables.pop(name), settings.pop(name)
    if random.random() < 0.7:
        settings["churn_window"] = random.choice([{"months": 1}, {"days": 400}])


def knows_only_whether_there_was_a_result(tables, settings, random):
    reached = tables.pop("results")["customer_id"]
    settings.pop("results"), settings.pop("key_results", None)
    customers = tables["customers"]
    customers["had_result"] = customers["customer_id"].isin(reached).map({True: "yes", False: "no"})


def has_a_customer_twice(tables, settings, random):
    tables["customers"] = pd.concat([tables["customers"], tables["customers"].head(2)])


def is_seen_late(tables, settings, random):
    tables["customers"]["observed_from"] = random.choice(DAYS)


def filled(table, column, *values):
    """Puts one of the values into every row of a column."""

    def fill(tables, settings, random):
        tables[table][column] = random.choice(values)

    fill.__name__ = f"{table}_{column}_alike"
    return fill


ODD = {
    change.__name__: change
    for change in (
        everyone_leaves, nobody_leaves, ends_at_once, starts_together, only_the_unprepared_leave,
        ends_earlier, lacks_columns, lacks_a_table, has_an_empty_table, has_hardly_a_row,
        every_result_at_once, every_segment_one, every_customer_a_segment, of_few_parents,
        is_a_snapshot, knows_only_whether_there_was_a_result, has_a_customer_twice, is_seen_late,
        filled("customers", "maturity", "low", "middle", np.nan),
        filled("customers", "recurring_revenue", "0", "100", np.nan),
        filled("customers", "kickoff_judgement", "0", "1", "0.5", np.nan),
        filled("customers", "churn_reason", "price", np.nan),
        filled("customers", "term_months", "1", "36", np.nan),
        filled("customers", "expected_result", "hours saved", np.nan),
        filled("customers", "process", "own", np.nan),
        filled("surveys", "score", "7", "0", "10", np.nan),
        filled("results", "result", "only"),
        filled("efforts", "hours", "0"),
        filled("behaviors", "behavior", "only"),
        filled("revenues", "recurring_revenue", "0"),
    )
}  # fmt: skip


def odd_company(random, folder: Path, *changes: str, size: int | None = None) -> list[str]:
    """Write a company into a folder; what is odd about it.

    Without changes up to three are picked. One that no longer applies is left out.
    """
    source = ROOT / "data" / random.choice(COMPANIES)
    tables = {path.stem: pd.read_csv(path, dtype=str) for path in sorted(source.glob("*.csv"))}
    settings = yaml.safe_load((source / "company.yml").read_text(encoding="utf-8"))
    n = min(size or random.choice(SIZES), len(tables["customers"]))
    ids = tables["customers"]["customer_id"].sample(n, random_state=random.randrange(10**6))
    tables = {name: rows[rows["customer_id"].isin(ids)].copy() for name, rows in tables.items()}
    told = [f"{source.name}, {n} customers"]
    for name in changes or random.sample(list(ODD), random.randint(0, 3)):
        with contextlib.suppress(KeyError):
            ODD[name](tables, settings, random)
            told.append(name)
    for name, rows in tables.items():
        rows.to_csv(folder / f"{name}.csv", index=False)
    (folder / "company.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return told


def shown(*things) -> None:
    """What a notebook does with a cell's last value."""
    for thing in things:
        for name in SHOWN_BY:
            if callable(getattr(thing, name, None)):
                getattr(thing, name)()
        repr(thing)


def code_cells(notebook: Path) -> list[str]:
    """The code of a notebook's cells; the first holds its parameters."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_cell(source: str, names: dict) -> None:
    """Run a cell, show its last value and draw its pictures."""
    tree, last = ast.parse(source), None
    if isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, "cell", "exec"), names)
    if last is not None:
        shown(eval(compile(last, "cell", "eval"), names))
    for number in plt.get_fignums():
        plt.figure(number).draw_without_rendering()  # laid out; only the pixels are missing


def run_notebooks(folder: Path) -> list[str]:
    """Run every notebook on the company of a folder; what failed, empty if all ended.

    A company that is refused by name has ended too.
    """
    failed = []
    for notebook in NOTEBOOKS:
        names = {"display": shown}
        for number, source in enumerate(code_cells(notebook)):
            try:
                with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    run_cell(source, names)
            except CompanyError:
                if number <= 1:
                    return failed
                raise
            except Exception:
                failed.append(f"{notebook.stem}, code cell {number}\n{traceback.format_exc()}")
                break  # what follows builds on it
            finally:
                plt.close("all")
            if not number:
                names["company"] = str(folder / "company.yml")
    return failed


def run_commands(folder: Path) -> list[str]:
    """Check and plan the company of a folder; what failed, empty if both ended."""
    failed, company = [], str(folder / "company.yml")
    for command in (["check", company], ["plan", company, "--out", str(folder / "planned")]):
        told = io.StringIO()
        try:
            with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
                if csresearch(command) not in (0, 2):
                    failed.append(f"{command[0]}\n{told.getvalue()}")
        except Exception:
            failed.append(f"{command[0]}\n{traceback.format_exc()}")
    return failed


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=100, help="how many companies")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    asked = parser.parse_args()
    n_failed = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        with tempfile.TemporaryDirectory() as folder:
            told = odd_company(randoms.Random(seed), Path(folder))
            failed = run_commands(Path(folder)) + run_notebooks(Path(folder))
        n_failed += bool(failed)
        print(f"{seed}: {', '.join(told)}: {len(failed)} failed", *failed, sep="\n")
        sys.stdout.flush()
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
