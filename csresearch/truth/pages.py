"""The study as a page in Markdown: a line a claim, then every cell."""

from __future__ import annotations

import math

import pandas as pd

from csresearch import claims
from csresearch.truth.cases import CASES, TRUE
from csresearch.truth.rates import SAYS_SO, enough_customers, rates

HEADS = (
    *("claim", "world", "it is", "customers", "companies", "reproduced", "opposite or not"),
    *("inconclusive", "cannot say", "plain number agrees", "coverage", "bias", "misses"),
)
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
            f"{int(found.groupby(['world', 'customers'])['companies'].max().sum()):,} companies so "
            "far; shares are of companies, ± the Monte Carlo error. *Bias* is of the logarithm for "
            "ratios. *Plain number agrees*: how often the number everybody would look at first "
            "lies where the newsletters say.",
            "",
            _missed_words(missed),
            "",
            "## The worst of each claim",
            "",
            claims_table(found),
            "",
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
                _worst(mine["coverage"], mine["coverage_error"], least=True),
                f"{size:,}" if size else "more than studied",
            ]
        )
    heads = (
        *("claim", "called reproduced where false, at most", "plain number agrees there"),
        *("95 % intervals cover, at least", "customers until a true one is found 9 times in 10"),
    )
    return _table(heads, rows)


def _missed_words(missed: pd.DataFrame) -> str:
    """What is outside its target, in words."""
    if missed.empty:
        return "No cell is outside its target by more than three Monte Carlo errors."
    cells = [
        f"{claim} in {world} at {customers:,} ({row.missed})"
        for (claim, world, customers), row in missed.iterrows()
    ]
    return f"Outside their target by more than three Monte Carlo errors: {'; '.join(cells)}."


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
