"""Does any file make the kit fail, lose a row or say two things? Mutated companies by the thousand.

Run as ``python tests/fuzz.py --cases 10000 --seed 1 --jobs 2``: each case is a file with one to
three things wrong with it. What fails is printed with its number and kept in ``--keep``; run again
with the same seed and folder, it goes on where it stopped.
"""

import argparse
import os
import random as randoms
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import yaml
from company_files import adds_up, cells_of
from mutations import (
    TABLE_MUTATIONS,
    TEXT_FORMATS,
    company_tables,
    independent_rows,
    mutated,
    mutated_settings,
    reorder_columns,
    shuffle_rows,
    write,
)

from csresearch.company import load_company
from csresearch.company.config import read_config
from csresearch.errors import CompanyError

SETTINGS = {
    "company": "Acme",
    "observed_until": "2024-12-31",
    "maturity": {"order": ["low", "middle", "high"]},
    "segments": ["plan"],
}
FILES_A_COMPANY = 6  # five tables and company.yml
TWINS_EVERY = 5  # one company in so many is also read twice, in other orders and formats
LONGEST_LINE, MOST_LINES = 1_500, 25
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def readable(message: str) -> str:
    """The message of a CompanyError, if a person can read it."""
    lines = message.split("\n")
    assert 1 <= len(lines) <= MOST_LINES, f"{len(lines)} lines"
    assert max(map(len, lines)) <= LONGEST_LINE, f"a line of {max(map(len, lines))} characters"
    assert all(line.isprintable() for line in lines), f"control characters: {message[:300]!r}"
    return message


def check_settings(random, folder: Path) -> str:
    """company.yml with something wrong is read or refused by name."""
    settings = {**SETTINGS, **{n: {"file": f"{n}.csv"} for n in ("customers", "surveys")}}
    path = folder / "mutated.yml"
    path.write_bytes(mutated_settings(random, settings))
    try:
        read_config(path)
    except CompanyError as error:
        assert "mutated.yml" in readable(str(error)), error
        return "refused"
    finally:
        assert not Path("pwned").exists()
    return "read"


def check_company(random, folder: Path) -> dict[str, str]:
    """A company of mutated files loads and adds up, less the files that are refused by name."""
    pristine = {name: table for name, table in company_tables(randoms.Random(1)).items()}
    tables = company_tables(randoms.Random(1))
    made = {name: mutated(random, folder, name, table) for name, table in tables.items()}
    (folder / "made.txt").write_text("\n".join(map(str, made.values())), encoding="utf-8")
    became = {name: f"read ({one.kind}: {', '.join(one.done)})" for name, one in made.items()}
    company = None
    while company is None:
        settings = {**SETTINGS, **{name: one.settings for name, one in made.items()}}
        path = folder / "company.yml"
        path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        try:
            company = load_company(path)
        except CompanyError as error:
            for blamed in _blamed(readable(str(error)), made):
                became[blamed] = f"refused: {error}"
                del made[blamed]
            if "customers" not in made:
                made["customers"] = write(folder, "pristine", pristine["customers"], "csv")
    try:
        check_rows(company, folder, made)
    except CompanyError as error:  # found broken where all its columns are read
        became |= dict.fromkeys(_blamed(readable(str(error)), made), f"refused: {error}")
    return became


def check_twins(random, folder: Path) -> None:
    """The same mutated rows in another order, column order and text format say the same."""
    tables = company_tables(randoms.Random(1))
    for table in tables.values():
        for change in random.sample(TABLE_MUTATIONS, 2):
            if len(table.header) > 1 and table.rows:
                change(random, table)
                table.done.append(change.__name__)
    seen = []
    for place in (folder / "one", folder / "other"):
        place.mkdir()
        made = {n: write(place, n, t, random.choice(TEXT_FORMATS)) for n, t in tables.items()}
        (place / "made.txt").write_text("\n".join(map(str, made.values())), encoding="utf-8")
        settings = {**SETTINGS, **{name: one.settings for name, one in made.items()}}
        path = place / "company.yml"
        path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        seen.append(_what_is_seen(path))
        for table in tables.values():
            shuffle_rows(random, table)
            reorder_columns(random, table)
    assert seen[0] == seen[1], seen


def _what_is_seen(path: Path):
    """Rows, problems and a fingerprint of the clean tables; nothing where a file is refused."""
    try:
        company = load_company(path)
    except CompanyError:
        return None
    columns = ["table", "column", "reason", "rows", "effect"]
    problems = sorted(map(tuple, company.problems[columns].to_numpy().tolist()))
    counts = company.row_counts[["table", "rows_in", "used", "set_aside"]].to_numpy().tolist()
    return counts, problems, company.fingerprint


def _blamed(message: str, made) -> list[str]:
    """The tables whose files a message names: one, or several Parquet files none can be read of."""
    named = [name for name, one in made.items() if one.file in message]
    several = len(named) > 1 and all(made[name].kind == "parquet" for name in named)
    assert len(named) == 1 or several, f"names {named or 'no file'}: {message}"
    assert not any("pristine" in made[name].file for name in named), message
    return named


