"""Rows in, used, merged and set aside, table by table: they add up."""

from __future__ import annotations

import pandas as pd

from csresearch.company.checks import Checked

COLUMNS = ("table", "file", "rows_in", "used", "merged", "set_aside")


def count_rows(checked: dict[str, Checked], files: dict[str, str]) -> pd.DataFrame:
    """What became of the rows of each table.

    Parameters
    ----------
    checked : dict of str to Checked
        By canonical table.
    files : dict of str to str
        File of each table.

    Returns
    -------
    DataFrame
        ``table, file, rows_in, used, merged, set_aside``. ``merged`` counts rows that went into
        another row of the same customer, and is left out where there are none.
    """
    rows = [
        (name, files[name], c.rows_in, c.rows_used, c.rows_merged, c.rows_set_aside)
        for name, c in checked.items()
    ]
    counts = pd.DataFrame(rows, columns=list(COLUMNS))
    return counts if counts["merged"].any() else counts.drop(columns="merged")
