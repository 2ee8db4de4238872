"""A fingerprint of clean data and settings: the same data give the same one, in any row order."""

from __future__ import annotations

import json
from hashlib import sha256

import ibis

from csresearch.company.distinct import hash_of
from csresearch.company.engines import dialect_of, is_embedded, md5_hex
from csresearch.company.schema import CompanyConfig

SETTINGS_THAT_MATTER = ("observed_until", "maturity", "segments", "churn_window", "horizon_months")
LATER_TABLES = ("revenues",)  # without rows in them fingerprints stay as they were
DIGITS = 7  # hexadecimal: a sum over billions of rows stays a whole number of 64 bits


def data_fingerprint(tables: dict[str, ibis.Table], config: CompanyConfig) -> str:
    """SHA-256 over per-table sums of row hashes and the settings that change results.

    Notes
    -----
    The engine of this process hashes quickly, in a way no database knows; a table scanned in a
    database is hashed by MD5 there. So the same data have one fingerprint here and another there.
    """
    parts = {name: _table_fingerprint(table) for name, table in sorted(tables.items())}
    for name in LATER_TABLES:
        if parts.get(name, [""])[0] == "0":
            del parts[name]
    settings = config.model_dump(mode="json", include=set(SETTINGS_THAT_MATTER))
    if config.key_results:  # a key of later versions: without it fingerprints stay as they were
        settings["key_results"] = config.key_results
    text = json.dumps([parts, settings], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _table_fingerprint(table: ibis.Table) -> list[str]:
    """Number of rows and sums of hashes of each."""
    cells = {name: table[name] for name in table.columns}
    cells["customer_id"] = table.customer_id.cast("string")
    sums = _embedded_sums(cells) if is_embedded(table) else _database_sums(table, cells)
    facts = table.agg(rows=table.count(), **sums).to_pyarrow().to_pylist()[0]
    return [str(value) for value in facts.values()]


def _embedded_sums(cells: dict[str, ibis.Value]) -> dict[str, ibis.Value]:
    """One sum of the engine's own hash."""
    return {"total": hash_of(ibis.struct(cells)).sum().cast("string")}


def _database_sums(table: ibis.Table, cells: dict[str, ibis.Value]) -> dict[str, ibis.Value]:
    """Three sums of hexadecimal digits of each row's MD5."""
    texts = [cell.cast("string").fill_null("").concat("|") for cell in cells.values()]
    row = texts[0].concat(*texts[1:])
    digest = md5_hex(row, dialect_of(table))
    return {
        f"total {start}": sum(
            ibis.literal("0123456789abcdef").find(digest.substr(start + i, 1)).cast("int64") * 16**i
            for i in range(DIGITS)
        ).sum()
        for start in (0, DIGITS, 2 * DIGITS)
    }
