"""How long does it take to pool many companies' findings files?

``python benchmarks/pooling.py 1000`` writes so many files into a temporary folder, made from the
bundled ones or from those of a folder of reports (second word), runs ``csresearch pool`` on them
and prints wall time and the CPU time of all processes.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from csresearch.across.files import read_sources
from csresearch.places import find_findings

ROOT = Path(__file__).resolve().parent.parent
NUMBERS = ("value", "ci_low", "ci_high")


def varied(document: dict, number: int) -> dict:
    """A document as of another company: its name, fingerprint and, slightly, its ratios."""
    other = copy.deepcopy(document)
    other |= {"company": f"company {number:05d}", "data_fingerprint": f"print {number}"}
    for finding in other["findings"]:
        for estimate in finding["estimates"]:
            if estimate["role"] == "primary" and estimate["scale"] == "ratio":
                known = {name: estimate[name] for name in NUMBERS if estimate[name] is not None}
                estimate |= {name: x * (1 + 1e-7 * number) for name, x in known.items()}
    return other


def main(n: int = 1000, given: str = str(ROOT / "data" / "many-companies")) -> None:
    """Write the files, pool them, print the seconds."""
    paths = find_findings([given])
    usable = {one.company for one in read_sources(paths)[0]}
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    documents = [one for one in documents if one["company"] in usable]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(n):
            text = json.dumps(varied(documents[number % len(documents)], number))
            Path(folder, f"{number:05d}.json").write_text(text, encoding="utf-8")
        before, started = os.times(), time.perf_counter()
        command = [sys.executable, "-m", "csresearch.cli", "pool", folder, "--out", f"{folder}/out"]
        done = subprocess.run(command, cwd=ROOT, check=False)
        wall, after = time.perf_counter() - started, os.times()
        cpu = sum(after[2:4]) - sum(before[2:4])
        size = sum(path.stat().st_size for path in Path(folder).glob("*.json")) / 1e6
    print(f"{n} files, {size:.0f} MB: {wall:.1f} s, {cpu:.1f} s of CPU (exit {done.returncode})")


if __name__ == "__main__":
    main(*(int(word) if word.isdigit() else word for word in sys.argv[1:]))
