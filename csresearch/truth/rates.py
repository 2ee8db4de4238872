"""How often the kit is right, by claim, world and size; and which cells miss their target."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csresearch import claims
from csresearch.findings.finding import VERDICTS
from csresearch.truth.blocks import COUNTS
from csresearch.truth.cases import CASES, TRUE, WIDER

MOST_WRONG = 0.05  # "reproduced" where a claim is false
COVERED = (0.935, 0.965)  # by 95 % intervals
ERRORS = 3.0  # Monte Carlo errors outside its target before a cell has missed it
OFTEN = 0.90
SAYS_SO = "reproduced"
CELL = ["claim", "world", "customers"]


def rates(blocks: pd.DataFrame) -> pd.DataFrame:
    """One row a claim, world and size, from the counts of its blocks.

    Parameters
    ----------
    blocks : DataFrame
        As `read_blocks` gives it.

    Returns
    -------
    DataFrame
        Indexed by claim, world and customers: ``so`` (what is true), ``companies``, ``intervals``
        (where there is one and the truth is known), a share for every verdict, ``coverage`` and
        ``bias`` with their Monte Carlo errors, ``naive`` (share of plain numbers that lie where the
        claim says), and ``missed``, what is outside its target by more than three Monte Carlo
        errors ("" where nothing is); the limits of `WIDER` claims may cover as often as they like.
    """
    known = blocks[blocks["world"].isin(CASES)]
    sums = known.groupby(CELL)[list(COUNTS)].sum()
    shares = sums[list(VERDICTS)].div(sums["companies"], axis=0)
    found = shares.assign(
        so=[CASES[world].claims.get(claim, "") for claim, world, _ in sums.index],
        companies=sums["companies"].astype(int),
        intervals=sums["intervals"].astype(int),
        says_so_error=_binomial_error(shares[SAYS_SO], sums["companies"]),
        coverage=_ratio(sums["covered"], sums["intervals"]),
        bias=_ratio(sums["error"], sums["intervals"]),
        naive=_ratio(sums["naive_agrees"], sums["naive"]),
    )
    found = found[found["so"] != ""]
    spread = _ratio(sums["error_squared"], sums["intervals"]) - found["bias"] ** 2
    found["bias_error"] = np.sqrt(spread.clip(lower=0) / sums["intervals"])
    found["coverage_error"] = _binomial_error(found["coverage"], sums["intervals"])
    return found.assign(missed=[_missed(row) for row in found.itertuples()]).sort_index()


def enough_customers(found: pd.DataFrame) -> dict[str, int | None]:
    """The least size studied at which a true claim is called reproduced nine times in ten.

    Returns
    -------
    dict of str to int or None
        By claim, in the best world for it; None where no size studied is enough.
    """
    true = found[found["so"] == TRUE].reset_index()
    often = true[true[SAYS_SO] >= OFTEN].groupby("claim")["customers"].min()
    ids = [claim.id for claim in claims.all() if claim.id in set(true["claim"])]
    return {claim: int(often[claim]) if claim in often else None for claim in ids}


def _binomial_error(share: pd.Series, n: pd.Series) -> pd.Series:
    """Monte Carlo error of a share; of a half-event where none or all were seen."""
    inside = share.clip(0.5 / n.clip(lower=1), 1 - 0.5 / n.clip(lower=1))
    return np.sqrt(inside * (1 - inside) / n.where(n > 0))


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole > 0)


def _missed(row) -> str:
    """Which targets a cell misses by more than `ERRORS` Monte Carlo errors."""
    missed = []
    says_so = getattr(row, SAYS_SO)
    if row.so != TRUE and says_so - MOST_WRONG > ERRORS * row.says_so_error:
        missed.append("reproduced too often")
    low, high = COVERED
    if row.coverage < low - ERRORS * row.coverage_error:
        missed.append("covers too rarely")
    if row.Index[0] not in WIDER and row.coverage > high + ERRORS * row.coverage_error:
        missed.append("covers too often")
    return ", ".join(missed)
