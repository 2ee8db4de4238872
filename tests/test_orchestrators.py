"""The recipes of reports/many_companies.md: run as they stand there."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from company_files import FEW_TABLES
from needs import ROOT

from csresearch.cli import parser
from csresearch.simulate import write_company

NOTEBOOKS = Path(__file__).parent / "notebooks"
TEXT = (ROOT / "reports" / "many_companies.md").read_text()
BLOCKS = dict(re.findall(r"^```([\w -]+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
COMPANIES = ("ann", "bob")
REPORTS = {f"report --out reports --jobs 1 clients/{name}/company.yml" for name in COMPANIES}
PORTAL = "portal reports"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two companies, and a csresearch that writes down what it was asked."""
    for name in COMPANIES:
        (tmp_path / "clients" / name).mkdir(parents=True)
        (tmp_path / "clients" / name / "company.yml").touch()
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "csresearch").write_text('#!/bin/sh\necho "$*" >> asked\n')
    # parallel is not everywhere: it calls its command with each of the words after the colons
    (tools / "parallel").write_text(
        '#!/bin/sh\nshift 4; words=""\n'
        'while [ "$1" != ":::" ]; do words="$words $1"; shift; done; shift\n'
        "for one; do $words $one; done\n"
    )
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(folder):
    """What csresearch was asked, as the command line itself reads it."""
    lines = (folder / "asked").read_text().splitlines()
    for line in lines:
        read = parser().parse_args(line.replace(f"{folder}/", "").split())
        assert isinstance(read, argparse.Namespace)
    return [line.replace(f"{folder}/", "") for line in lines]


def shell(words, **options):
    subprocess.run(["sh", "-e", "-c", words], check=True, **options)


@pytest.mark.parametrize("block", ["sh", "sh-parallel", "make"])
def test_what_shells_run(folder, block):
    if block == "make":
        (folder / "Makefile").write_text(BLOCKS["make"])
        [command] = re.findall(r"^`(make [^`]+)`", TEXT, re.MULTILINE)
        shell(command, stdout=subprocess.DEVNULL)
    else:
        shell(BLOCKS[block])
    *reports, last = asked(folder)
    assert set(reports) == REPORTS and len(reports) == len(REPORTS) and last == PORTAL


def test_what_cron_runs():
    [line] = BLOCKS["cron"].splitlines()
    command = line.split("&&")[1].split(">")[0].removesuffix(" 2").strip()
    assert len(line.split(maxsplit=5)[:5]) == 5
    words = command.removeprefix(".venv/bin/csresearch ").split()
    assert parser().parse_args(words).company == ["clients/"]


class Operator(SimpleNamespace):
    """Airflow's, as far as the recipe uses it."""

    made: list = []  # noqa: RUF012

    def __init__(self, **words):
        super().__init__(**words)
        self.made.append(self)

    def __rrshift__(self, before):
        self.after = before


class Dag:
    def __init__(self, name, **words):
        assert name == "csresearch" and not words["catchup"]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


def stand_in(monkeypatch, name, **content):
    """A module of that name, and those above it."""
    for depth in range(1, name.count(".") + 2):
        above = ".".join(name.split(".")[:depth])
        if above not in sys.modules:
            monkeypatch.setitem(sys.modules, above, ModuleType(above))
    for key, value in content.items():
        setattr(sys.modules[name], key, value)


def run_block(kind):
    """Run a recipe as a program."""
    exec(compile(BLOCKS[f"python {kind}"], f"{kind}.py", "exec"), {"__name__": "__main__"})


def test_what_airflow_runs(folder, monkeypatch):
    stand_in(monkeypatch, "airflow.providers.standard.operators.bash", BashOperator=Operator)
    stand_in(monkeypatch, "airflow.sdk", DAG=Dag)
    monkeypatch.setattr(Operator, "made", [])
    run_block("airflow")
    *companies, portal = Operator.made
    assert [one.task_id for one in Operator.made] == [*COMPANIES, "portal"]
    assert portal.after == companies and portal.trigger_rule == "all_done"
    for one in Operator.made:
        shell(one.bash_command, cwd=one.cwd)
    assert asked(folder) == [*sorted(REPORTS), PORTAL]


def test_what_prefect_runs(folder, monkeypatch):
    def task(**words):
        return lambda call: SimpleNamespace(map=lambda given: [call(one) for one in given])

    stand_in(monkeypatch, "prefect.futures", wait=lambda futures: None)
    stand_in(monkeypatch, "prefect", flow=lambda call: call, task=task)
    run_block("prefect")
    assert asked(folder) == [*sorted(REPORTS), PORTAL]


def test_what_dagster_runs(folder, monkeypatch):
    made = []

    def asset(**words):
        return lambda call: made.append((call, words)) or call

    stand_in(
        monkeypatch,
        "dagster",
        asset=asset,
        StaticPartitionsDefinition=list,
        AssetExecutionContext=SimpleNamespace,
    )
    run_block("dagster")
    (report, words), (portal, after) = made
    assert words["partitions_def"] == [*COMPANIES] and after["deps"] == [report]
    for key in words["partitions_def"]:
        report(SimpleNamespace(partition_key=key))
    portal()
    assert asked(folder) == [*sorted(REPORTS), PORTAL]


def test_one_command_a_company_ends_in_the_pages_of_one_call(tmp_path, monkeypatch):
    """The recipe for xargs with the real command."""
    for seed, name in enumerate(COMPANIES):
        path = write_company(FEW_TABLES, tmp_path / "clients" / name, n_customers=60, seed=seed)
        path.write_text(path.read_text().replace("company: smallco", f"company: {name}"))
    (tmp_path / "books").mkdir()
    shutil.copy(NOTEBOOKS / "saves_finding.ipynb", tmp_path / "books" / "01.ipynb")
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    env |= {"CSRESEARCH_ORDINARY_KERNELS": "1"}
    command = BLOCKS["sh"].replace("--jobs 1", "--jobs 1 --notebooks books")
    shell(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL)
    pages = sorted((tmp_path / "reports").glob("*/*.html"))
    assert [page.name for page in pages] == ["01.html", "index.html"] * 2
    portal = (tmp_path / "reports" / "index.html").read_text()
    assert all(f'href="{name}/index.html"' in portal for name in COMPANIES)
    assert not list((tmp_path / "reports").rglob(".*"))