def check_rows(company, folder: Path, made) -> None:
    """Every row is used, merged or set aside, and those set aside are written."""
    assert adds_up(company), f"rows don't add up: {company.row_counts}"
    counts = company.row_counts.set_index("table")
    for name, one in made.items():
        there, read = independent_rows(folder, one), int(counts.loc[name, "rows_in"])
        assert there in (None, read), f"{one.file}: {there} rows, {read} read ({one})"
    problems = company.problems
    assert (problems["rows"] > 0).all(), problems
    assert problems["example"].map(str.isprintable).all(), problems["example"].tolist()
    out = folder / "set aside"
    company.write_set_aside(out)
    for name in made:
        written = sum(map(records, (out / f"{name}.csv", out / f"{name}_lines.csv")))
        assert written == counts.loc[name, "set_aside"], f"{name}: {written} written"


def records(path: Path) -> int:
    """Rows of a CSV of rows set aside, in which no cell is a formula."""
    if not path.exists():
        return 0
    rows = cells_of(path)
    for row in rows:
        assert len(row) == len(rows[0]), f"{path.name}: {row}"
        for cell in row:
            number = cell.lstrip("-").replace(".", "").isdigit()
            assert number or not cell.startswith(FORMULA), f"{path.name}: a formula: {cell[:80]!r}"
            assert "\0" not in cell
    return len(rows) - 1


def run_one(seed: int, number: int, keep: Path) -> str:
    """One company; what is wrong with it is kept."""
    random = randoms.Random(f"{seed}/{number}")
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{number}-"))
    try:
        became = {**check_company(random, folder), "company.yml": check_settings(random, folder)}
        if number % TWINS_EVERY == 0:
            (folder / "twins").mkdir()
            check_twins(random, folder / "twins")
        return "ok " + " ".join(word.split()[0].rstrip(":") for word in became.values())
    except Exception:
        kept = keep / f"{seed}-{number}"
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        told = traceback.format_exc()
        (kept / "traceback.txt").write_text(told, encoding="utf-8")
        return f"FAILED {told.strip().splitlines()[-1][:300]}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def worker(seed: int, numbers: list[int], keep: Path) -> None:
    """Companies one after the other, each noted when it begins and when it ends."""
    with (keep / f"{seed}.log").open("a", encoding="utf-8", buffering=1) as log:
        for number in numbers:
            log.write(f"{number} begun\n")
            log.write(f"{number} {run_one(seed, number, keep)}\n")


def ended(seed: int, keep: Path) -> tuple[dict[int, str], set[int]]:
    """How companies ended, by number, and those that had only begun."""
    log = keep / f"{seed}.log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    how, begun = {}, set()
    for number, _, outcome in (line.partition(" ") for line in lines if line[:1].isdigit()):
        if outcome == "begun":
            begun.add(int(number))
        else:
            how[int(number)] = outcome
    return how, begun - set(how)


def run(asked: argparse.Namespace) -> dict[int, str]:
    """All companies, in processes of their own: one that dies has failed, the rest go on."""
    asked.keep.mkdir(parents=True, exist_ok=True)
    companies = range(-(-asked.cases // FILES_A_COMPANY))
    how, crashed = ended(asked.seed, asked.keep)
    while True:
        how |= {n: "FAILED the process died" for n in crashed}
        left = [n for n in companies if n not in how]
        if not left:
            return {n: how[n] for n in companies}
        _run_some(asked, left[: 50 * asked.jobs])
        how_now, crashed = ended(asked.seed, asked.keep)
        how |= how_now
        files = FILES_A_COMPANY * len(how)
        failed = sum(outcome.startswith("FAILED") for outcome in how.values())
        print(f"{files} files, {failed} companies failed", flush=True)


def _run_some(asked: argparse.Namespace, numbers: list[int]) -> None:
    """Some companies, shared among processes."""
    command = [sys.executable, __file__, "--seed", str(asked.seed), "--keep", str(asked.keep)]
    shares = [numbers[i :: asked.jobs] for i in range(asked.jobs)]
    running = [
        subprocess.Popen([*command, "--numbers", *map(str, share)]) for share in shares if share
    ]
    for process in running:
        process.wait()


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=10_000, help="files to mutate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), help="where failures are kept")
    parser.add_argument("--numbers", type=int, nargs="+", help="only these companies, here")
    asked = parser.parse_args()
    if asked.numbers:
        asked.keep.mkdir(parents=True, exist_ok=True)
        worker(asked.seed, asked.numbers, asked.keep)
        return 0
    how = run(asked)
    words = " ".join(outcome for outcome in how.values() if outcome.startswith("ok")).split()
    failed = {n: outcome for n, outcome in how.items() if outcome.startswith("FAILED")}
    print(f"{FILES_A_COMPANY * len(how)} files: {words.count('read')} read, "
          f"{words.count('refused')} refused; {len(failed)} companies failed")  # fmt: skip
    for number, outcome in failed.items():
        print(f"  --seed {asked.seed} --numbers {number}: {outcome} ({asked.keep})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
