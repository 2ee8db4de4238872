"""A fingerprint of clean data and settings: the same data give the same one, in any row order."""

from __future__ import annotations

import json
from hashlib import sha256

import ibis

from csresearch.schema import CompanyConfig

SETTINGS_THAT_MATTER = ("observed_until", "maturity", "segments", "churn_window", "horizon_months")


@ibis.udf.scalar.builtin(name="md5_number")
def _md5_number(text: str) -> int:
    """The engine's md5 as a number."""


def data_fingerprint(tables: dict[str, ibis.Table], config: CompanyConfig) -> str:
    """SHA-256 over per-table sums of row hashes and the settings that change results."""
    parts = {name: _table_fingerprint(table) for name, table in sorted(tables.items())}
    settings = config.model_dump(mode="json", include=set(SETTINGS_THAT_MATTER))
    text = json.dumps([parts, settings], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _table_fingerprint(table: ibis.Table) -> list[str]:
    """Number of rows and the sum of a hash of each."""
    cells = [table[name].cast("string").fill_null("\x00") for name in table.columns]
    row = cells[0].concat(*(ibis.literal("\x1f").concat(cell) for cell in cells[1:]))
    total = table.agg(rows=table.count(), total=_md5_number(row).cast("float64").sum())
    return [str(value) for value in total.to_pandas().iloc[0]]
