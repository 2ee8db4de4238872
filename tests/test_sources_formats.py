"""One company in every format gives the same clean tables, and its rows add up in each."""

import datetime as dt
import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from company_files import adds_up
from sheets import ods, xlsx

from csresearch.company import Company, load_company

DAY = dt.date
CUSTOMERS = [
    {"customer_id": i, "started_on": DAY(2023, 1 + i % 12, 1 + i), "ended_on": end,
     "maturity": ("low", "high", None)[i % 3], "recurring_revenue": (100.5, 7, None)[i % 3],
     "plan": ("Größe „M“", "Café, klein", 'say "hi"')[i % 3]}
    for i, end in enumerate([None, DAY(2024, 3, 1), DAY(2024, 6, 30), None, DAY(2023, 1, 1)], 1)
]  # fmt: skip
RESULTS = [
    {"customer_id": 1, "reached_on": DAY(2023, 6, 1), "result": "saved time", "value": 2.5},
    {"customer_id": 2, "reached_on": DAY(2024, 1, 15), "result": "fewer errors", "value": None},
    {"customer_id": 9, "reached_on": DAY(2024, 1, 15), "result": "fewer errors", "value": 1},
]
TABLES = {"customers": CUSTOMERS, "results": RESULTS}
SETTINGS = {
    "company": "Acme", "observed_until": "2024-12-31", "segments": ["plan"],
    "maturity": {"order": ["low", "high"]},
}  # fmt: skip


def frame(rows):
    return pd.DataFrame(rows).astype(object).where(pd.DataFrame(rows).notna(), None)


def csv_bytes(rows, sep, encoding):
    text = frame(rows).to_csv(index=False, sep=sep, lineterminator="\r\n")
    return text.encode(encoding)


def lines(rows):
    return [json.dumps(row, default=str) for row in rows]


def grid(rows):
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def parquet(rows):
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream)
    return stream.getvalue()


FORMATS = {
    "comma.csv": lambda rows: csv_bytes(rows, ",", "utf-8"),
    "semicolon.csv": lambda rows: csv_bytes(rows, ";", "cp1252"),
    "tab.tsv": lambda rows: csv_bytes(rows, "\t", "utf-16"),
    "bar.txt": lambda rows: csv_bytes(rows, "|", "utf-16-be"),
    "lines.jsonl": lambda rows: "\n".join(lines(rows)).encode(),
    "array.json": lambda rows: json.dumps(rows, default=str, indent=1).encode("utf-8-sig"),
    "one.parquet": parquet,
    "sheet.xlsx": lambda rows: xlsx(S=grid(rows)),
    "sheet.ods": lambda rows: ods(S=grid(rows)),
}
FOLDERS = {
    "folder.parquet": lambda rows: {f"part-{i}.parquet": parquet([r]) for i, r in enumerate(rows)},
    "folder.mixed": lambda rows: {
        "a.csv": csv_bytes(rows[:1], ";", "utf-8"),
        "b.jsonl": lines(rows[1:2])[0].encode(),
        "c.xlsx": xlsx(S=grid(rows[2:])),
    },
}


def company_in(folder, ending, write):
    """The company written with one format, file or folder."""
    tables = {}
    for name, rows in TABLES.items():
        content = write(rows)
        place = folder / f"{name}.{ending}"
        files = {"": content} if isinstance(content, bytes) else content
        for inside, part in files.items():
            target = place / inside if inside else place
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(part)
        tables[name] = {"file": place.name}
    (folder / "company.yml").write_text(yaml.safe_dump({**SETTINGS, **tables}), encoding="utf-8")
    return load_company(folder)


@pytest.fixture(scope="module")
def expected():
    settings = {k: v for k, v in SETTINGS.items() if k != "company"}
    return Company.from_frames(pd.DataFrame(CUSTOMERS), pd.DataFrame(RESULTS), **settings)


@pytest.mark.parametrize("kind", [*FORMATS, *FOLDERS])
def test_the_same_company_in_every_format(tmp_path, expected, kind):
    company = company_in(tmp_path, kind, (FORMATS | FOLDERS)[kind])
    for table in TABLES:
        ours, theirs = (
            c.tables[table].order_by("customer_id").to_pandas().astype({"customer_id": str})
            for c in (company, expected)
        )
        pd.testing.assert_frame_equal(ours, theirs)
    assert company.fingerprint == expected.fingerprint
    assert adds_up(company)
    assert company.row_counts["rows_in"].tolist() == [5, 3]
    assert company.row_counts["used"].tolist() == [4, 2]  # 5 ends before it starts, 9 is unknown
