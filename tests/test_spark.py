"""Spark in local mode: the same company as from CSV files."""

import pandas as pd
import pytest
from company_files import adds_up
from needs import needs
from one_company import made_frames, what_is_wrong, write_csv, write_settings

from csresearch.claims.histories import history_of
from csresearch.company import CompanyError, load_company

CELLS = ("maturity", "plan")


@pytest.fixture(scope="module")
def frames():
    return made_frames(60)


@pytest.fixture(scope="module")
def tables(spark, frames, tmp_path_factory):
    """Sources of the one company, as temporary views of the session."""
    folder = tmp_path_factory.mktemp("parquet")
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet")
        spark.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
    return {name: {"database": "pyspark://", "table": name} for name in frames}


@needs("spark")
def test_spark_gives_the_same_company_and_histories(spark, tables, frames, tmp_path):
    csv = load_company(write_csv(tmp_path / "csv", frames))
    company = load_company(write_settings(tmp_path, tables))
    assert company.customers.get_backend().name == "pyspark"
    assert what_is_wrong(company) == what_is_wrong(csv)
    assert company.data_summary == csv.data_summary
    for change in ("result_day", "survey_day"):
        one, other = (history_of(c, CELLS, change=change) for c in (company, csv))
        days = ["entry", "change", "exit", "churned", "n"]
        keys = [*other.by, *days[:-1]]
        pd.testing.assert_frame_equal(
            one.frame.astype({c: str for c in one.by}).sort_values(keys, ignore_index=True),
            other.frame.astype({c: str for c in one.by}).sort_values(keys, ignore_index=True),
        )
    shown = spark.sql("SHOW TABLES").collect()
    assert {row.tableName for row in shown} == set(tables)


@needs("spark")
def test_spark_tables_are_copied_where_that_is_asked(tables, frames, tmp_path):
    csv = load_company(write_csv(tmp_path / "csv", frames))
    company = load_company(write_settings(tmp_path, tables, scan="here"))
    assert company.customers.get_backend().name == "duckdb"
    pd.testing.assert_frame_equal(company.event_table(), csv.event_table())
    assert company.fingerprint == csv.fingerprint
    assert adds_up(company)


@needs("spark")
def test_a_table_spark_does_not_have_is_told(tables, tmp_path):
    wrong = tables | {"customers": {"database": "spark://", "table": "customer"}}
    with pytest.raises(CompanyError, match=r"pyspark: .*customer"):
        load_company(write_settings(tmp_path, wrong))
