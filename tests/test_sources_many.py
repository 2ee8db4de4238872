"""Several files to a table, several tables from a file: stacked, joined, unpivoted, queried."""

import datetime as dt
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from company_files import adds_up, found
from sheets import xlsx

from csresearch.company import load_company
from csresearch.company.checks import SET_ASIDE, TOLD
from csresearch.errors import CompanyError

HEADER = "customer_id,started_on,ended_on\n"
DAY = dt.date(2024, 1, 1)


def parquet(**columns):
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def company(folder, files, customers, **settings):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    config = {"company": "Acme", "observed_until": "2024-12-31", "customers": customers, **settings}
    (folder / "company.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return load_company(folder)


def ids(loaded):
    return sorted(loaded.customers.customer_id.to_pandas().astype(str))


def plans(loaded):
    frame = loaded.customers.to_pandas()
    return dict(zip(frame["customer_id"].astype(str), frame["plan"].fillna(""), strict=True))


NORTH = HEADER + "a,2024-01-01,\nb,,\n"
SOUTH = "plan;started_on;customer_id\np;2024-01-01;c\np;;d\n"


@pytest.mark.parametrize("file", ["in/*.csv", "in", ["in/north.csv", "in/south.csv"]])
def test_files_are_stacked_by_column_name_and_rows_say_where_they_are_from(tmp_path, file):
    loaded = company(
        tmp_path, {"in/north.csv": NORTH, "in/south.csv": SOUTH},
        {"file": file}, segments=["plan"],
    )  # fmt: skip
    assert ids(loaded) == ["a", "c"]
    assert plans(loaded) == {"a": "", "c": "p"}
    assert adds_up(loaded)
    assert found(loaded) == {
        ("started_on", "no start date"): (2, "", SET_ASIDE),
        ("ended_on", "column missing in some of the files"): (2, "south.csv", TOLD),
        ("plan", "column missing in some of the files"): (2, "north.csv", TOLD),
    }
    (written,) = loaded.write_set_aside(tmp_path / "out")
    assert {line.split(",")[-1] for line in written.read_text().splitlines()} == {
        "source file", "north.csv", "south.csv",
    }  # fmt: skip


def test_lines_that_cannot_be_read_name_their_file(tmp_path):
    loaded = company(
        tmp_path,
        {"in/a.csv": NORTH, "in/b.jsonl": '{"customer_id": "q", "started_on": "2024-01-01"}\n{',
         "in/README.md": "notes", "in/_SUCCESS": "", "in/.hidden.csv": "x"},
        {"file": "in"},
    )  # fmt: skip
    assert ids(loaded) == ["a", "q"]
    assert adds_up(loaded)
    assert found(loaded)["", "line can't be read"] == (1, "line 2: {", SET_ASIDE)
    assert found(loaded)["", "files of the folder not read"] == (1, "README.md", TOLD)
    problems = loaded.problems.set_index("reason")
    assert problems.loc["line can't be read", "file"] == "b.jsonl"


def test_parquet_folders_with_differing_schemas_and_partitions(tmp_path):
    loaded = company(
        tmp_path,
        {
            "all/plan=007/a.parquet": parquet(customer_id=[1, 2], started_on=[DAY, None]),
            "all/plan=b c/a.parquet": parquet(customer_id=[3.0], started_on=[DAY], ended_on=[DAY]),
        },
        {"file": "all"},
        segments=["plan"],
    )
    assert plans(loaded) == {"1": "007", "3": "b c"}
    assert adds_up(loaded)
    assert found(loaded)["ended_on", "column missing in some of the files"] == (
        2, "a.parquet", TOLD,
    )  # fmt: skip
    (written,) = loaded.write_set_aside(tmp_path / "out")
    assert "plan=007/a.parquet" in written.read_text()


def test_parquet_files_that_disagree_about_a_type_agree_as_text(tmp_path):
    files = {
        "1.parquet": parquet(customer_id=[1, 2], started_on=[DAY] * 2, ended_on=[None, None]),
        "2.parquet": parquet(
            customer_id=["x3"], started_on=["2024-01-02"], ended_on=["2024-02-02"]
        ),
        "3.parquet": parquet(customer_id=[4.0], started_on=[DAY], ended_on=[DAY]),
    }
    loaded = company(tmp_path, files, {"file": "*.parquet"})
    assert ids(loaded) == ["1", "2", "4", "x3"]
    assert adds_up(loaded)
    (tmp_path / "2.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(CompanyError, match=r"2\.parquet: is not Parquet"):
        load_company(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "it's [1] *?.csv",
        'a"; DROP TABLE x;--.csv',
        "../up.csv",
        "${HOME}.csv",
        "%s {}.csv",
        "-.csv",
    ],
)
def test_file_names_are_only_names(tmp_path, name):
    folder = tmp_path / "inside"
    folder.mkdir()
    loaded = company(folder, {name: NORTH, "decoy1.csv": SOUTH}, {"file": name})
    assert ids(loaded) == ["a"]
    twice = company(folder, {name: NORTH}, {"file": [name, "decoy1.csv"]})
    assert ids(twice) == ["a", "c"]


@pytest.mark.parametrize(
    ("file", "message"),
    [("none_*.csv", r"none_\*\.csv: no such file"), ("empty", "holds no file the kit reads"),
     ([], "give a file, a folder"), ([{"a": "b"}], "give a file, a folder")],
)  # fmt: skip
def test_names_that_stand_for_nothing_are_refused(tmp_path, file, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CompanyError, match=message):
        company(tmp_path, {}, {"file": file})


ACCOUNTS = [["Account ID", "Name"], [1, "x"], [2, "y"], [3, "z"], [None, "w"]]
CONTRACTS = [["account", "started_on", "ended_on", "Name"], [1, DAY, None, "gold"],
             [2, DAY, dt.date(2024, 2, 1), "tin"], [4, DAY, None, "m"]]  # fmt: skip
JOINED = {
    "file": "book.xlsx", "sheet": "Accounts",
    "join": [{"sheet": "Contracts", "on": {"Account ID": "account"}}],
    "columns": {"customer_id": "Account ID", "plan": "Contracts.Name"},
}  # fmt: skip


def test_linked_sheets_are_joined_and_what_has_no_partner_is_told(tmp_path):
    book = xlsx(Accounts=ACCOUNTS, Contracts=CONTRACTS)
    loaded = company(tmp_path, {"book.xlsx": book}, JOINED, segments=["plan"])
    assert plans(loaded) == {"1": "gold", "2": "tin"}
    assert loaded.row_counts["rows_in"].tolist() == [4]  # those of the first sheet
    assert adds_up(loaded)
    other = "book.xlsx sheet Contracts"
    assert found(loaded)["Account ID", f"join: no row in {other}"] == (2, "3", TOLD)
    assert found(loaded)["Account ID", f"join: row only in {other}"] == (1, "4", TOLD)


def test_a_join_compares_keys_as_text_and_takes_only_the_columns_named(tmp_path):
    dates = "account;started_on;ended_on;Name\n1;2024-01-01;;a\n 2 ;2024-01-01;;b\n3;2024-01-01;;\n"
    join = {"file": "dates.csv", "on": {"Account ID": "account"},
            "columns": ["started_on", "ended_on"]}  # fmt: skip
    loaded = company(
        tmp_path, {"book.xlsx": xlsx(S=ACCOUNTS), "dates.csv": dates},
        {"file": "book.xlsx", "join": [join], "columns": {"customer_id": "Account ID"}},
    )  # fmt: skip
    assert ids(loaded) == ["1", "2", "3"]
    assert adds_up(loaded)


@pytest.mark.parametrize(
    ("contracts", "change", "message"),
    [
        ([*CONTRACTS, [1, DAY, None, "again"], [4, DAY, None, ""]], {},
         r"sheet Contracts: column account: 2 values stand on more than one row, e\.g\. 1 on 2 "),
        (CONTRACTS, {"on": {"Account ID": "acount"}}, "no column 'acount'; did you mean 'account'"),
        (CONTRACTS, {"on": {"Acount ID": "account"}}, "did you mean 'Account ID'"),
        (CONTRACTS, {"columns": ["started"]}, "no column 'started'; did you mean 'started_on'"),
        (CONTRACTS, {"on": {}}, r"'customers\.join\.0\.on'"),
        (CONTRACTS, {"onn": {}}, r"unknown key 'customers\.join\.0\.onn'; did you mean 'on'"),
    ],
)  # fmt: skip
def test_joins_that_cannot_be_are_refused(tmp_path, contracts, change, message):
    source = {**JOINED, "join": [{**JOINED["join"][0], **change}]}
    with pytest.raises(CompanyError, match=message):
        book = xlsx(Accounts=ACCOUNTS, Contracts=contracts)
        company(tmp_path, {"book.xlsx": book}, source, segments=["plan"])


WIDE = (
    "customer_id,started_on,ended_on,first,second,kind,nps,asked\n"
    "a,2024-01-01,,2024-02-01,,x,9,2024-03-01\n"
    "b,2024-01-01,,never,2024-03-01,y,,NA\n"
    "c,2024-01-01,,soon,2024-04-01,,3,2024-03-01\n"
)
EVENTS = {
    "file": "wide.csv",
    "unpivot": [
        {"reached_on": "first", "result": "= saved time"},
        {"reached_on": "second", "result": "kind", "value": "nps"},
    ],
    "values": {"reached_on": {"never": ""}},
}


def test_several_tables_come_from_one_wide_file(tmp_path):
    loaded = company(
        tmp_path, {"wide.csv": WIDE}, {"file": "wide.csv"},
        results=EVENTS,
        surveys={"file": "wide.csv", "columns": {"surveyed_on": "asked", "score": "nps",
                                                 "instrument": "= NPS"}},
    )  # fmt: skip
    results = loaded.results.order_by(["customer_id", "result_day"]).to_pandas()
    assert results[["customer_id", "result_day", "result"]].to_numpy().tolist() == [
        ["a", 31, "saved time"], ["b", 60, "y"], ["c", 91, "result"],
    ]  # fmt: skip
    assert results["value"].fillna(-1).tolist() == [-1, -1, 3]
    assert found(loaded, "results") == {
        ("reached_on", "not a date"): (1, "soon", SET_ASIDE),
        ("first", "no event: the cell is empty"): (1, "", TOLD),
        ("second", "no event: the cell is empty"): (1, "", TOLD),
    }
    surveys = loaded.surveys.to_pandas()
    assert sorted(surveys["customer_id"]) == ["a", "c"]
    assert set(surveys["instrument"]) == {"NPS"}
    assert adds_up(loaded)
    assert loaded.row_counts["rows_in"].tolist() == [3, 4, 3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unpivot": [{"reached_on": "frist"}]}, "unpivot: reached_on: no column 'frist'; did you"),
        ({"unpivot": [{"result": "= x"}]}, "an event needs a column of the file"),
        ({"unpivot": [{"reached": "first"}]}, "unpivot: 'reached' is not a column the kit knows"),
        ({"columns": {"result": "kind"}}, "'result' stands under columns: and unpivot:"),
    ],
)
def test_events_that_cannot_be_are_refused(tmp_path, change, message):
    with pytest.raises(CompanyError, match=message):
        company(tmp_path, {"wide.csv": WIDE}, {"file": "wide.csv"}, results={**EVENTS, **change})


