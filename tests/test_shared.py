"""A loaded company shared with other processes is the company that its files describe."""

import os
import signal
import subprocess
import sys
import tempfile

import pandas as pd
import pytest
from company_files import write_company
from needs import ROOT

from csresearch.company import load_company
from csresearch.company.shared import SHARED_IN, reopened, shared

CUSTOMERS = """customer_id,started_on,ended_on,maturity,region
a,2023-01-01,2024-03-01,low,north
b,2023-02-01,,high,south
c,2023-03-01,,medium,north
c,2023-03-02,,medium,north
d,soon,,high,south
e,2023-05-01,2022-01-01,low,south
"""
RESULTS = "customer_id,reached_on,result\na,2023-06-01,hours\nb,2023-07-01,=1+1\nz,2023-07-01,x\n"
SURVEYS = "customer_id,surveyed_on,score\na,2023-06-01,7\nb,2023-08-01,9\n"


def lives(company):
    return company.lifetimes().to_pandas().sort_values("customer_id", ignore_index=True)


def written(company, folder):
    return {path.name: path.read_bytes() for path in company.write_set_aside(folder)}


@pytest.fixture
def path(tmp_path):
    return write_company(tmp_path, CUSTOMERS, RESULTS, SURVEYS, segments=["region"])


def test_it_is_the_same_company(path, tmp_path):
    company = load_company(path)
    with shared(company, path):
        there = reopened(path)
    assert there.fingerprint == company.fingerprint
    assert repr(there) == repr(company)
    assert (there.config, there.folder, there.files) == (
        company.config,
        company.folder,
        company.files,
    )
    for name in ("problems", "set_aside", "row_counts", "readings"):
        pd.testing.assert_frame_equal(getattr(there, name), getattr(company, name))
    pd.testing.assert_frame_equal(lives(there), lives(company))
    pd.testing.assert_frame_equal(there.episodes(["region"]), company.episodes(["region"]))
    aside = written(company, tmp_path / "first")
    assert len(aside) == 2 and aside == written(there, tmp_path / "second")


def test_another_process_opens_it_without_reading_the_files(path):
    told = "import sys; from csresearch import load_company; firm = load_company(sys.argv[1]); "
    told += "ask = 'SELECT DISTINCT database_name FROM duckdb_tables()'; "
    told += "print(firm.fingerprint, firm.connection.raw_sql(ask).fetchall())"
    company = load_company(path)
    with shared(company, path):
        command = [sys.executable, "-c", told, str(path)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == f"{company.fingerprint} [('shared',)]"


def test_what_has_changed_is_read_anew(path):
    company = load_company(path)
    with shared(company, path):
        survey = path.parent / "surveys.csv"
        survey.write_text(SURVEYS + "b,2023-09-01,8\n")
        assert reopened(path) is None
        assert int(load_company(path).surveys.count().execute()) == 3
        survey.write_text(SURVEYS)
        assert reopened(path) is not None
        path.write_text(path.read_text().replace("segments:", "time_zone: Europe/Paris\nsegments:"))
        assert reopened(path) is None


def test_nothing_is_left_behind(path):
    with pytest.raises(KeyboardInterrupt), shared(load_company(path), path):
        folder = os.environ[SHARED_IN]
        assert os.stat(folder).st_mode & 0o077 == 0  # nobody else may read customers' rows
        raise KeyboardInterrupt
    assert SHARED_IN not in os.environ
    assert not os.path.exists(folder)
    assert reopened(path) is None


def test_parquet_is_not_copied(tmp_path):
    path = write_company(tmp_path, CUSTOMERS)
    pd.read_csv(tmp_path / "customers.csv").to_parquet(tmp_path / "customers.parquet")
    path.write_text(path.read_text().replace("customers.csv", "customers.parquet"))
    company = load_company(path)
    with shared(company, path):
        assert reopened(path) is None
        assert load_company(path).fingerprint == company.fingerprint


@pytest.mark.parametrize("name", ["smallco", "mirage"])
def test_bundled_companies_are_shared(name):
    path = ROOT / "data" / name / "company.yml"
    company = load_company(path)
    with shared(company, path):
        assert reopened(path).fingerprint == company.fingerprint


def test_what_a_killed_process_left_is_removed_by_the_next(path, tmp_path, monkeypatch):
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    foreign = temp / "csr-without-a-lock"
    foreign.mkdir()
    told = "import os, sys; from pathlib import Path; from csresearch import load_company; "
    told += "from csresearch.company.shared import shared; path = Path(sys.argv[1])\n"
    told += "with shared(load_company(path), path): os.kill(os.getpid(), 9)"
    environment = {**os.environ, "TMPDIR": str(temp)}
    done = subprocess.run([sys.executable, "-c", told, str(path)], env=environment)
    assert done.returncode == -signal.SIGKILL
    [left] = set(temp.iterdir()) - {foreign}
    assert any(left.glob("*.pickle"))
    company = load_company(path)
    with shared(company, path):
        [mine] = set(temp.iterdir()) - {foreign}
        assert mine != left
        with shared(company, path):  # what is in use stays
            assert mine.is_dir() and len(list(temp.iterdir())) == 3
    assert list(temp.iterdir()) == [foreign]
