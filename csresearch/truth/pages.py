"""The study as a page in Markdown: a line a claim, then every cell."""

from __future__ import annotations

import math

import pandas as pd

from csresearch import claims
from csresearch.truth.cases import (
    CASES,
    MATURITY,
    RESULTS,
    SATISFACTION,
    STRAINED,
    STRESS,
    TRUE,
    UNSTRESSED,
    WIDER,
)
from csresearch.truth.rates import SAYS_SO, enough_customers, rates

HEADS = (
    *("claim", "world", "it is", "customers", "companies", "reproduced", "opposite or not"),
    *("inconclusive", "cannot say", "plain number agrees", "coverage", "bias", "misses"),
)
STRESS_CLAIMS = (RESULTS, SATISFACTION, MATURITY)
UNHARDENED = "nothing harder"
AGAINST = ["opposite", "not reproduced"]
SILENT = ["not identifiable", "not answerable"]


def study_page(blocks: pd.DataFrame, made_with: str) -> str:
    """Write ``README.md`` of the study's folder."""
    found = rates(blocks)
    missed = found[found["missed"] != ""]
    return "\n".join(
        [
            "# How often the kit is wrong",
            "",
            "Companies were drawn from worlds whose truth is known, and judged. Everything here is "
            f"written by `python3 kit.py truth`, last with {made_with}.",
            "",
            f"{int(found.groupby(['world', 'customers'])['companies'].max().sum()):,} companies; "
            "shares are of companies, ± the Monte Carlo error. *Bias* is of the logarithm for "
            "ratios. *Plain number agrees*: how often the number everybody would look at first "
            "lies where the newsletters say. All worlds are drawn with the same seeds: their cells "
            "are not independent. Where no formula gives the true value it is the kit's own at "
            "large size, from one company or ten: targets.csv says how well it is known.",
            "",
            _missed_words(missed),
            "",
            _wider_words(),
            "",
            "## The worst of each claim",
            "",
            claims_table(found),
            "",
            *_stress(found),
            "## Worlds",
            "",
            *(f"- **{case.name}**: {case.world.story}" for case in CASES.values()),
            "",
            "## Every claim, world and size",
            "",
            _table(HEADS, [_cells(key, row) for key, row in found.iterrows()]),
            "",
        ]
    )


def readme_table(blocks: pd.DataFrame) -> str:
    """Write what the kit's README says of the study: how far it is, and a line a claim."""
    found = rates(blocks)
    drawn = int(found.groupby(["world", "customers"])["companies"].max().sum())
    planned = sum(sum(case.companies.values()) for case in CASES.values())
    so_far = "" if drawn == planned else f" of {planned:,} so far"
    return f"Companies: {drawn:,}{so_far}.\n\n{claims_table(found)}"


def claims_table(found: pd.DataFrame) -> str:
    """Write a line a claim, its worst cell and its best, from what `rates` gives."""
    enough = enough_customers(found)
    rows = []
    for claim in claims.all():
        if claim.id not in found.index.get_level_values("claim"):
            continue
        mine = found.loc[claim.id]
        false = mine[mine["so"] != TRUE]
        size = enough.get(claim.id)
        rows.append(
            [
                f"{claim.number} {claim.title.lower()}",
                _worst(false[SAYS_SO], false["says_so_error"]),
                _percent(false["naive"].max()),
                _together(mine),
                _worst(mine["coverage"], mine["coverage_error"], least=True),
                f"{size:,}" if size else "more than studied",
            ]
        )
    heads = (
        *("claim", "called reproduced where false, at most", "plain number agrees there"),
        *("95 % intervals cover", "in the worst cell"),
        "customers until a true one is found 9 times in 10",
    )
    return _table(heads, rows)


def stress_table(found: pd.DataFrame) -> str:
    """Write a line a world that strains intervals and size, the unstressed world's first.

    Parameters
    ----------
    found : DataFrame
        As `rates` gives it.

    Returns
    -------
    str
        For C1 to C3 how often intervals cover and how often a near miss is called reproduced;
        empty where no world of stress was run.
    """
    sizes = {UNSTRESSED.name: STRAINED, **{case.name: case.companies for case in STRESS}}
    rows = [
        line
        for world, companies in sizes.items()
        for customers in companies
        if (line := _strained(found, world, customers))
    ]
    if all(line[0] == UNHARDENED for line in rows):
        return ""
    numbers = [claims.get(claim).number for claim in STRESS_CLAIMS]
    heads = [f"{number} {word}" for number in numbers for word in ("covers", "says so")]
    return _table(("what is harder", "customers", "companies", *heads), rows)


