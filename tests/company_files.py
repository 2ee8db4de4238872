"""Writes small companies to a folder for tests."""

import csv
import sys
from dataclasses import replace
from pathlib import Path

import yaml

from csresearch.company import load_company
from csresearch.simulate import SMALLCO

# Customers, results and surveys and nothing else: for what is done with any company, whatever its
# data, loading this one takes half the time.
FEW_TABLES = replace(SMALLCO, additions=())
OTHERS = ("behaviors", "efforts", "maturity_scores", "metrics", "revenues")


def write_company(folder, customers, results=None, surveys=None, **settings):
    """company.yml and CSV tables in a folder; a table's settings go under e.g. on_customers=.

    Further tables are given by name.
    """
    config = {"company": "Acme", "observed_until": "2024-12-31"}
    tables = {"customers": customers, "results": results, "surveys": surveys}
    tables |= {name: settings.pop(name, None) for name in OTHERS}
    for name, text in tables.items():
        if text is None:
            continue
        content = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.csv").write_bytes(content)
        config[name] = {"file": f"{name}.csv", **settings.pop(f"on_{name}", {})}
    path = folder / "company.yml"
    path.write_text(yaml.safe_dump({**config, **settings}, allow_unicode=True), encoding="utf-8")
    return path


def load(folder, *args, **settings):
    """Write and load a small company."""
    return load_company(write_company(folder, *args, **settings))


def found(company, table="customers"):
    """What the checks found in a table: {(column, reason): (rows, example, effect)}."""
    rows = company.problems[company.problems["table"] == table]
    return {(p.column, p.reason): (p.rows, p.example, p.effect) for p in rows.itertuples()}


def adds_up(company):
    """Whether rows in = used + merged + set aside, and every table's used rows are there."""
    counts = company.row_counts
    if "merged" not in counts:
        counts["merged"] = 0
    there = [int(company.tables[name].count().execute()) for name in counts["table"]]
    told = company.set_aside.groupby("table")["rows"].sum().reindex(counts["table"], fill_value=0)
    return (
        (counts["rows_in"] == counts[["used", "merged", "set_aside"]].sum(axis="columns")).all()
        and counts["used"].tolist() == there
        and counts["set_aside"].tolist() == told.tolist()
    )


def cells_of(path: Path) -> list[list[str]]:
    """The rows of a CSV whose cells may be longer than Python's reader takes by itself."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            return list(csv.reader(stream))
    finally:
        csv.field_size_limit(before)
