"""The engine of this process: what it does when memory runs out, and how it reads a cell's text."""

import duckdb
import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from csresearch.company.sources import connect, kept
from csresearch.company.sources.engine import LITTLE_MB, MEMORY_MB
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
