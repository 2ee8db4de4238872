"""How long reports on many companies take, beside a loop of papermill and nbconvert commands.

    python benchmarks/reports.py                    20 companies, all notebooks (half an hour)
    python benchmarks/reports.py --companies 6 --few 3 --loop 1 --rerun 12      a quick look
    python benchmarks/reports.py --write            into benchmarks/README.md too

The companies are simulated (smallco, each with a seed of its own). The loop is what one would write
in a shell: for every company and notebook the papermill command, then nbconvert to HTML. It is run
on some of the companies, one after the other and again two at a time; the time for all of them is
the median of a company times their number, and the table says so.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
from run import HERE, write

NOTEBOOKS = HERE.parent / "notebooks"
LOOK_SECONDS = 0.5
ENVIRONMENT = os.environ | {"JUPYTER_PREFER_ENV_PATH": "1"}


def make_companies(folder: Path, count: int, customers: int) -> list[Path]:
    """Simulated companies, each in a folder of its own."""
    from csresearch.simulate import write_company

    paths = []
    for number in range(count):
        path = write_company(
            "smallco", folder / f"c{number:03}", n_customers=customers, seed=number
        )
        path.write_text(path.read_text().replace("company: smallco", f"company: c{number:03}"))
        paths.append(path)
    return paths


def kit_run(companies: Sequence[Path], out: Path, asked: argparse.Namespace) -> tuple[float, float]:
    """Seconds of the report command on these companies, and its peak memory in MB."""
    command = [sys.executable, "-m", "csresearch.cli", "report", *map(str, companies)]
    command += ["--out", str(out), "--jobs", str(asked.jobs), "--notebooks", str(asked.notebooks)]
    began, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, memory_of(process.pid))
        time.sleep(LOOK_SECONDS)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"csresearch report failed: {process.returncode}")
    return seconds, peak


def memory_of(pid: int) -> float:
    """MB of a process and all below it; what forked processes share counts once."""
    total = 0
    try:
        top = psutil.Process(pid)
        for one in [top, *top.children(recursive=True)]:
            try:
                total += one.memory_full_info().pss
            except psutil.Error:
                continue
    except psutil.NoSuchProcess:
        return 0.0
    return total / 1e6


def loop_over(company: Path, out: Path, notebooks: Path) -> float:
    """Seconds of the loop on one company: papermill, then nbconvert, notebook by notebook."""
    began = time.perf_counter()
    (out / "findings").mkdir(parents=True)
    for notebook in sorted(notebooks.glob("*.ipynb")):
        parameters = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        declared = "".join(
            line
            for cell in parameters
            if "parameters" in cell["metadata"].get("tags", ())
            for line in cell["source"]
        )
        if "company:" not in declared:
            continue
        executed = out / notebook.name
        words = ["papermill", str(notebook), str(executed), "--cwd", str(notebooks)]
        words += ["-k", "python3", "--no-progress-bar", "-p", "company", str(company)]
        if "save_to" in declared:
            words += ["-p", "save_to", str(out / "findings")]
        run(*words)
        run("nbconvert", "--to", "html", "--no-input", "--embed-images", str(executed))
    return time.perf_counter() - began


def run(*words: str) -> None:
    """A command of this environment; one that fails stops the benchmark."""
    subprocess.run([sys.executable, "-m", *words], check=True, env=ENVIRONMENT, capture_output=True)


def as_many(
    companies: Sequence[Path], out: Path, folder: Path, asked: argparse.Namespace
) -> list[Path]:
    """So many companies with their reports, copied from those there are.

    Each copy is of its own name and path, and its status.json says what its notebooks are made of,
    as if it had been reported on.
    """
    from csresearch.reports.company_report import CompanyWork
    from csresearch.reports.freshness import runs_of
    from csresearch.reports.plan import planned_notebooks, tasks_of

    planned, paths = planned_notebooks(asked.notebooks), []
    for number in range(asked.rerun):
        original = companies[number % len(companies)]
        name = f"copy{number:03}"
        path = shutil.copytree(original.parent, folder / "many" / name) / "company.yml"
        path.write_text(
            path.read_text().replace(f"company: {original.parent.name}", f"company: {name}")
        )
        report = shutil.copytree(out / original.parent.name, folder / "out" / name)
        work = CompanyWork.open(path, folder / "out")
        work.plan(tasks_of(work, planned, {book.name: {} for book in planned}))
        for one in runs_of(report / "status.json"):
            work.runs[one.notebook] = replace(one, key=work.keys[one.notebook])
        work._write_status("done")
        paths.append(path)
    return paths


def measured(asked: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Seconds of everything, in one run on one machine."""
    companies = make_companies(folder / "companies", asked.companies, asked.customers)
    found = {"companies": float(asked.companies), "few": float(asked.few)}
    found["few_s"], found["few_mb"] = kit_run(companies[: asked.few], folder / "few", asked)
    print(f"{asked.few} companies: {found['few_s']:.1f} s", flush=True)
    found["kit_s"], found["kit_mb"] = kit_run(companies, folder / "kit", asked)
    print(f"{asked.companies} companies: {found['kit_s']:.1f} s", flush=True)
    chosen = companies[: asked.loop]
    each = [loop_over(c, folder / "loop" / c.parent.name, asked.notebooks) for c in chosen]
    found["loop_s"] = statistics.median(each) * asked.companies
    print(f"the loop, a company each: {[round(s, 1) for s in each]} s", flush=True)
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(loop_over, c, folder / "two" / c.parent.name, asked.notebooks)
            for c in companies[:2]
        ]
        for one in both:
            one.result()
    found["two_s"] = (time.perf_counter() - began) / 2 * asked.companies
    copies = as_many(companies, folder / "kit", folder / "again", asked)
    reruns = [kit_run(copies, folder / "again" / "out", asked)[0] for _ in range(3)]
    return found | {"rerun": float(asked.rerun), "rerun_s": statistics.median(reruns)}


