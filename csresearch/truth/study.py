"""Run the study: blocks on all cores, each written down as it ends, so that it can be resumed."""

from __future__ import annotations

import csv
import io
import multiprocessing
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

import pandas as pd

from csresearch.errors import CompanyError
from csresearch.installed import versions
from csresearch.truth.blocks import COMPANIES, COUNTS, KEYS, Block, run_block
from csresearch.truth.cases import CASES
from csresearch.truth.pages import study_page
from csresearch.truth.targets import COLUMNS, LARGE, Targets, find_targets
from csresearch.truth.targets import FILE as TARGETS

FILE = "blocks.csv"


def run_study(folder: Path, *, workers: int, minutes: float, worlds: Iterable[str] = ()) -> int:
    """Run blocks that are not in the file yet, the rarest cells first, and add them to it.

    Parameters
    ----------
    folder : Path
        Holds ``blocks.csv`` and ``targets.csv``.
    workers : int
        Processes.
    minutes : float
        After which no further block is begun.
    worlds : iterable of str, optional
        Only these; all by default.

    Returns
    -------
    int
        Blocks run.

    Raises
    ------
    CompanyError
        If there is no such world.
    """
    chosen = _chosen(worlds)
    folder.mkdir(parents=True, exist_ok=True)
    targets, until = Targets.read(folder), time.monotonic() + 60 * minutes
    left = _left(set(chosen), _done(read_blocks(folder)))
    n_run, running = 0, set()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        while True:
            while len(running) < workers and time.monotonic() < until:
                block = next(left, None)
                if block is None:
                    break
                running.add(pool.submit(run_block, block, CASES[block.world], targets))
            if not running:
                return n_run
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            n_run += _write_down(folder / FILE, ended)


def renew_targets(
    folder: Path, worlds: Iterable[str] = (), *, workers: int = 1, customers: int = LARGE
) -> None:
    """Estimate anew what is true where no formula says it; a minute a world or so.

    Parameters
    ----------
    folder : Path
        Whose ``targets.csv`` is written; rows of other worlds stay.
    worlds : iterable of str, optional
        Only these; all by default.
    workers : int
        Processes.
    customers : int
        Of each of the large companies.

    Raises
    ------
    CompanyError
        If there is no such world.
    """
    chosen = _chosen(worlds)
    folder.mkdir(parents=True, exist_ok=True)
    path, found = folder / TARGETS, find_targets(chosen, workers=workers, customers=customers)
    if path.is_file():
        known = pd.read_csv(path)
        kept = known[~known["world"].isin(chosen)].reindex(columns=COLUMNS)
        found = pd.concat([kept, found], ignore_index=True)
    place = {name: number for number, name in enumerate(CASES)}
    found = found[found["world"].isin(place)]
    found = found.sort_values("world", key=lambda names: names.map(place), kind="stable")
    found.to_csv(path, index=False, float_format="%.9g", lineterminator="\n")


def write_pages(folder: Path) -> Path:
    """Write the study's README.md from its blocks, and say where it is."""
    page = folder / "README.md"
    page.write_text(study_page(read_blocks(folder), versions()), encoding="utf-8")
    return page


def read_blocks(folder: Path) -> pd.DataFrame:
    """What the study found so far, one row a block and claim: `KEYS` and `COUNTS`."""
    path = folder / FILE
    return pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=[*KEYS, *COUNTS])


def _chosen(worlds: Iterable[str]) -> list[str]:
    """The worlds asked for, all of them where none are named."""
    chosen = list(worlds) or list(CASES)
    unknown = [name for name in chosen if name not in CASES]
    if unknown:
        raise CompanyError(f"no world {unknown[0]!r} in the study; there are {', '.join(CASES)}")
    return chosen


def _done(blocks: pd.DataFrame) -> set[Block]:
    """Blocks whose every claim is in the file."""
    claims = blocks.groupby(["world", "customers", "block"])["claim"].agg(set)
    return {
        Block(world, int(customers), int(number))
        for (world, customers, number), found in claims.items()
        if world in CASES and found >= set(CASES[world].claims)
    }


def _left(worlds: set[str], done: set[Block]) -> Iterator[Block]:
    """Blocks to run: every cell's first, then every cell's second, and so on."""
    planned = [
        (number, name, customers)
        for name in CASES
        for customers, wanted in CASES[name].companies.items()
        for number in range(wanted // COMPANIES)
        if name in worlds
    ]
    for number, name, customers in sorted(planned, key=lambda one: one[0]):
        if (block := Block(name, customers, number)) not in done:
            yield block


def _write_down(path: Path, ended: Iterable[Future]) -> int:
    """Add ended blocks to the file, each in one write."""
    finished = [future.result() for future in ended]
    for rows in finished:
        text = io.StringIO()
        writer = csv.DictWriter(text, [*KEYS, *COUNTS], lineterminator="\n")
        if not path.exists():
            writer.writeheader()
        writer.writerows({k: _short(v) for k, v in row.items()} for row in rows)
        with path.open("a", newline="", encoding="utf-8") as file:
            file.write(text.getvalue())
    return len(finished)


def _short(value: float | str) -> str:
    """A cell: whole numbers plain, others to nine digits."""
    return value if isinstance(value, str) else f"{value:.9g}"
