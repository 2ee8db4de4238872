"""Which cells are empty, and whether they are so more often for customers who left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from csresearch import figures
from csresearch.company import Company
from csresearch.data_report.tallies import MISSING, tallies_of
from csresearch.findings.estimates import Part

# Empty is an answer there: still a customer, no result yet, no limit to the observation.
BY_DESIGN = (
    "ended_on", "notice_on", "churn_reason", "first_result_on", "observed_from", "observed_until",
    "tenure_days", "tenure_months", "had_result", "parent_id",
)  # fmt: skip


@dataclass(frozen=True)
class Uneven:
    """How much more often a column is empty for those who left.

    Parameters
    ----------
    share_left, share_kept : float
        Share of empty cells.
    p_value : float
        Chi-square of the two shares.
    difference_within, p_value_within : float
        The same difference among customers who started in the same quarter (Mantel–Haenszel).
    """

    share_left: float
    share_kept: float
    p_value: float
    difference_within: float
    p_value_within: float

    @property
    def difference(self) -> float:
        """Of the two shares."""
        return self.share_left - self.share_kept


def missingness(company: Company) -> Part:
    """How often each column is empty, for customers who left and for those who stayed."""
    tallies = tallies_of(company)
    tables = {"customers": tallies.customers, **tallies.events}
    rows = [
        (f"{name}.{column}", *_shares(cells))
        for name, counted in tables.items()
        for column, cells in empty_cells(counted).items()
        if column not in ("ended_on", "tenure_months")
    ]
    columns = ["column", "empty", "share_of_all", "share_of_left", "share_of_stayed"]
    table = pd.DataFrame(rows, columns=columns)
    some = table[table["empty"] > 0]
    text = (
        f"{len(some)} of {len(table)} columns have empty cells. An empty first_result_on or "
        "notice_on, an empty survey score and the like mean that there was none."
    )
    return Part(
        "Empty cells", table, text, partial(figures.empty_cells, some), (8, 0.8 + 0.35 * len(some))
    )


def empty_cells(counted: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """For each column, ``start, churned, n, empty`` from a table of counts."""
    keys = ["start", "churned", "n"]
    return {
        name.removeprefix(MISSING): counted[[*keys, name]].rename(columns={name: "empty"})
        for name in counted.columns
        if name.startswith(MISSING)
    }


def unevenness(cells: pd.DataFrame) -> Uneven | None:
    """Is a column empty more often for those who left, also among who started together?

    Parameters
    ----------
    cells : DataFrame
        Columns ``start`` (numbered months), ``churned, n, empty``.

    Returns
    -------
    Uneven or None
        None where nobody left, or everybody.

    Notes
    -----
    Within quarters: the Mantel–Haenszel difference of shares (weights n₁n₀ ÷ n) and the
    Cochran–Mantel–Haenszel chi-square without continuity correction.
    """
    quarter = cells["start"] // 3
    one = _two_by_two(cells, quarter * 0)
    if one.empty or cells["empty"].sum() in (0, cells["n"].sum()):
        return None
    apart = _two_by_two(cells, quarter)
    _, p_value = _mantel_haenszel(one)
    within, p_within = _mantel_haenszel(apart) if len(apart) else (0.0, 1.0)
    left, kept = (one[f"empty_{k}"].sum() / one[f"n_{k}"].sum() for k in ("left", "kept"))
    return Uneven(float(left), float(kept), p_value, within, p_within)


def _two_by_two(cells: pd.DataFrame, stratum: pd.Series) -> pd.DataFrame:
    """Counts of those who left and stayed in each stratum that has both."""
    sums = cells.groupby([stratum.rename("stratum"), "churned"])[["n", "empty"]].sum().unstack()
    sums = sums.reindex(columns=[(c, k) for c in ("n", "empty") for k in (True, False)])
    sums.columns = ["n_left", "n_kept", "empty_left", "empty_kept"]
    sums = sums.fillna(0.0)
    return sums[(sums["n_left"] > 0) & (sums["n_kept"] > 0)]


def _mantel_haenszel(strata: pd.DataFrame) -> tuple[float, float]:
    """The pooled difference of shares and its p-value."""
    n1, n0 = strata["n_left"].to_numpy(float), strata["n_kept"].to_numpy(float)
    e1, e0 = strata["empty_left"].to_numpy(float), strata["empty_kept"].to_numpy(float)
    n, e = n1 + n0, e1 + e0
    weight = n1 * n0 / n
    difference = float((weight * (e1 / n1 - e0 / n0)).sum() / weight.sum())
    variance = float((n1 * n0 * e * (n - e) / (n**2 * np.maximum(n - 1, 1))).sum())
    if variance == 0:
        return difference, 1.0
    return difference, float(chdtrc(1, (e1 - n1 * e / n).sum() ** 2 / variance))


def _shares(cells: pd.DataFrame) -> tuple[int, float, float, float]:
    """Empty cells, their share, and the shares for who left and who stayed."""
    left, kept = cells[cells["churned"]], cells[~cells["churned"]]
    shares = [float(c["empty"].sum() / max(c["n"].sum(), 1)) for c in (cells, left, kept)]
    return int(cells["empty"].sum()), *shares
