"""What engines say differently: the few functions Ibis does not write for all of them.

Everything else the kit asks of an engine is plain Ibis and the same everywhere.
"""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt

EMBEDDED = "duckdb"
PLAIN_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"


@ibis.udf.scalar.builtin(name="md5")
def _md5(text: dt.string) -> dt.string:
    """MD5 as hexadecimal text, where the engine's function of that name gives text."""


@ibis.udf.scalar.builtin(name="md5")
def _md5_bytes(text: dt.binary) -> dt.binary:
    """MD5 as bytes, where the engine's function of that name gives bytes."""


@ibis.udf.scalar.builtin(name="md5")
def _md5_of_text(text: dt.string) -> dt.binary:
    """MD5 of a text as bytes: BigQuery's."""


@ibis.udf.scalar.builtin(name="to_hex")
def _to_hex(number: dt.binary) -> dt.string:
    """Bytes as hexadecimal text."""


@ibis.udf.scalar.builtin(name="to_utf8")
def _to_utf8(text: dt.string) -> dt.binary:
    """The bytes of a text."""


@ibis.udf.scalar.builtin(name="convert_to")
def _converted(text: dt.string, encoding: dt.string) -> dt.binary:
    """PostgreSQL's bytes of a text."""


def dialect_of(value: ibis.Expr) -> str:
    """The name of the engine an expression runs in, as Ibis calls it."""
    return value.get_backend().name


def is_embedded(value: ibis.Expr) -> bool:
    """Whether an expression runs in the DuckDB of this process."""
    return dialect_of(value) == EMBEDDED


def md5_hex(text: ibis.Value, dialect: str) -> ibis.Value:
    """MD5 of a text as 32 small hexadecimal digits: the same in every engine."""
    if dialect == "bigquery":
        return _to_hex(_md5_of_text(text))
    if dialect == "trino":
        return _to_hex(_md5_bytes(_to_utf8(text))).lower()
    return _md5(text)


def in_byte_order(text: ibis.Value, dialect: str) -> ibis.Value:
    """What to sort a text by, so that every engine sorts alike: PostgreSQL asks the locale."""
    return _converted(text, "UTF8") if dialect == "postgres" else text


def parsed_number(text: ibis.Value, dialect: str) -> ibis.Value:
    """The number a text says, or NULL; PostgreSQL has no cast that may fail."""
    if dialect == EMBEDDED:
        return text.try_cast("float64")
    return text.re_search(PLAIN_NUMBER).ifelse(text, ibis.null("string")).cast("float64")
