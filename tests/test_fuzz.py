"""Files with something wrong in them: refused by name, or loaded with every row accounted for.

A few hundred files here; ``python tests/fuzz.py`` does ten thousand.
"""

import datetime
import random as randoms
import sys

import company_files
import fuzz
import mutations
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csresearch import claims
from csresearch.company import Company, load_company
from csresearch.errors import CompanyError

ONE_RUN = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
RANDOM = st.randoms(use_true_random=False)


@settings(ONE_RUN, max_examples=250)
@given(random=RANDOM)
def test_settings_with_something_wrong(tmp_path_factory, random):
    folder = tmp_path_factory.mktemp("settings")
    assert fuzz.check_settings(random, folder) in ("read", "refused")


@pytest.mark.parametrize("number", range(9))
def test_companies_of_files_with_something_wrong(tmp_path, number):
    became = fuzz.check_company(randoms.Random(f"test/{number}"), tmp_path)
    assert len(became) == 5


def test_the_command_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    (tmp_path / "7.log").write_text(
        "0 begun\n0 ok read refused\n1 begun\n", encoding="utf-8"
    )  # the process that had begun company 1 died
    command = ["fuzz.py", "--cases", "12", "--seed", "7", "--jobs", "1", "--keep", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    assert fuzz.main() == 1
    told = capsys.readouterr().out
    assert "12 files: 1 read, 1 refused; 1 companies failed" in told
    assert "--seed 7 --numbers 1: FAILED the process died" in told


@pytest.mark.parametrize("number", range(3))
def test_the_same_rows_in_another_order_and_format(tmp_path, number):
    fuzz.check_twins(randoms.Random(f"twins/{number}"), tmp_path)


def test_findings_whatever_the_order_and_format(tmp_path):
    random, found = randoms.Random(3), []
    tables = mutations.company_tables(random, 90)
    for kinds in (["csv"] * 5, ["xlsx", "json lines", "parquet", "tsv utf-16", "duckdb"]):
        folder = tmp_path / kinds[0]
        folder.mkdir()
        made = {
            name: mutations.write(folder, name, table, kind)
            for (name, table), kind in zip(tables.items(), kinds, strict=True)
        }
        sources = {name: one.settings for name, one in made.items()}
        path = folder / "company.yml"
        path.write_text(yaml.safe_dump({**fuzz.SETTINGS, **sources}), encoding="utf-8")
        found.append([one.to_dict() for one in claims.findings(load_company(path))])
        for table in tables.values():
            mutations.shuffle_rows(random, table)
            mutations.reorder_columns(random, table)
    assert found[0] == found[1]


# Found by the command, and mended.


def test_dates_where_numbers_belong_are_told():
    day = datetime.date(2023, 1, 1)
    customers = pd.DataFrame({"customer_id": ["a"], "started_on": [day], "ended_on": [None]})
    asked = pd.DataFrame(
        {"customer_id": ["a", "a"], "surveyed_on": [day] * 2, "score": [day, None]}
    )
    company = Company.from_frames(customers, surveys=asked, observed_until="2024-12-31")
    assert company_files.found(company, "surveys")["score", "not a number"][:2] == (1, str(day))
    assert company_files.adds_up(company)


def test_infinity_is_no_unix_time(tmp_path):
    rows = "".join(f"{i},2023-01-05,\n" for i in range(3))
    company = company_files.load(
        tmp_path,
        f"customer_id,started_on,ended_on\n{rows}",
        "customer_id,reached_on\n0,1672876800\n1,1672876800\n2,inf\n",
    )
    assert company_files.found(company, "results")["reached_on", "not a date"][:2] == (1, "inf")


def test_messages_quote_hostile_names_in_short_printable_lines(tmp_path):
    names = ",".join(["\u202ename", "\x1b[2J", "x" * 5_000])
    with pytest.raises(CompanyError, match="customer_id") as told:
        company_files.load(tmp_path, f"{names}\na,b,c\n")
    assert fuzz.readable(str(told.value))


def test_a_settings_file_nested_too_deeply_is_refused(tmp_path):
    path = tmp_path / "company.yml"
    path.write_text("company: " + "[" * 5_000, encoding="utf-8")
    with pytest.raises(CompanyError, match=r"company\.yml: is nested far deeper"):
        load_company(path)


def test_column_names_of_rows_set_aside_are_no_formulas(tmp_path):
    company = company_files.load(
        tmp_path, "customer_id,started_on,ended_on,=1+1\na,2024-01-01,,1\nb,x,,2\n"
    )
    (written,) = company.write_set_aside(tmp_path / "out")
    assert fuzz.records(written) == 1
    assert "'=1+1" in written.read_text(encoding="utf-8").splitlines()[0]
