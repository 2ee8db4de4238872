"""How long do hundreds of analyses of C1 take, and how long would lifelines need for them?

    python benchmarks/multiverse.py                    500 analyses of 1 M customers (three minutes)
    python benchmarks/multiverse.py --customers 100k   smaller
    python benchmarks/multiverse.py --write            into benchmarks/README.md too

The kit runs all of them, from opening the file on. lifelines is given five of the same analyses,
in whole months as days take it minutes each, and its time is multiplied.
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
from pathlib import Path

import numpy as np
from companies import read_lives, start_stop_rows, write_company
from run import write
from scale import number_of

ANALYSES = 500
OF_LIFELINES = 5
LAGS_MONTHS = (
    0,
    1,
    3,
    0,
    1,
)  # of the five: lags are what takes new rows, strata what takes new fits
STRATA = ((), (), (), ("maturity",), ("maturity",))


def kit(folder: Path, analyses: int) -> dict[str, float]:
    """Seconds of each step in this process."""
    from csresearch import claims, load_company
    from csresearch.claims.histories import default_strata
    from csresearch.claims.results_multiverse import ResultsMultiverse
    from csresearch.claims.spells import read_counted_lives

    clock = [time.perf_counter()]
    company = load_company(folder)
    finding = claims.get("results-retention").estimate(company)
    clock.append(time.perf_counter())
    counted = read_counted_lives(company, default_strata(company))
    clock.append(time.perf_counter())
    every = ResultsMultiverse(finding.primary, counted=counted)
    found = every.run(finding.verdict, most=analyses, draws=0)
    clock.append(time.perf_counter())
    every.run(finding.verdict, most=analyses, draws=99)
    clock.append(time.perf_counter())
    open_, scan, run, joint = np.diff(clock)
    agree, of = found.agreement
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"open": open_, "scan": scan, "analyses": run, "joint": max(joint - run, 0.0)}
    return told | {"agree": agree, "of": of, "peak_mb": kilobytes / 1024}


def lifelines(folder: Path) -> dict[str, float]:
    """Seconds of five analyses by CoxTimeVaryingFitter, rows made anew for each lag."""
    import warnings

    from lifelines import CoxTimeVaryingFitter

    warnings.simplefilter("ignore")
    lives = read_lives(folder, "months")
    began = time.perf_counter()
    for lag, strata in zip(LAGS_MONTHS, STRATA, strict=True):
        rows = start_stop_rows(lives.assign(result=lives["result"] + lag))
        ends = {"id_col": "customer_id", "event_col": "event", "strata": list(strata) or None}
        columns = ["customer_id", "start", "stop", "state", "event", *strata]
        CoxTimeVaryingFitter().fit(rows[columns], **ends)
    return {"five": time.perf_counter() - began}


def measured(folder: Path, what: str, analyses: int) -> dict[str, float]:
    """One side in a process of its own."""
    command = [sys.executable, __file__, "--folder", os.fspath(folder), "--measure", what]
    command += ["--analyses", str(analyses)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.decode().strip().splitlines()[-1])


def written(kit_: dict[str, float], peer: dict[str, float], customers: int) -> str:
    """Both sides as a Markdown table and a sentence."""
    whole = kit_["open"] + kit_["scan"] + kit_["analyses"]
    of = int(kit_["of"])
    would = peer["five"] / OF_LIFELINES * of
    rows = [
        ("opening, every check, and the estimate of C1", f"{kit_['open']:.1f} s"),
        ("counting lives and spells with a result: the scans", f"{kit_['scan']:.1f} s"),
        (f"{of} analyses, each judged", f"{kit_['analyses']:.1f} s"),
        (f"**csresearch, all of that** (peak {kit_['peak_mb']:,.0f} MB)", f"**{whole:.1f} s**"),
        ("the joint test beside it, 99 draws", f"{kit_['joint']:.1f} s"),
        (f"CoxTimeVaryingFitter, {OF_LIFELINES} analyses, whole months", f"{peer['five']:.0f} s"),
        (f"CoxTimeVaryingFitter, {of} analyses, extrapolated", f"{would / 60:.0f} minutes"),
    ]
    table = [f"| {name} | {value} |" for name, value in rows]
    head = [f"| {customers:,} customers | wall time |", "| --- | --- |"]
    reach = f"{of} analyses in {whole:.0f} s (reach: 60 s), {would / whole:.0f} times as fast."
    return "\n".join([*head, *table, "", reach])


def main() -> None:
    """Make the company, time both sides, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=number_of, default=1_000_000)
    parser.add_argument("--analyses", type=int, default=ANALYSES)
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md too")
    parser.add_argument("--measure", choices=["kit", "lifelines"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        one = asked.measure == "kit"
        found = kit(asked.folder, asked.analyses) if one else lifelines(asked.folder)
        print(json.dumps({name: float(value) for name, value in found.items()}))
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-") as made:
        folder = write_company(Path(made), asked.customers)
        sides = [measured(folder, what, asked.analyses) for what in ("kit", "lifelines")]
    table = written(*sides, asked.customers)
    print(table)
    if asked.write:
        write({"multiverse": table})


if __name__ == "__main__":
    main()
