"""Tables of databases: PostgreSQL on a server of the tests' own, SQLite and DuckDB files."""

import hashlib
import os
import sqlite3
from contextlib import closing

import duckdb
import pandas as pd
import pytest
from company_files import adds_up, found
from needs import needs
from one_company import (
    TYPES,
    made_frames,
    what_is_found,
    what_is_wrong,
    write_csv,
    write_settings,
)
from servers import PASSWORD

from csresearch.cli import main
from csresearch.company import CompanyError, load_company, scan
from csresearch.company.sources.credentials import expanded
from csresearch.states import first_days, read_each, read_joint, read_paths

CELLS = ["maturity", "plan", "state"]


def fill(cursor, schema, frames):
    """Create the one company's tables and fill them."""
    cursor.execute(f"CREATE SCHEMA {schema}")
    for name, frame in frames.items():
        kinds = {c: "date" for c in TYPES["date"]} | {c: "float8" for c in TYPES["number"]}
        kinds |= {"customer_id": "bigint"}
        columns = ", ".join(f'"{c}" {kinds.get(c, "text")}' for c in frame)
        cursor.execute(f"CREATE TABLE {schema}.{name} ({columns})")
        with cursor.copy(f"COPY {schema}.{name} FROM STDIN WITH (FORMAT csv)") as rows:
            rows.write(frame.to_csv(index=False, header=False))


@pytest.fixture(scope="module")
def frames():
    return made_frames()


@pytest.fixture(scope="module")
def csv(frames, tmp_path_factory):
    """The one company, from CSV files."""
    return load_company(write_csv(tmp_path_factory.mktemp("csv"), frames))


@pytest.fixture(scope="module")
def csv_findings(csv):
    """What is found in the CSV files, by where it stands."""
    return leaves(what_is_found(csv))


@pytest.fixture(scope="module")
def url(postgres, frames):
    """URL of a database with the one company in the schema crm."""
    import psycopg

    with psycopg.connect(host=postgres, user="analyst", password=PASSWORD, dbname="postgres") as c:
        fill(c.cursor(), "crm", frames)
    os.environ["CRM_PASSWORD"] = PASSWORD
    yield f"postgres://analyst:$CRM_PASSWORD@/postgres?host={postgres}"
    del os.environ["CRM_PASSWORD"]


def in_crm(url, **more):
    return {
        name: {"database": url, "table": f"crm.{name}"} | more.get(name, {})
        for name in ("customers", "results", "surveys")
    }


def same_tables(one, other):
    """Whether every event table and history is the same."""
    for by in (["state"], CELLS):
        pd.testing.assert_frame_equal(one.event_table(by), other.event_table(by))
    assert what_is_wrong(one) == what_is_wrong(other)
    assert one.data_summary == other.data_summary
    assert adds_up(one)


