"""Every query the kit asks, as the SQL of databases nobody here can connect to.

A stand-in says it is Snowflake (or BigQuery, Trino, Databricks), writes each query down in that
dialect, and has it answered by DuckDB, so that the next query follows from the answer.
"""

import ibis
import pyarrow as pa
import pytest
import sqlglot
from one_company import SETTINGS, made_frames, what_is_found, write_csv
from sqlglot import exp

from csresearch.claims.histories import history_of
from csresearch.company import load_company
from csresearch.company.config import check_config
from csresearch.company.engines import in_byte_order, md5_hex, parsed_number
from csresearch.company.ingest import ingest_safely
from csresearch.company.loaded import Company
from csresearch.company.scan import scanned_somewhere
from csresearch.company.sources import Opened, connect
from csresearch.company.sources.opened import no_lines

DIALECTS = ("snowflake", "bigquery", "trino", "databricks")
DUCKDB_ONLY = {"hash", "bitstring_agg", "bit_count", "try_strptime", "md5_number", "strptime"}


class StandIn:
    """Has the name of an engine, writes queries down in its dialect, and lets DuckDB answer.

    A query asked twice is written and answered once: that is what takes the time.
    """

    def __init__(self, name, frames):
        self.name, self.asked, self.answers = name, [], {}
        self.engine = connect()
        for table, frame in frames.items():
            rows = pa.Table.from_pandas(frame, preserve_index=False)
            self.engine.con.register(table, rows)

    def table(self, name):
        schema = self.engine.table(name).schema()
        return ibis.expr.operations.DatabaseTable(name, schema=schema, source=self).to_expr()

    def _answer(self, ask, expression, **options):
        key = ask, expression.op(), *options.items()
        if key not in self.answers:
            self.asked.append(str(ibis.to_sql(expression, dialect=self.name)))
            self.answers[key] = getattr(self.engine, ask)(expression.unbind(), **options)
        return self.answers[key]

    def execute(self, expression, **options):
        return self._answer("execute", expression, **options)

    def to_pyarrow(self, expression, **options):
        return self._answer("to_pyarrow", expression, **options)


def company_there(stand_in, frames):
    """The company whose tables the stand-in has."""
    content = SETTINGS | {name: {"database": "x://", "table": name} for name in frames}
    config = check_config(content | {"scan": "there"})
    opened = {n: Opened(stand_in.table(n), n, True, no_lines()) for n in frames}
    connection = connect()
    loaded = ingest_safely(config, scanned_somewhere(connection, config, opened))
    parts = {name: getattr(loaded, name) for name in ("tables", "checked", "placed", "bands")}
    more = {"shape_tables": loaded.shape_tables} if hasattr(loaded, "shape_tables") else {}
    files = dict.fromkeys(frames, "x")
    return Company(config=config, folder=None, connection=connection, files=files, **parts, **more)


def functions(sql, dialect):
    """Names of the functions a query calls that SQLGlot has no class for."""
    tree = sqlglot.parse_one(sql, read=dialect)
    return {node.name.casefold() for node in tree.find_all(exp.Anonymous)}


@pytest.fixture(scope="module")
def frames():
    """The one company without accounts: DuckDB can't answer other engines' MD5."""
    made = made_frames()
    return made | {"customers": made["customers"].drop(columns="parent_id")}


@pytest.fixture(scope="module")
def here(frames, tmp_path_factory):
    """The same company from files, and an event table of it."""
    company = load_company(write_csv(tmp_path_factory.mktemp("here"), frames))
    return company, company.event_table(["maturity", "plan", "state"])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_queries_of_a_company_are_written_in_the_engines_own_sql(dialect, frames, here):
    stand_in = StandIn(dialect, frames)
    there = company_there(stand_in, frames)
    history_of(there, ("maturity", "plan"), change="result_day")
    scan = sqlglot.parse_one(stand_in.asked[-1], read=dialect)
    assert len(stand_in.asked) > 6
    for sql in stand_in.asked:
        assert functions(sql, dialect).isdisjoint(DUCKDB_ONLY)
    groups = [select for select in scan.find_all(exp.Select) if select.args.get("group")]
    by = [len(select.args["group"].expressions) for select in groups]
    assert 6 in by  # maturity, plan, entry, change, exit, churned: the scan that counts
    assert {t.name for t in scan.find_all(exp.Table) if t.name in frames} == {
        "customers",
        "results",
    }
    assert not list(scan.find_all(exp.Create, exp.Insert, exp.Drop))
    assert there.event_table(["maturity", "plan", "state"]).equals(here[1])


def test_claims_ask_databases_the_same_questions(frames, here):
    stand_in = StandIn("snowflake", frames)
    found, expected = what_is_found(company_there(stand_in, frames)), what_is_found(here[0])
    assert [f["verdict"] for f in found] == [f["verdict"] for f in expected]
    assert [f["sentence"] for f in found] == [f["sentence"] for f in expected]
    for sql in stand_in.asked:
        assert functions(sql, "snowflake").isdisjoint(DUCKDB_ONLY)


@pytest.mark.parametrize(
    ("dialect", "md5", "number"),
    [
        ("duckdb", "md5(x)", "TRY_CAST(x AS DOUBLE)"),
        ("postgres", "md5(x)", "CASE"),
        ("snowflake", "md5(x)", "IFF"),
        ("databricks", "md5(x)", "IF("),
        ("bigquery", "TO_HEX(MD5(x))", "IF("),
        ("trino", "LOWER(TO_HEX(MD5(TO_UTF8(x))))", "IF("),
    ],
)
def test_what_engines_say_differently(dialect, md5, number):
    text = ibis.table({"x": "string"}, name="t").x

    def written(value):
        sql = str(ibis.to_sql(value.name("y"), dialect=dialect, pretty=False))
        return sql.replace('"', "").replace("`", "").replace("t0.", "").casefold()

    assert md5.casefold() in written(md5_hex(text, dialect))
    assert number.casefold() in written(parsed_number(text, dialect))
    sorts_alike = text if dialect != "postgres" else None
    assert (in_byte_order(text, dialect) is sorts_alike) == (dialect != "postgres")


def test_plain_numbers_are_read_where_no_cast_may_fail():
    texts = ["1", "-2.5", "+.5", "1e3", "7.", "", "1,5", "0x1F", "nan", "1e", "--1", None]
    table = ibis.memtable({"x": texts}, schema={"x": "string"})
    read = parsed_number(table.x, "postgres").execute()
    expected = [1, -2.5, 0.5, 1000, 7, *[None] * 7]
    assert [None if value != value else value for value in read] == expected
