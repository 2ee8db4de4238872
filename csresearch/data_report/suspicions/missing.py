"""Columns that are empty more, or less, often for those who left."""

from __future__ import annotations

from csresearch.data_report.missingness import BY_DESIGN, Uneven, empty_cells, unevenness
from csresearch.data_report.suspicions.base import IMPROBABLE, Suspicion
from csresearch.data_report.tallies import Tallies
from csresearch.findings.labels import value_text

POINTS = 0.10


def uneven(tallies: Tallies) -> list[Suspicion]:
    """Columns of customers that are empty more, or less, often for those who left."""
    found = []
    for column, cells in empty_cells(tallies.customers).items():
        if column in BY_DESIGN:
            continue
        one = unevenness(cells)
        if one is not None and abs(one.difference) >= POINTS and one.p_value < IMPROBABLE:
            found.append(_told(column, one))
    return found


def _told(column: str, one: Uneven) -> Suspicion:
    """Say by how much, and whether it is so within starting quarters too."""
    left, kept = (value_text(s, "share") for s in (one.share_left, one.share_kept))
    seen = f"empty for {left} of those who left and {kept} of those who stayed"
    same = abs(one.difference_within) >= POINTS / 2 and one.p_value_within < IMPROBABLE
    if same:
        advice = (
            "so also among customers who started together: it is filled in, or emptied, once it "
            "is known who stays; get the value as recorded by day 30"
        )
    else:
        advice = (
            "not so among customers who started together: recording began, or ended, at some "
            "date; comparisons on it describe those years only"
        )
    return Suspicion(f"customers.{column}", seen, advice)