def written(found: dict[str, float], asked: argparse.Namespace) -> str:
    """The table and what follows from it."""
    n, few = int(found["companies"]), int(found["few"])
    timed = "one" if asked.loop == 1 else f"median of {asked.loop}"
    growth = (found["kit_s"] / found["few_s"]) / (n / few)
    rows = [
        (f"csresearch report, {n} companies", f"{found['kit_s']:.0f} s", f"{found['kit_mb']:,.0f}"),
        (f"csresearch report, {few} companies", f"{found['few_s']:.0f} s",
         f"{found['few_mb']:,.0f}"),
        (f"loop of papermill and nbconvert, {n} companies ({timed}, times {n})",
         f"{found['loop_s']:.0f} s", ""),
        (f"the same loop, two at a time ({n} companies from 2)", f"{found['two_s']:.0f} s", ""),
        (f"csresearch report again, {int(found['rerun'])} companies, nothing changed",
         f"{found['rerun_s']:.1f} s", ""),
    ]  # fmt: skip
    lines = [f"| {asked.customers} customers each, {asked.jobs} at a time | time | peak MB |"]
    lines += ["| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows), ""]
    lines += [
        f"- {found['loop_s'] / found['kit_s']:.1f} times as fast as the loop (reach: 5), "
        f"{found['two_s'] / found['kit_s']:.1f} times as fast as the loop two at a time.",
        f"- {n / few:.0f} times the companies take {found['kit_s'] / found['few_s']:.1f} times the "
        f"time ({growth:.2f} a company) and {found['kit_mb'] / found['few_mb']:.2f} times the "
        "memory: it follows the number run at a time.",
        f"- {int(found['rerun'])} companies of which nothing changed: {found['rerun_s']:.1f} s "
        "(reach: 5 s).",
    ]
    return "\n".join(lines)


def main() -> None:
    """Make the companies, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=20)
    parser.add_argument("--few", type=int, default=5, help="companies of a first, smaller run")
    parser.add_argument("--customers", type=int, default=120, help="of each company")
    parser.add_argument("--loop", type=int, default=1, help="companies the loop is run on")
    parser.add_argument("--rerun", type=int, default=100, help="companies reported on again")
    parser.add_argument("--notebooks", type=Path, default=NOTEBOOKS, help="a folder of others")
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 2))
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as made:
        table = written(measured(asked, Path(made)), asked)
    print(table)
    if asked.write:
        write({"reports": table})


if __name__ == "__main__":
    main()
