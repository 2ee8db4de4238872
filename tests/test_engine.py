"""The engine of this process: what it does when memory runs out, and how it reads a cell's text."""

import gc
import os
import weakref

import duckdb
import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from csresearch.company.sources import compiled, connect, kept, named, process
from csresearch.company.sources.process import LITTLE_MB, MEMORY_MB, MUCH_TO_READ
from csresearch.company.text import as_text

BLANKS = " \t\n\r\v\f"
ALPHABET = BLANKS + "ab\x00\x1f!é\u0301\u200d😀\u00a0"


def limit(connection):
    """The engine's memory limit in MB."""
    said = connection.con.cursor().execute("SELECT current_setting('memory_limit')").fetchone()[0]
    number, unit = said.split()
    return round(float(number) * {"MiB": 1.048576, "GiB": 1073.741824}[unit])


@pytest.mark.parametrize("ask", ["execute", "raw_sql", "to_pyarrow"])
def test_out_of_memory_is_asked_again_with_little(ask, monkeypatch):
    connection, limits = connect(), []
    asked = "SELECT 7" if ask == "raw_sql" else ibis.literal(7).name("x")
    real = getattr(Backend, ask)

    def short(self, *args, **how):
        limits.append(limit(self))
        if len(limits) == 1:
            raise duckdb.OutOfMemoryException("failed to pin block")
        return real(self, *args, **how)

    monkeypatch.setattr(Backend, ask, short)
    answer = getattr(connection, ask)(asked)
    read = {"execute": int, "raw_sql": lambda a: a.fetchone()[0], "to_pyarrow": lambda a: a.as_py()}
    assert read[ask](answer) == 7
    much = limit(connection)
    assert limits == [much, pytest.approx(min(LITTLE_MB, much), rel=0.01)]
    assert much <= MEMORY_MB * 1.01


def test_a_query_too_large_for_any_limit_says_so(monkeypatch):
    connection = connect()
    before = limit(connection)

    def short(self, *args, **how):
        raise duckdb.OutOfMemoryException("failed to pin block")

    monkeypatch.setattr(Backend, "execute", short)
    with pytest.raises(duckdb.OutOfMemoryException):
        connection.execute(ibis.literal(7))
    assert limit(connection) == before


def test_rows_are_kept_until_the_next_of_the_name():
    connection = connect()
    numbers = connection.create_table("numbers", ibis.memtable({"x": [1, 2, 3]}))
    once = kept("chosen", numbers.filter(numbers.x > 1))
    assert once.count().execute() == 2
    assert kept("chosen", numbers.filter(numbers.x > 2)).count().execute() == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(ALPHABET, max_size=6), min_size=1, max_size=8))
def test_blanks_around_a_text_are_no_part_of_it(texts):
    connection = connect()
    table = connection.create_table("t", ibis.memtable({"i": range(len(texts)), "cell": texts}))
    found = table.select("i", text=as_text(table.cell)).order_by("i").to_pyarrow()
    assert found["text"].to_pylist() == [text.strip(BLANKS) or None for text in texts]


def test_answers_are_those_of_ibis_own_backend():
    """Bound once here and twice there: values and types stay, with a frame among tables too."""
    one = (
        "1::TINYINT, 1.5, 'a', DATE '2024-02-29', TRUE, 2.25::DECIMAL(9, 2), TIMESTAMP '2024-01-01'"
    )
    rows = f"(VALUES ({one}), ({', '.join(['NULL'] * 7)}))"
    sql = f"SELECT * FROM {rows} AS t(tiny, number, text, day, flag, exact, moment)"
    names = ibis.memtable(pd.DataFrame({"text": ["a", "b"], "n": [1, 2]}))
    answers = []
    for connection in (connect(), ibis.duckdb.connect()):
        connection.raw_sql(f"CREATE TABLE things AS {sql}")
        things = connection.table("things")
        joined = things.left_join(names, "text").order_by("tiny")
        answers.append((joined.to_pyarrow(), joined.to_pandas(), things.count().execute()))
    (ours, frame, n), (theirs, expected, m) = answers
    assert ours.equals(theirs) and n == m == 2
    pd.testing.assert_frame_equal(frame, expected)


