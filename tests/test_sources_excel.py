"""Sheets: which one, where its header is, types cell by cell, and what is told about the rest."""

import datetime as dt
import sys

import pytest
from company_files import adds_up, found, load
from sheets import ods, xlsx

from csresearch.company.checks import TOLD
from csresearch.company.source_settings import FileSettings
from csresearch.company.sources import connect, open_file
from csresearch.errors import CompanyError

ROWS = [["id", "day"], [1, dt.date(2024, 1, 31)], [2, None]]


def opened(tmp_path, content, name="a.xlsx", table="", **how):
    path = tmp_path / name
    path.write_bytes(content)
    return open_file(connect(), "t", path, FileSettings(**how), table=table)


def cells(source, column):
    table = source.table.to_pandas()
    return table[column].astype(object).where(table[column].notna(), None).tolist()


def told(source):
    return {t.reason: (t.rows, t.example) for t in source.told}


@pytest.mark.parametrize("write", [xlsx, ods])
def test_types_are_kept_and_mixed_columns_become_text(tmp_path, write):
    moment = dt.datetime(2024, 1, 31, 12, 30)
    source = opened(
        tmp_path,
        write(S=[
            ["whole", "number", "day", "moment", "yes", "text", "mixed"],
            [1, 1.5, dt.date(2024, 1, 31), moment, True, "007", dt.date(2024, 1, 31)],
            [2, 2, dt.date(2024, 2, 29), dt.date(2024, 2, 1), False, "x", "unknown"],
            [None, None, None, None, None, None, 3.5],
            [3, 4, None, None, None, "", moment],
        ]),
        f"a.{write.__name__}",
    )  # fmt: skip
    kinds = {name: str(kind) for name, kind in source.table.schema().items()}
    assert kinds == {
        "whole": "int64", "number": "float64", "day": "date", "moment": "timestamp(6)",
        "yes": "boolean", "text": "string", "mixed": "string",
    }  # fmt: skip
    assert cells(source, "mixed") == ["2024-01-31", "unknown", "3.5", "2024-01-31 12:30:00"]
    assert cells(source, "text") == ["007", "x", None, None]
    assert source.told == ()


def test_the_sheet_is_the_only_one_the_one_like_the_table_or_the_one_stated(tmp_path):
    other = [["id"], [9]]
    assert cells(opened(tmp_path, xlsx(Any=ROWS)), "id") == [1, 2]
    book = xlsx(Notes=other, Customers=ROWS)
    assert cells(opened(tmp_path, book, table="customers"), "id") == [1, 2]
    assert cells(opened(tmp_path, book, table="customers", sheet="Notes"), "id") == [9]
    assert cells(opened(tmp_path, book, sheet="customers"), "id") == [1, 2]
    with pytest.raises(CompanyError, match=r"a\.xlsx: which sheet\? There are: Notes, Customers"):
        opened(tmp_path, book, table="results")
    with pytest.raises(CompanyError, match="no sheet 'Customer'; did you mean 'Customers'"):
        opened(tmp_path, book, sheet="Customer")


def test_the_header_is_found_and_what_is_left_out_is_told(tmp_path):
    rows = [["Accounts", None], ["as of", dt.date(2024, 6, 1)], [], *ROWS, [], [3, None], ["", ""]]
    source = opened(tmp_path, xlsx(S=rows, merged=["A5:B5"]))
    assert cells(source, "id") == [1, 2, 3]
    assert told(source) == {
        "rows above the column names not read": (3, "Accounts"),
        "blank rows not read": (1, ""),
        "merged cells": (1, "row 5 column 1 to row 5 column 2"),
    }
    stated = opened(tmp_path, xlsx(S=rows), header_row=4)
    assert cells(stated, "id") == [1, 2, 3]
    assert "rows above the column names not read" not in told(stated)


def test_names_are_those_of_the_header_up_to_the_last_cell(tmp_path):
    source = opened(tmp_path, xlsx(S=[["id", None, 2024], [1, None, None, "note"]]), header_row=1)
    assert list(source.table.columns) == ["id", "column 2", "2024", "column 4"]


def test_formulas_count_with_their_stored_value(tmp_path):
    source = opened(tmp_path, xlsx(S=[["id", "sum"], [1, 7], [2, 8]], formulas={"7": "3+4"}))
    assert cells(source, "sum") == [7, 8]


@pytest.mark.parametrize(
    ("content", "how", "message"),
    [
        (b"PK\x03\x04junk", {}, "can't be read as a workbook"),
        (b"junk", {}, "can't be read as a workbook"),
        (xlsx(S=[]), {}, "a.xlsx sheet S: holds no rows"),
        (xlsx(S=[[1, 2], [3, 4]]), {}, "no row looks like column names"),
        (xlsx(S=ROWS), {"header_row": 9}, "row 9 is empty"),
        (xlsx(S=[["id", "ID"], [1, 2]]), {}, "sheet S: column 'ID' stands twice"),
    ],
)
def test_sheets_that_are_no_table_are_refused(tmp_path, content, how, message):
    with pytest.raises(CompanyError, match=message):
        opened(tmp_path, content, **how)


def test_the_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(CompanyError, match=r"install csresearch\[excel\]"):
        opened(tmp_path, xlsx(S=ROWS))


def test_dates_as_dates_and_as_text_in_one_column_at_user_level(tmp_path):
    (tmp_path / "c.xlsx").write_bytes(
        xlsx(
            Customers=[
                ["customer_id", "started_on", "ended_on"],
                ["a", dt.date(2024, 1, 31), None],
                ["b", "2024-02-29", dt.datetime(2024, 3, 1, 9)],
                ["c", "soon", None],
            ],
            Notes=[["x"]],
        )
    )
    company = load(tmp_path, "", on_customers={"file": "c.xlsx"})
    assert adds_up(company)
    assert company.row_counts["used"].tolist() == [2]
    assert found(company)["started_on", "not a date"][:2] == (1, "soon")
    days = company.customers.order_by("customer_id").started_on.to_pandas().astype(str)
    assert days.tolist() == ["2024-01-31", "2024-02-29"]
    assert TOLD not in company.problems["effect"].tolist()