def _strained(found: pd.DataFrame, world: str, customers: int) -> list[str]:
    """The cells of one world and size; empty where it was not run."""
    keys = [(claim, world, customers) for claim in STRESS_CLAIMS]
    mine = [found.loc[key] if key in found.index else None for key in keys]
    known = [row for row in mine if row is not None]
    if not known:
        return []
    cells = [cell for row in mine for cell in _covers_and_says_so(row)]
    name = UNHARDENED if world == UNSTRESSED.name else world
    return [name, f"{customers:,}", f"{max(row['companies'] for row in known):,}", *cells]


def _covers_and_says_so(row: pd.Series | None) -> tuple[str, str]:
    """Two cells of the table of stress."""
    if row is None:
        return "", ""
    covers = _percent(row["coverage"], row["coverage_error"])
    return covers, _percent(row[SAYS_SO], row["says_so_error"])


def _stress(found: pd.DataFrame) -> list[str]:
    """The section on worlds that strain intervals; nothing where none was run."""
    table = stress_table(found)
    if not table:
        return []
    told = (
        f"Each is {UNSTRESSED.name} with one thing made harder. All three claims are near misses "
        "there: *covers* is how often 95 % intervals hold what is true, *says so* how often the "
        "kit says reproduced all the same."
    )
    return ["## Stress", "", told, "", table, ""]


def _missed_words(missed: pd.DataFrame) -> str:
    """What is outside its target, in words."""
    if missed.empty:
        return "No cell is outside its target by more than three Monte Carlo errors."
    cells = [
        f"{claim} in {world} at {customers:,} ({row.missed})"
        for (claim, world, customers), row in missed.iterrows()
    ]
    return f"Outside their target by more than three Monte Carlo errors: {'; '.join(cells)}."


def _wider_words() -> str:
    """Which claims' limits are meant to hold more often than 95 %, and why."""
    why = "; ".join(f"{claims.get(claim).number}: {words}" for claim, words in WIDER.items())
    return f"Limits that are no plain 95 % ones may cover more often than 96.5 %. {why}."


def _cells(key: tuple[str, str, int], row: pd.Series) -> list[str]:
    claim, world, customers = key
    return [
        f"{claims.get(claim).number} {claim}",
        world,
        row["so"],
        f"{customers:,}",
        f"{row['companies']:,}",
        _percent(row[SAYS_SO], row["says_so_error"]),
        _percent(row[AGAINST].sum()),
        _percent(row["inconclusive"]),
        _percent(row[SILENT].sum()),
        _percent(row["naive"]),
        _percent(row["coverage"], row["coverage_error"]),
        "" if _none(row["bias"]) else f"{row['bias']:+.3f} ± {row['bias_error']:.3f}",
        row["missed"],
    ]


def _together(cells: pd.DataFrame) -> str:
    """How often the intervals of all cells cover, with the Monte Carlo error."""
    known = cells[cells["intervals"] > 0]
    n = int(known["intervals"].sum())
    if not n:
        return "not known"
    share = float((known["coverage"] * known["intervals"]).sum() / n)
    return _percent(share, math.sqrt(max(share * (1 - share), 0.25 / n) / n))


def _worst(share: pd.Series, error: pd.Series, *, least: bool = False) -> str:
    """The highest share of a column, or the lowest, with its Monte Carlo error."""
    if share.dropna().empty:
        return "not known"
    at = share.idxmin() if least else share.idxmax()
    return _percent(share[at], error[at])


def _percent(share: float, error: float | None = None) -> str:
    if _none(share):
        return ""
    beside = "" if error is None or _none(error) else f" ± {100 * error:.1f}"
    return f"{100 * share:.1f}{beside} %"


def _none(number: float) -> bool:
    return number is None or math.isnan(number)


def _table(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [list(heads), ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
