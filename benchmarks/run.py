"""Run the benchmarks side by side and write the tables of benchmarks/README.md.

    python benchmarks/run.py                                  everything (a quarter of an hour)
    python benchmarks/run.py --sizes 10k,100k --limit 60      a quick look
    python benchmarks/run.py --only kit --sizes 1M,10M --dry  print, write nothing

Every run is a process of its own; its time is the clock's, its memory the peak of that process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tables import Timing, comparisons, number, seconds, table, whole, without_imports

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
SIZES = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
LIMIT_SECONDS = 300.0
REPEATS = 3
FAST_SECONDS = 10.0  # what takes longer is run once
GROWTH = 12  # with ten times the customers a fitter takes at least about so many times as long


@dataclass(frozen=True)
class Contender:
    """A program to time: its name in the table, its script and what it is told."""

    key: str
    name: str
    script: str
    mode: str

    def command(self, folder: Path) -> list[str]:
        """What to run on a company's folder."""
        script = str(HERE / "contenders" / self.script)
        if self.script.endswith(".R"):
            return ["Rscript", "--vanilla", script, str(folder / "lives.f64"), self.mode]
        return [sys.executable, script, str(folder), self.mode]


CONTENDERS = (
    Contender("kit", "csresearch, the full estimate of C1", "kit.py", "finding"),
    Contender("kit-parts", "csresearch, and every part of its notebook", "kit.py", "parts"),
    Contender("kit-ratio", "csresearch, the fair ratio alone", "kit.py", "ratio"),
    Contender("r-days", "R coxph, days", "coxph.R", "days"),
    Contender("r-months", "R coxph, whole months", "coxph.R", "months"),
    Contender("script", "pandas + lifelines script, whole months", "analyst_script.py", "months"),
    Contender("ctv-months", "CoxTimeVaryingFitter, whole months", "lifelines_fitter.py", "months"),
    Contender("ctv-days", "CoxTimeVaryingFitter, days", "lifelines_fitter.py", "days"),
)


def run_once(command: list[str], limit: float) -> tuple[dict, float, float] | None:
    """Its JSON, seconds and peak memory in MB; None where it takes longer than ``limit``."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, cwd=HERE.parent)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            wall = time.perf_counter() - began
            if pid:
                break
            if wall > limit:
                process.kill()
                os.wait4(process.pid, 0)
                return None
            time.sleep(0.005)
        out.seek(0)
        text = out.read().decode()
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{' '.join(command)} failed")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return json.loads(text.strip().splitlines()[-1]), wall, kilobytes / 1024


def measure(contender: Contender, size: str, folder: Path, limit: float) -> Timing:
    """The medians of three runs; of one where it is slow."""
    runs = []
    while len(runs) < REPEATS:
        found = run_once(contender.command(folder), limit)
        if found is None:
            return Timing(contender.key, size, note=f"> {limit:.0f} s")
        runs.append(found)
        if found[1] > FAST_SECONDS:
            break
    middle = statistics.median
    ours = contender.key.startswith("kit")
    again = [told["again"] for told, _, _ in runs if "again" in told]
    return Timing(
        contender.key,
        size,
        runs=len(runs),
        wall=middle(wall - told.get("more", 0.0) for told, wall, _ in runs),
        work=middle(told["work"] for told, _, _ in runs),
        fit=None if ours else middle(told["work"] - told["load"] for told, _, _ in runs),
        again=middle(again) if again else None,
        peak_mb=middle(peak for _, _, peak in runs),
        ratio=tuple(runs[0][0]["ratio"]),
    )


def too_slow(before: Timing | None, limit: float, growth: float) -> str:
    """Why a size needs no run: at the size before it took over a twelfth of the limit."""
    if before is None or (before.work is not None and before.work <= limit / GROWTH):
        return ""
    if before.note.startswith("no"):
        return before.note
    part = "a tenth of the size" if growth == 10 else f"{before.size} customers"
    return f"not run: {seconds(before.work, before.note)} at {part}"


def run_all(sizes: list[str], keys: list[str], limit: float) -> Iterator[Timing]:
    """Time every contender at every size, the fast ones first."""
    last: dict[str, Timing] = {}
    before = None
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
        try:
            # in a process of its own: a child's peak memory counts from its parent's
            maker = [sys.executable, str(HERE / "companies.py"), str(folder), str(SIZES[size])]
            subprocess.run(maker, check=True)
            for contender in (c for c in CONTENDERS if c.key in keys):
                growth = SIZES[size] / SIZES[before] if before else 1.0
                note = too_slow(last.get(contender.key), limit, growth)
                if contender.script.endswith(".R") and shutil.which("Rscript") is None:
                    note = "no R here"
                timing = (
                    Timing(contender.key, size, note=note)
                    if note
                    else measure(contender, size, folder, limit)
                )
                last[contender.key] = timing
                yield timing
        finally:
            shutil.rmtree(folder)
        before = size


def machine(limit: float) -> str:
    """Where, with what and up to which time the numbers were taken."""
    packages = ("duckdb", "ibis-framework", "pandas", "numpy", "lifelines")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    r = ""
    if shutil.which("Rscript"):
        command = [
            "Rscript",
            "-e",
            'cat(R.version.string, "survival", format(packageVersion("survival")))',
        ]
        r = ", " + subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return (
        f"Taken {date.today()} on {os.cpu_count()} cores ({platform.machine()}), Python "
        f"{platform.python_version()}, {versions}{r}; a limit of {limit:.0f} s."
    )


def page(timings: list[Timing], limit: float) -> dict[str, str]:
    """What stands between each pair of markers of the README."""
    names = {contender.key: contender.name for contender in CONTENDERS}
    return {
        "machine": machine(limit),
        "whole": table(timings, names, whole),
        "work": table(timings, names, without_imports),
        "numbers": table(timings, names, number),
        "reach": comparisons(timings),
    }


def write(parts: dict[str, str]) -> None:
    """Put the parts between their markers."""
    text = README.read_text(encoding="utf-8")
    for name, part in parts.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        head, _, rest = text.partition(begin)
        tail = rest.partition(end)[2]
        text = f"{head}{begin}\n{part}\n{end}{tail}"
    README.write_text(text, encoding="utf-8")


def main() -> None:
    """Parse the command line, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=",".join(SIZES), help="of " + ",".join(SIZES))
    parser.add_argument("--only", default=",".join(c.key for c in CONTENDERS), help="contenders")
    parser.add_argument("--limit", type=float, default=LIMIT_SECONDS, help="seconds a run may take")
    parser.add_argument("--dry", action="store_true", help="print, do not write the README")
    chosen = parser.parse_args()
    timings = []
    for timing in run_all(chosen.sizes.split(","), chosen.only.split(","), chosen.limit):
        timings.append(timing)
        print(f"{timing.size:>5}  {timing.key:12} {whole(timing):>20}  {without_imports(timing)}")
        sys.stdout.flush()
    parts = page(timings, chosen.limit)
    print("\n\n".join(parts.values()))
    if not chosen.dry:
        write(parts)


if __name__ == "__main__":
    main()
