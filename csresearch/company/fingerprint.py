"""A fingerprint of clean data and settings: the same data give the same one, in any row order."""

from __future__ import annotations

import json
from hashlib import sha256

import ibis

from csresearch.company.distinct import hash_of
from csresearch.company.schema import CompanyConfig

SETTINGS_THAT_MATTER = ("observed_until", "maturity", "segments", "churn_window", "horizon_months")


def data_fingerprint(tables: dict[str, ibis.Table], config: CompanyConfig) -> str:
    """SHA-256 over per-table sums of row hashes and the settings that change results."""
    parts = {name: _table_fingerprint(table) for name, table in sorted(tables.items())}
    settings = config.model_dump(mode="json", include=set(SETTINGS_THAT_MATTER))
    text = json.dumps([parts, settings], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _table_fingerprint(table: ibis.Table) -> list[str]:
    """Number of rows and the sum of a hash of each."""
    cells = {name: table[name] for name in table.columns}
    cells["customer_id"] = table.customer_id.cast("string")
    total = hash_of(ibis.struct(cells)).sum().cast("string")
    return [str(value) for value in table.agg(rows=table.count(), total=total).to_pandas().iloc[0]]