def numbers_of(connection, numbers):
    """A table of numbers, under the same name in every engine."""
    connection.raw_sql(f"CREATE TABLE numbers AS SELECT unnest({numbers}) AS x")
    return connection.table("numbers")


def test_companies_side_by_side_have_tables_of_their_own():
    first, second = connect(), connect()
    one, other = numbers_of(first, [1, 2]), numbers_of(second, [3, 4, 5])
    assert (one.x.sum().execute(), other.x.sum().execute()) == (3, 12)
    doubled = [named(table.mutate(x=table.x * 2)) for table in (one, other)]
    assert [table.x.sum().execute() for table in doubled] == [6, 24]


def databases():
    """What the DuckDB of this process holds."""
    asked = connect().con.execute("SELECT database_name FROM duckdb_databases()").fetchall()
    return {name for (name,) in asked}


def test_what_a_company_held_is_freed_with_it():
    connection = connect()
    numbers = numbers_of(connection, [1, 2])
    name, there = connection.home, weakref.ref(connection)
    for _ in range(3):  # remembered by now
        assert (numbers.x + 19).sum().execute() == 41
    del connection
    assert name in databases()  # its tables still can be asked
    del numbers
    gc.collect()
    assert there() is None and name not in databases()


def test_what_is_let_go_while_another_is_opened_is_freed_by_that_one():
    connection = connect()
    name = connection.home
    with process._lock:  # as if a company were being opened
        del connection
        gc.collect()
    assert name not in databases()


def test_what_comes_again_is_compiled_no_more_and_answered_anew(monkeypatch):
    made = []
    real = Backend.compile
    monkeypatch.setattr(Backend, "compile", lambda *a, **k: made.append(1) or real(*a, **k))
    answers, compiled_so_far = [], []
    for number in range(5):
        numbers = numbers_of(connect(), [number, 10])
        made.clear()
        answers.append(numbers.filter(numbers.x < 7).x.sum().execute())
        compiled_so_far.append(len(made))
    assert answers == [0, 1, 2, 3, 4]
    assert compiled_so_far == [1, 1, 0, 0, 0]


def test_values_that_are_alike_in_python_are_compiled_apart():
    for _ in range(3):
        numbers = numbers_of(connect(), [1, 2])
        said = [numbers.mutate(y=ibis.literal(v)).execute()["y"].dtype for v in (1, 1.0, True)]
        assert [dtype.kind for dtype in said] == ["i", "f", "b"]


def test_frames_are_never_taken_for_one_another():
    numbers = numbers_of(connect(), [1, 2])
    for name in ("a", "b", "c"):
        names = ibis.memtable(pd.DataFrame({"x": [1, 2], "name": [name, "z"]}))
        found = numbers.join(names, "x").order_by("x").to_pandas()
        assert found["name"].tolist() == [name, "z"]


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(compiled, "MOST", 3)
    for store in ("_sql", "_seen"):
        monkeypatch.setattr(compiled, store, {})
    numbers = numbers_of(connect(), [1])
    for _ in range(3):
        for more in range(6):
            assert (numbers.x + more).sum().execute() == 1 + more
    assert len(compiled._seen) == 3 >= len(compiled._sql)


def test_little_is_read_on_one_core_and_much_on_all():
    connection = connect(apart=True)

    def cores():
        asked = connection.con.cursor().execute("SELECT current_setting('threads')")
        return asked.fetchone()[0]

    connection.expect(MUCH_TO_READ)
    assert cores() == 1
    connection.expect(MUCH_TO_READ + 1)
    assert cores() == len(os.sched_getaffinity(0))


def test_on_all_cores_rows_come_in_the_order_asked_for():
    connection = connect(apart=True)
    connection.expect(MUCH_TO_READ + 1)
    connection.raw_sql("CREATE TABLE mixed AS SELECT hash(i) % 100000 AS x FROM range(50000) r(i)")
    ordered = connection.table("mixed").order_by("x")
    for _ in range(10):
        assert ordered.execute()["x"].is_monotonic_increasing
        assert pd.Series(ordered.to_pyarrow()["x"].to_pylist()).is_monotonic_increasing
