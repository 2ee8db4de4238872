"""Connections to databases through Ibis, none of which can write, and their errors in words."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from csresearch.company.sources.credentials import Secrets, expanded
from csresearch.errors import CompanyError, did_you_mean

ALIASES = {"postgresql": "postgres", "spark": "pyspark"}
EXTRAS = {
    "postgres": "postgres",
    "pyspark": "spark",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "trino": "trino",
    "databricks": "databricks",
}
ASKED = ("execute", "to_pyarrow", "to_pyarrow_batches", "raw_sql", "table", "sql", "get_schema")


def connect_to(url: str) -> BaseBackend:
    """A connection to the database a URL of company.yml names; it can only read.

    Raises
    ------
    CompanyError
        If the URL can't be used, its driver is not installed, or the database does not answer.
        Like all the connection's later errors it shows no password, token or $NAME's value.
    """
    address, secrets = expanded(url)
    given = urlsplit(address).scheme
    kind = ALIASES.get(given, given)
    if kind not in EXTRAS:
        hint = did_you_mean(kind, [*EXTRAS, "duckdb", "sqlite"])
        raise CompanyError(f"company.yml: database: '{kind}://' is none the kit reads; {hint}")
    connect = told_as_company_error(_CONNECTORS.get(kind, _by_ibis), kind, secrets)
    connection = connect(kind + address[len(given) :])
    for name in ASKED:
        answer = told_as_company_error(getattr(connection, name), kind, secrets)
        setattr(connection, name, answer)
    if hasattr(connection, "con"):  # closed when nothing uses it any more
        weakref.finalize(connection, connection.con.close)
    stream = connection.to_pyarrow_batches
    connection.to_pyarrow_batches = lambda *args, **kwargs: _safe_batches(
        stream(*args, **kwargs), kind, secrets
    )
    return connection


def _safe_batches(
    reader: pa.RecordBatchReader, kind: str, secrets: Secrets
) -> pa.RecordBatchReader:
    """The reader, whose errors on the way are told like all others."""
    read_next = told_as_company_error(reader.read_next_batch, kind, secrets)

    def batches() -> Iterator[pa.RecordBatch]:
        while True:
            try:
                yield read_next()
            except StopIteration:
                return

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def told_as_company_error(ask: Callable, kind: str, secrets: Secrets) -> Callable:
    """The function, whose errors become a CompanyError without anything secret."""

    @functools.wraps(ask)
    def asked(*args: Any, **kwargs: Any) -> Any:
        try:
            return ask(*args, **kwargs)
        except (CompanyError, StopIteration):
            raise
        except ImportError:
            message = f'{kind} needs its driver: pip install "csresearch[{EXTRAS[kind]}]"'
        except Exception as error:  # each driver has errors of its own
            told = str(error).strip() or type(error).__name__
            message = f"{kind}: {secrets.hide(told).splitlines()[0][:500]}"
        raise CompanyError(
            message
        )  # outside the handlers: nothing of the driver's error goes along

    return asked


def _by_ibis(address: str) -> BaseBackend:
    """The way Ibis connects to a URL."""
    return ibis.connect(address)


def _postgres(address: str) -> BaseBackend:
    """PostgreSQL, in a session that may only read."""
    connection = ibis.connect(address)
    with connection.begin() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    return connection


def _snowflake(address: str) -> BaseBackend:
    """Snowflake, without the functions Ibis would create there."""
    return ibis.connect(address, create_object_udfs=False)


def _databricks(address: str) -> BaseBackend:
    """Databricks SQL, without the volume Ibis would create there; Ibis reads no URL of it."""
    parts = urlsplit(address)
    catalog, _, schema = parts.path.strip("/").partition("/")
    named = {"server_hostname": parts.hostname, "catalog": catalog, "schema": schema}
    given = dict(parse_qsl(parts.query)) | {key: value for key, value in named.items() if value}
    connection = import_module("ibis.backends.databricks").Backend()
    connection._post_connect = lambda **_: None
    connection.do_connect(**given)
    return connection


_CONNECTORS = {"postgres": _postgres, "snowflake": _snowflake, "databricks": _databricks}
