"""Simulated companies of any size in one wide Parquet file; true ratio six, five bands, days."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FIRST_START = np.datetime64("2023-01-01", "D")
WINDOW_DAYS = 1_000
OBSERVED_UNTIL = FIRST_START + WINDOW_DAYS
BANDS = ("1 unprepared", "2 beginning", "3 ready", "4 able", "5 expert")
DAILY_CHURN = 0.0012 * np.array([2.0, 1.5, 1.0, 0.7, 0.5])
DAILY_FIRST_RESULT = 0.003
LIFETIME_RATIO = 6.0
CHUNK = 1_000_000
MONTH_DAYS = 30.4375

COMPANY_YML = """\
company: Benchmark
observed_until: {observed_until}
customers:
  file: customers.parquet
maturity:
  order: {bands}
  low: {low}
"""


def draw(n: int, seed: int) -> dict[str, np.ndarray]:
    """Start, tenure, churn, first result (NaN: none) and band of every customer, in days."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, WINDOW_DAYS, n)
    band = rng.integers(0, len(BANDS), n)
    churn = DAILY_CHURN[band]
    result = np.ceil(rng.exponential(1 / DAILY_FIRST_RESULT, n))
    leaves = rng.exponential(1 / churn)
    late = result + rng.exponential(LIFETIME_RATIO / churn)
    leaves = np.ceil(np.where(leaves <= result, leaves, late))
    seen = WINDOW_DAYS - start
    tenure = np.minimum(leaves, seen)
    return {
        "start": start,
        "tenure": tenure,
        "churned": leaves <= seen,
        "result": np.where(result < tenure, result, np.nan),
        "band": band,
    }


def write_company(folder: Path, n: int, seed: int = 1) -> Path:
    """Write ``customers.parquet`` and ``company.yml``; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = None
    for first in range(0, n, CHUNK):
        size = min(CHUNK, n - first)
        table = _as_table(draw(size, seed + first // CHUNK), first)
        writer = writer or pq.ParquetWriter(folder / "customers.parquet", table.schema)
        writer.write_table(table)
    writer.close()
    bands = [f'"{band}"' for band in BANDS]
    text = COMPANY_YML.format(
        observed_until=OBSERVED_UNTIL,
        bands=f"[{', '.join(bands)}]",
        low=f"[{', '.join(bands[:2])}]",
    )
    (folder / "company.yml").write_text(text, encoding="utf-8")
    return folder


def _as_table(drawn: dict[str, np.ndarray], first_id: int) -> pa.Table:
    """The wide table: customer_id, started_on, ended_on, maturity, first_result_on."""
    start = FIRST_START + drawn["start"]
    result = np.nan_to_num(drawn["result"]).astype(int)
    return pa.table(
        {
            "customer_id": pa.array(np.arange(first_id, first_id + len(start)), pa.int64()),
            "started_on": pa.array(start),
            "ended_on": pa.array(start + drawn["tenure"].astype(int), mask=~drawn["churned"]),
            "maturity": pa.array(np.array(BANDS, dtype=object)[drawn["band"]], pa.string()),
            "first_result_on": pa.array(start + result, mask=np.isnan(drawn["result"])),
        }
    )


def write_for_r(folder: Path) -> None:
    """Write tenure, churned, result and band as doubles: base R reads those fast, not Parquet."""
    lives = read_lives(folder, "days")
    band = lives["maturity"].map({band: i for i, band in enumerate(BANDS)})
    columns = [lives["tenure"], lives["churned"], lives["result"], band]
    np.concatenate([column.to_numpy(float) for column in columns]).tofile(folder / "lives.f64")


def read_lives(folder: Path, unit: str):
    """What an analyst makes of the file first: tenure, churned, result in days or whole months."""
    import pandas as pd

    customers = pd.read_parquet(folder / "customers.parquet")
    days = customers[["started_on", "ended_on", "first_result_on"]].apply(pd.to_datetime)
    end = days["ended_on"].fillna(pd.Timestamp(OBSERVED_UNTIL))
    lives = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "maturity": customers["maturity"],
            "tenure": (end - days["started_on"]).dt.days.astype(float),
            "churned": days["ended_on"].notna(),
            "result": (days["first_result_on"] - days["started_on"]).dt.days.astype(float),
        }
    )
    if unit == "months":
        for column in ("tenure", "result"):
            lives[column] = np.ceil(lives[column] / MONTH_DAYS)
    return lives


def start_stop_rows(lives):
    """Two rows for who gets a result before the end, one for everybody else; nothing looped."""
    import pandas as pd

    has = lives["result"] < lives["tenure"]
    before = lives.assign(start=0.0, stop=lives["tenure"].where(~has, lives["result"]), state=0)
    before["event"] = before["churned"] & ~has
    after = lives[has].assign(start=lives["result"], stop=lives["tenure"], state=1)
    after["event"] = after["churned"]
    columns = ["customer_id", "maturity", "start", "stop", "state", "event"]
    return pd.concat([before[columns], after[columns]], ignore_index=True)


if __name__ == "__main__":
    made, size = Path(sys.argv[1]), int(sys.argv[2])
    write_company(made, size)
    write_for_r(made)
