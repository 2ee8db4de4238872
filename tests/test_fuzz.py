"""Files with something wrong in them: refused by name, or loaded with every row accounted for.

A few hundred files here; ``python tests/fuzz.py`` does ten thousand.
"""

import random as randoms
import sys

import fuzz
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ONE_RUN = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
RANDOM = st.randoms(use_true_random=False)


@settings(ONE_RUN, max_examples=250)
@given(random=RANDOM)
def test_settings_with_something_wrong(tmp_path_factory, random):
    folder = tmp_path_factory.mktemp("settings")
    assert fuzz.check_settings(random, folder) in ("read", "refused")


@pytest.mark.parametrize("number", range(12))
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
