"""How long the event tables of all claims take for a company of any size, and how much memory.

    python benchmarks/scale.py                 10 M customers, 30 M results, 20 M answers, 100 M
                                               behaviour rows (made in a temporary folder: 2 GB)
    python benchmarks/scale.py --customers 100k
    python benchmarks/scale.py --sql snowflake  the scan of C1 as that warehouse is asked

Each step is timed in one process: opening with every check, then the event tables each claim
counts from. The data are made by the engine, with numbers that follow from the row's own number.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from run import write

RESULTS, ANSWERS, BEHAVIORS = 3, 2, 10  # rows a customer, on average
KINDS, HABITS = 8, 5
DAYS = 1_000
SIZES = {"k": 1_000, "M": 1_000_000}
CSV_CUSTOMERS = 1_000_000  # of whom customers are also opened from text

COMPANY_YML = """\
company: Scale
observed_until: 2025-09-27
customers: {file: customers.parquet}
results: {file: results.parquet}
surveys: {file: surveys.parquet}
behaviors: {file: behaviors.parquet}
maturity: {order: [low, middle, high], low: [low]}
segments: [plan]
"""
# a number from 0 to 1 that belongs to a row and a purpose
U = "(hash({row} * 31 + {purpose}) % 1000003) / 1000003.0"


def write_company(folder: Path, customers: int) -> Path:
    """Write company.yml and four Parquet files."""
    con = duckdb.connect()
    con.execute("SET memory_limit = '3GB'")
    con.execute(f"SET temp_directory = '{folder}/spill'")
    con.execute("SET preserve_insertion_order = false")
    u = [U.format(row="i", purpose=purpose) for purpose in range(8)]
    con.execute(f"""
        CREATE VIEW lives AS
        SELECT i, start, LEAST({DAYS} - start, CEIL(leaves))::INT AS tenure,
               leaves <= {DAYS} - start AS churned, band, plan
        FROM (SELECT i, ({u[0]} * {DAYS - 1})::INT AS start,
                     1 - 700 * LN(1 - {u[1]}) / (1 + 2 * (1 - band / 2)) AS leaves, band,
                     ({u[3]} < 0.4)::INT AS plan
              FROM (SELECT i, FLOOR({u[2]} * 3)::INT AS band FROM range({customers}) t(i)))""")
    _write(
        con, folder / "customers.parquet", """
        SELECT i AS customer_id, DATE '2023-01-01' + start AS started_on,
               CASE WHEN churned THEN DATE '2023-01-01' + start + tenure END AS ended_on,
               ['low', 'middle', 'high'][band + 1] AS maturity, ['basic', 'pro'][plan + 1] AS plan
        FROM lives""",
    )  # fmt: skip
    events = "SELECT i, r.k, start, tenure FROM lives, range({times}) r(k)"
    dated = "DATE '2023-01-01' + start + 1 + (" + U + " * (tenure - 1))::INT"
    row = "(i * 64 + k)"
    for name, times, columns in (
        ("results", RESULTS, f"{dated.format(row=row, purpose=11)} AS reached_on, 'kind ' || "
         f"FLOOR(POW({U.format(row=row, purpose=12)}, 2) * {KINDS})::INT AS result"),
        ("surveys", ANSWERS, f"{dated.format(row=row, purpose=13)} AS surveyed_on, "
         f"FLOOR({U.format(row=row, purpose=14)} * 11) AS score, 'nps' AS instrument"),
        ("behaviors", BEHAVIORS, f"{dated.format(row=row, purpose=15)} AS done_on, 'habit ' || "
         f"FLOOR({U.format(row=row, purpose=16)} * {HABITS})::INT AS behavior"),
    ):  # fmt: skip
        rows = events.format(times=times)
        _write(con, folder / f"{name}.parquet", f"SELECT i AS customer_id, {columns} FROM ({rows})")
    (folder / "company.yml").write_text(COMPANY_YML, encoding="utf-8")
    return folder


def write_csv(folder: Path, customers: int) -> Path:
    """The first customers of a company as CSV, in a folder of their own, with a company.yml."""
    made = folder / "csv"
    made.mkdir(exist_ok=True)
    rows = f"SELECT * FROM '{folder}/customers.parquet' WHERE customer_id < {customers}"
    duckdb.connect().execute(f"COPY ({rows}) TO '{made}/customers.csv' (HEADER)")
    text = COMPANY_YML.replace("customers.parquet", "customers.csv")
    kept = [line for line in text.splitlines() if ".parquet" not in line]
    (made / "company.yml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return made


def _write(con: duckdb.DuckDBPyConnection, path: Path, query: str) -> None:
    """The query's rows as Parquet."""
    con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def _steps(company) -> dict[str, Callable[[], object]]:
    """The event tables of the claims, by what they are for."""

    from csresearch.claims.answers import first_answers
    from csresearch.claims.histories import history_of
    from csresearch.states import first_days, read_each, read_joint, read_paths

    customers, lives = company.customers, company.lifetimes(surveys=False)
    results, surveys, behaviors = company.results, company.surveys, company.behaviors
    kinds = [f"kind {k}" for k in range(6)]
    habits = [f"habit {k}" for k in range(HABITS)]

    def score_and_results():
        level = (surveys["score"] >= 7).ifelse("happy", "unhappy")
        said = surveys.select("customer_id", day="survey_day", level=level)
        levels = ("not asked", "unhappy", "happy")
        return read_paths(lives, said, levels, ["result_day"], by=["maturity"])

    def joint_results():
        first = first_days(results, "result_day", kind="result", kinds=kinds, other="other")
        return read_joint(customers.left_join(first, "customer_id"), [*kinds, "other"])

    def adoption():
        first = first_days(behaviors, "behavior_day", kind="behavior", kinds=habits)
        both = lives.left_join(first, "customer_id")
        until = both["result_day"].fill_null(both["exit_day"])
        watched = both.mutate(exit_day=until, churned=both["result_day"].notnull())
        watched = watched.filter(watched["exit_day"] > 0)
        return read_each(watched, habits)

    return {
        "C1, C3, C11, C13, C15: first result, by maturity and plan": lambda: history_of(
            company, ["maturity", "plan"], change="result_day"
        ),
        "C2, C4: first answers": lambda: first_answers(company),
        "C14: satisfaction and results, both changing": score_and_results,
        "C5, C6: joint states of seven kinds of result": joint_results,
        "C7: each behaviour's adoption against first results": adoption,
    }