def test_a_query_reads_files_of_any_kind(tmp_path):
    files = {"book.xlsx": xlsx(Accounts=ACCOUNTS, Contracts=CONTRACTS), "in/a.csv": NORTH,
             "in/b.csv": NORTH.replace("a,", "z,")}  # fmt: skip
    query = (
        'select "Account ID" as customer_id, started_on, ended_on from accounts '
        'join contracts on "Account ID" = account union all select * from "c\'s";'
    )
    sources = {
        "accounts": {"file": "book.xlsx", "sheet": "Accounts"},
        "contracts": {"file": "book.xlsx"},
        "c's": {"file": "in/b.csv", "delimiter": "comma"},
    }
    loaded = company(tmp_path, files, {"query": query, "files": sources})
    assert ids(loaded) == ["1", "2", "z"]
    assert adds_up(loaded)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select * from nothing", "query of customers: the query fails: .*nothing"),
        ("select 1); drop table raw; (select 1", "the query fails"),
        ("drop table raw", "must be one SELECT and nothing else"),
        ("select * from raw; select 2", "must be one SELECT and nothing else"),
    ],
)
def test_queries_that_cannot_be_are_refused(tmp_path, query, message):
    with pytest.raises(CompanyError, match=message):
        company(tmp_path, {"a.csv": NORTH}, {"query": query, "files": {"raw": "a.csv"}})
    with pytest.raises(CompanyError, match="'raw' needs file:"):
        company(tmp_path, {}, {"query": query, "files": {"raw": {"sheet": "S"}}})
    with pytest.raises(CompanyError, match=r"lines can't be read, e\.g\. line 2"):
        company(tmp_path, {"a.csv": HEADER + "x\n"}, {"query": query, "files": {"raw": "a.csv"}})
