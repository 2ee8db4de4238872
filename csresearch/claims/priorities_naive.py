"""C13's tempting numbers: what plain shares of who left seem to promise."""

from __future__ import annotations

import pandas as pd

from csresearch.claims.moods import HAPPY, UNHAPPY
from csresearch.claims.priorities_steps import (
    ALL_HAPPY,
    MOOD,
    RESULT,
    RESULTS,
    WITH,
    WITHOUT,
    Priorities,
)
from csresearch.findings.estimates import Estimate


def naive_gaps(study: Priorities) -> pd.DataFrame:
    """The tempting numbers: shares left by last state, and what closing the gap seems to keep.

    Returns
    -------
    DataFrame
        ``label, left_before, left_after, share_changed, value``: value in shares of customers.
    """
    today, rows = study.today, []
    for label, column, before, after in (
        (RESULTS, RESULT, WITHOUT, WITH),
        (ALL_HAPPY, MOOD, UNHAPPY, HAPPY),
    ):
        if label not in study.scenarios:
            continue
        sums = study.ever.groupby(column)[["left", "customers"]].sum()
        left = sums["left"] / sums["customers"]
        changed = today.loc[today[column] == before, "customers"].sum() / today["customers"].sum()
        gap = float(left.get(before, 0.0) - left.get(after, 0.0))
        rows.append((label, left.get(before), left.get(after), changed, gap * changed))
    columns = ["label", "share_left_before", "share_left_after", "share_changed", "value"]
    return pd.DataFrame(rows, columns=columns).assign(scale="points")


def naive_contrast(study: Priorities) -> Estimate:
    """The naive number beside the primary one."""
    table = naive_gaps(study).set_index("label")["value"]
    name = "more kept, results for all − everyone happy (plain shares)"
    both = {RESULTS, ALL_HAPPY} <= set(table.index)
    value = float(table[RESULTS] - table[ALL_HAPPY]) if both else None
    return Estimate(name, value, scale="points", role="naive")