def measure(folder: Path) -> dict[str, float]:
    """Seconds of each step and the peak memory in MB, in this process."""
    from csresearch import load_company

    seconds = {}
    began = time.perf_counter()
    company = load_company(folder)
    seconds["opening, with every check"] = time.perf_counter() - began
    for name, step in _steps(company).items():
        began = time.perf_counter()
        step()
        seconds[name] = time.perf_counter() - began
    seconds["all"] = sum(seconds.values())
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds | {"peak_mb": kilobytes / (1024**2 if sys.platform == "darwin" else 1024)}


def measure_opening(folder: Path) -> dict[str, float]:
    """Seconds of opening and checking alone, in this process."""
    from csresearch import load_company

    began = time.perf_counter()
    load_company(folder)
    return {"seconds": time.perf_counter() - began}


def number_of(text: str) -> int:
    """``10M``, ``100k`` or ``5000`` as a number."""
    return int(float(text.rstrip("kM")) * SIZES.get(text[-1], 1))


def scan_sql(dialect: str) -> str:
    """The scan of C1 on clean customers, in a database's own SQL."""
    import ibis

    from csresearch.history import history_scan

    days = dict.fromkeys(("entry_day", "change_day", "exit_day"), "float64")
    columns = {**days, "churned": "boolean", "maturity": "string", "plan": "string"}
    lives = ibis.table(columns, name="lives")
    values = {"maturity": ("low", "middle", "high"), "plan": ("basic", "pro")}
    return str(ibis.to_sql(history_scan(lives, values), dialect=dialect))


def written(found: dict[str, float], customers: int) -> str:
    """The steps as a Markdown table."""
    rows = [f"| {name} | {value:.1f} s |" for name, value in found.items() if name != "peak_mb"]
    head = f"| {customers:,} customers, peak memory {found['peak_mb']:,.0f} MB | wall time |"
    return "\n".join([head, "| --- | --- |", *rows])


def _apart(task: str, folder: Path) -> dict[str, float]:
    """Measure in a process of its own: a child's peak memory counts from its parent's."""
    command = [sys.executable, __file__, task, os.fspath(folder)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main() -> None:
    """Make the company, measure it in a fresh process, print the steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=number_of, default=10_000_000)
    parser.add_argument("--keep", type=Path, help="make the company here, or use the one there")
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md too")
    parser.add_argument("--sql", metavar="DIALECT", help="only print the scan of C1")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure-opening", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.sql:
        print(scan_sql(asked.sql))
        return
    if asked.measure or asked.measure_opening:
        one = asked.measure_opening
        print(json.dumps(measure_opening(one) if one else measure(asked.measure)))
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(exist_ok=True)
        if not (folder / "company.yml").exists():
            write_company(folder, asked.customers)
        found = _apart("--measure", folder)
        few = min(asked.customers, CSV_CUSTOMERS)
        opening = _apart("--measure-opening", write_csv(folder, few))["seconds"]
    table = written(found, asked.customers)
    table += f"\n\n{few:,} customers from CSV, opened with every check: {opening:.1f} s."
    print(table)
    if asked.write:
        write({"scale": table})


if __name__ == "__main__":
    main()