def leaves(value, path=()):
    """Every number and text of nested lists and dicts."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for key, part in pairs for k, v in leaves(part, (*path, key)).items()}
    return {path: value}


def same_findings(company, theirs):
    """Whether findings agree: numbers to 1e-9, as sums of floats have no fixed order."""
    mine = leaves(what_is_found(company))
    numbers = {k for k, v in mine.items() if isinstance(v, float)}
    assert {k: mine[k] for k in numbers} == pytest.approx({k: theirs[k] for k in numbers}, rel=1e-9)
    rest = mine.keys() - numbers
    assert {k: mine[k] for k in rest} == {k: theirs.get(k) for k in rest}


@needs("postgres")
@pytest.mark.parametrize("where", ["here", "there"])
def test_postgres_gives_the_same_company(url, csv, csv_findings, tmp_path, where):
    company = load_company(write_settings(tmp_path, in_crm(url), scan=where))
    engine = company.customers.get_backend().name
    assert engine == {"here": "duckdb", "there": "postgres"}[where]
    same_tables(company, csv)
    same_findings(company, csv_findings)
    assert len(company.durations(["maturity"])) == len(csv.durations(["maturity"]))
    written = company.write_set_aside(tmp_path / "aside")
    rows = {path.stem: len(pd.read_csv(path)) for path in written}
    assert rows == csv.set_aside.groupby("table")["rows"].sum().to_dict()


def counted_states(company):
    """Event tables of satisfaction that comes and goes, and of two kinds of result."""
    surveys, results = company.surveys, company.results
    level = (surveys.score >= 7).ifelse("happy", "unhappy")
    said = surveys.select("customer_id", day="survey_day", level=level)
    kinds = first_days(results, "result_day", kind="result", kinds=["saved", "won"])
    lives = company.customers.left_join(kinds, "customer_id")
    return [
        read_paths(lives, said, ("not asked", "unhappy", "happy"), ["won"], by=["maturity"]),
        read_joint(lives, ["saved", "won"]),
        read_each(lives, ["saved", "won"], ["maturity"]),
    ]


@needs("postgres")
def test_states_are_counted_where_the_data_are(url, csv, tmp_path):
    company = load_company(write_settings(tmp_path, in_crm(url), scan="there"))
    for there, here in zip(counted_states(company), counted_states(csv), strict=True):
        pd.testing.assert_frame_equal(there.counts, here.counts)
        assert there.n_events > 0


@needs("postgres")
def test_a_database_is_only_read(url, postgres, tmp_path):
    company = load_company(write_settings(tmp_path, in_crm(url)))
    connection = company.customers.get_backend()
    for statement in ("CREATE TABLE t (x int)", "DELETE FROM crm.customers", "DROP SCHEMA crm"):
        with pytest.raises(CompanyError, match="read-only transaction"):
            connection.raw_sql(statement)
    made = "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE "
    made += "nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'crm')"
    assert connection.raw_sql(made).fetchone() == (0,)


@needs("postgres")
def test_a_query_in_the_databases_own_sql_and_types_of_its_own(url, tmp_path):
    customers = """
        SELECT gen_random_uuid() AS id, timestamptz '2024-01-01 23:30-05' AS since,
               NULL::date AS gone, 12.50::numeric(8, 2) AS recurring_revenue,
               CASE WHEN i = 1 THEN 'yes' ELSE 'No ' END AS had_result, '{1,2}'::int[] AS maturity
        FROM generate_series(1, 3) AS s(i);
    """
    columns = {"customer_id": "ID", "started_on": "since", "ended_on": "gone"}
    source = {"database": url, "query": customers, "columns": columns}
    company = load_company(write_settings(tmp_path, {"customers": source}, segments=[]))
    assert company.customers.get_backend().name == "postgres"
    rows = company.customers.to_pandas()
    assert [str(day) for day in rows["started_on"].astype(str)] == ["2024-01-02"] * 3  # in UTC
    assert sorted(rows["had_result"]) == [False, False, True]
    assert rows["recurring_revenue"].tolist() == [12.5] * 3
    assert rows["customer_id"].str.len().tolist() == [36] * 3


@needs("postgres")
def test_what_can_not_be_scanned_there_is_copied_and_told(url, tmp_path, monkeypatch):
    text = "SELECT customer_id, started_on::text, ended_on FROM crm.customers"
    sources = in_crm(url) | {"customers": {"database": url, "query": text}}
    settings = {"segments": [], "maturity": {}}
    company = load_company(write_settings(tmp_path, sources, **settings))
    assert company.customers.get_backend().name == "duckdb"
    told = "copied from the database: postgres query: 'started_on' is a string, not a date"
    assert ("", told) in found(company)
    with pytest.raises(CompanyError, match=r"scan: there can't be: .*'started_on' is a string"):
        load_company(write_settings(tmp_path, sources, scan="there", **settings))
    monkeypatch.setattr(scan, "MOST_COPIED", 10)
    with pytest.raises(CompanyError, match=r"400 rows would .*, because .*scan: here"):
        load_company(write_settings(tmp_path, sources, **settings))
    assert load_company(write_settings(tmp_path, sources, scan="here", **settings)).data_summary


@needs("postgres")
def test_tables_of_a_file_and_a_database_go_together(url, csv, frames, tmp_path):
    write_csv(tmp_path, frames)
    sources = in_crm(url) | {"surveys": {"file": "surveys.csv"}}
    company = load_company(write_settings(tmp_path, sources))
    assert company.customers.get_backend().name == "duckdb"
    same_tables(company, csv)


@needs("postgres")
@pytest.mark.parametrize(
    "case",
    [
        ("$CRM_PASSWORD", "$OTHER", "password authentication failed"),
        ("host=/", "host=/nowhere", "No such file or directory"),
        ("/postgres?", "/elsewhere?", 'database "elsewhere" does not exist'),
    ],
)
def test_errors_of_the_driver_show_no_secret(url, tmp_path, monkeypatch, capsys, case):
    *change, told = case
    monkeypatch.setenv("OTHER", "n0t the/password")
    path = write_settings(tmp_path, in_crm(url.replace(*change)))
    assert main(["check", str(path)]) == 2
    said = capsys.readouterr()
    assert told in said.err and "Traceback" not in said.err
    for secret in (PASSWORD, "n0t the/password", "s3cret", "n0t"):
        assert secret not in said.err + said.out


@needs("postgres")
def test_a_missing_table_is_told_with_the_nearest(url, tmp_path):
    sources = in_crm(url) | {"customers": {"database": url, "table": "crm.customer"}}
    with pytest.raises(CompanyError, match=r"customer.*did you mean 'customers'"):
        load_company(write_settings(tmp_path, sources))
    sources = in_crm(url) | {"customers": {"database": url, "query": "SELECT wrong FROM nowhere"}}
    with pytest.raises(CompanyError, match='postgres: relation "nowhere" does not exist'):
        load_company(write_settings(tmp_path, sources))


NOTEBOOK = """
from csresearch.company import load_company
loaded = load_company(company)
print(loaded, repr(loaded.config), loaded.files, loaded.customers.get_backend())
loaded.customers.get_backend().raw_sql("SELECT 1 / 0")
"""


@needs("postgres")
def test_no_secret_reaches_a_report_or_a_notebook_that_fails(url, tmp_path, capsys):
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    parameters = new_code_cell(
        "company: str = ''  # the company file", metadata={"tags": ["parameters"]}
    )
    cells = [new_markdown_cell("# Broken"), parameters, new_code_cell(NOTEBOOK.strip())]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / "01.ipynb")
    path = write_settings(tmp_path, in_crm(url))
    out = tmp_path / "out"
    assert main(
        ["report", str(path), "--out", str(out), "--notebooks", str(tmp_path / "notebooks")]
    )
    said = capsys.readouterr()
    files = [file.read_text(errors="replace") for file in out.rglob("*") if file.is_file()]
    assert any("division by zero" in text for text in files), said
    for text in [*files, said.out, said.err]:
        assert PASSWORD not in text and "s3cret" not in text


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgres://ann:hunter2@host/crm", "a password or token stands in the URL"),
        ("postgres://ann:$PART-hunter2@host/crm", "a password or token stands in the URL"),
        ("databricks://host?access_token=hunter2", "a password or token stands in the URL"),
        ("postgres://ann:$NOT_THERE@host/crm", "NOT_THERE is not set"),
        ("oracle://ann@host/crm", "'oracle://' is none the kit reads"),
        ("customers", "'://' is none the kit reads"),
    ],
)
def test_urls_that_are_refused(tmp_path, monkeypatch, url, told):
    monkeypatch.setenv("PART", "x")
    monkeypatch.delenv("NOT_THERE", raising=False)
    path = write_settings(tmp_path, {"customers": {"database": url, "table": "t"}})
    with pytest.raises(CompanyError, match=told) as raised:
        load_company(path)
    assert "hunter2" not in str(raised.value)


def test_secrets_are_hidden_however_they_are_written(monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "a b/ä'")
    monkeypatch.setenv("CRM", "postgres://ann:hunter2@host/crm?token=t0ken&sslmode=require")
    url, secrets = expanded("postgres://ann:${CRM_PASSWORD}@host/crm")
    assert url == "postgres://ann:a%20b%2F%C3%A4%27@host/crm"
    for written in ("a b/ä'", "a%20b%2F%C3%A4%27", "a+b%2F%C3%A4%27"):
        assert secrets.hide(f"<{written}>") == "<${CRM_PASSWORD}>"
    assert "b/" not in repr(secrets)
    url, secrets = expanded("$CRM")
    assert url.startswith("postgres://ann:hunter2@")
    assert secrets.hide(f"can't reach {url}") == "can't reach $CRM"
    assert secrets.hide("hunter2, t0ken, require") == "***, ***, require"


@pytest.mark.parametrize("kind", ["snowflake", "bigquery", "trino", "databricks"])
def test_a_missing_driver_is_told_with_its_extra(tmp_path, monkeypatch, kind):
    drivers = ("snowflake.connector", "google.api_core", "trino", "databricks.sql")
    for driver in (*drivers, "google", "google.cloud.bigquery", "databricks", "snowflake"):
        monkeypatch.setitem(__import__("sys").modules, driver, None)
    path = write_settings(tmp_path, {"customers": {"database": f"{kind}://h/c/s", "table": "t"}})
    with pytest.raises(CompanyError, match=rf'pip install "csresearch\[{kind}\]"'):
        load_company(path)


def sqlite_file(path, frames):
    """The one company in SQLite, which has no dates."""
    with closing(sqlite3.connect(path)) as database:
        for name, frame in frames.items():
            frame.astype(object).where(frame.notna(), None).to_sql(name, database, index=False)
        database.execute("CREATE TABLE odd (customer_id, started_on, ended_on)")
        rows = [(1, "2024-01-01", None), ("x", "2024-01-01", ""), (2.5, b"2024-01-01", None)]
        database.executemany("INSERT INTO odd VALUES (?, ?, ?)", rows)
        database.commit()


def duckdb_file(path, frames):
    """The one company in DuckDB, results in a schema of their own."""
    with duckdb.connect(path) as database:
        database.execute("CREATE SCHEMA more")
        for name, frame in frames.items():
            place = f"more.{name}" if name == "results" else name
            database.register("frame", frame)
            database.execute(f"CREATE TABLE {place} AS SELECT * FROM frame")


@pytest.mark.parametrize(
    "kind", [(sqlite_file, "crm.db", "results"), (duckdb_file, "crm.duckdb", "more.results")]
)
def test_database_files_give_the_same_company(csv, frames, tmp_path, kind):
    write, file, results = kind
    path = tmp_path / file
    write(path, frames)
    before = hashlib.sha256(path.read_bytes()).digest()
    sources = {
        "customers": {"file": file, "table": "customers"},
        "results": {"file": file, "query": f"SELECT * FROM {results};"},
        "surveys": {"database": f"{write.__name__[:6]}://{path}", "table": "surveys"},
    }
    company = load_company(write_settings(tmp_path, sources))
    same_tables(company, csv)
    assert company.fingerprint == csv.fingerprint
    assert hashlib.sha256(path.read_bytes()).digest() == before
    extensions = "SELECT extension_name FROM duckdb_extensions() WHERE loaded"
    loaded = {name for (name,) in company.connection.con.execute(extensions).fetchall()}
    assert loaded.isdisjoint({"sqlite_scanner", "postgres_scanner"})
    sources["customers"]["table"] = "custmers"
    with pytest.raises(CompanyError, match="no such table; did you mean 'customers'"):
        load_company(write_settings(tmp_path, sources))
    sources["customers"] = {"file": file, "query": "SELECT nothing FROM customers"}
    with pytest.raises(CompanyError, match=f"{file} query: can't be read"):
        load_company(write_settings(tmp_path, sources))


def test_sqlite_values_keep_their_text_whatever_the_column_declares(frames, tmp_path):
    sqlite_file(tmp_path / "crm.sqlite", frames)
    source = {"customers": {"file": "crm.sqlite", "table": "odd"}}
    company = load_company(write_settings(tmp_path, source, segments=[]))
    assert sorted(company.customers.customer_id.execute()) == ["1", "2.5", "x"]


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "crm.sqlite").write_text("customer_id,started_on\n")
    source = {"customers": {"file": "crm.sqlite", "table": "customers"}}
    with pytest.raises(CompanyError, match="is neither a SQLite nor a DuckDB file"):
        load_company(write_settings(tmp_path, source))
