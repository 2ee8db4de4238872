"""kit.py: standard library alone, an environment made once, made anew when anything changed."""

import ast
import importlib.util
import json
import os
import subprocess
import sys

import pytest
from needs import ROOT


@pytest.fixture
def kit(tmp_path, monkeypatch):
    """kit.py as a module, at home in an empty folder, with building and running written down."""
    spec = importlib.util.spec_from_file_location("kit", ROOT / "kit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.happened = []
    for name, path in {"ROOT": "", "VENV": ".venv", "STAMP": ".venv/kit.stamp"}.items():
        monkeypatch.setattr(module, name, tmp_path / path)
    monkeypatch.setattr(module, "LOCK", tmp_path / "requirements.lock")
    module.LOCK.write_text("numpy==2.4.6\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.chdir(tmp_path)

    def build():
        module.VENV.mkdir(exist_ok=True)
        module.happened.append("build")

    monkeypatch.setattr(module, "build", build)
    monkeypatch.setattr(module, "run", lambda *command: module.happened.append(command) or 0)
    monkeypatch.setattr(module.signal, "signal", lambda *_: None)
    return module


def test_only_the_standard_library_is_imported():
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse((ROOT / "kit.py").read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names <= sys.stdlib_module_names


def test_the_environment_is_made_once(kit):
    kit.setup()
    kit.setup()
    assert kit.happened == ["build"]


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_change_makes_it_anew(kit, name):
    kit.setup()
    (kit.ROOT / name).write_text("changed\n")
    kit.setup()
    assert kit.happened == ["build", "build"]


def test_another_python_or_a_moved_checkout_makes_it_anew(kit, monkeypatch):
    kit.setup()
    monkeypatch.setattr(kit.sys, "version", "3.99")
    kit.setup()
    kit.STAMP.write_text(kit.STAMP.read_text().replace(str(kit.ROOT), "elsewhere"))
    kit.setup()
    assert kit.happened == ["build"] * 3


def test_a_build_that_was_killed_is_no_environment(kit, monkeypatch):
    def killed():
        kit.VENV.mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(kit, "build", killed)
        with pytest.raises(KeyboardInterrupt):
            kit.setup()
    kit.setup()
    assert kit.happened == ["build"]


def test_report_takes_the_bundled_company_unless_told(kit, tmp_path):
    (tmp_path / "mine.yml").write_text("company: Mine\n")
    assert kit.main("report") == 0
    assert kit.main("report", "mine.yml", "-p", "horizon_months=12") == 0
    assert kit.happened[1:] == [
        ("csresearch", "report", "data/steadfast/company.yml"),
        ("csresearch", "report", str(tmp_path / "mine.yml"), "-p", "horizon_months=12"),
    ]


def test_test_runs_every_check_and_fails_if_one_does(kit, monkeypatch):
    monkeypatch.setattr(
        kit, "run", lambda *command: kit.happened.append(command) or len(command) % 2
    )
    assert kit.main("test") == 1
    assert [command[0] for command in kit.happened[1:]] == ["ruff", "ruff", "pytest", "pytest"]
    assert kit.happened[-1][-2:] == ("--nbval", "notebooks")


def test_arguments_of_test_go_to_pytest_alone(kit):
    kit.main("test", "-k", "cox")
    assert kit.happened == ["build", ("pytest", "-k", "cox")]


@pytest.mark.parametrize("task", ["", "--help", "tset"])
def test_anything_else_shows_the_usage_and_builds_nothing(kit, task):
    with pytest.raises(SystemExit, match=r"python3 kit\.py report"):
        kit.main(task)
    assert kit.happened == []


def test_an_unsupported_python_is_told_so(kit, monkeypatch):
    monkeypatch.setattr(kit.sys, "version_info", (3, 10, 1))
    with pytest.raises(SystemExit, match=r"Python 3\.11 to 3\.13"):
        kit.main("report")
    assert kit.happened == []


def test_the_kernel_is_this_environments_even_if_another_is_installed(tmp_path):
    other = tmp_path / "share" / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {
        "argv": ["/nowhere/python", "{connection_file}"],
        "display_name": "x",
        "language": "python",
    }
    (other / "kernel.json").write_text(json.dumps(spec))
    program = (
        "from jupyter_client.manager import KernelManager as K; print(*K().format_kernel_cmd())"
    )
    env = os.environ | {"JUPYTER_PREFER_ENV_PATH": "1", "XDG_DATA_HOME": str(tmp_path / "share")}
    env |= {"JUPYTER_DATA_DIR": str(tmp_path / "share" / "jupyter"), "JUPYTER_PATH": ""}
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert found.split()[0] == sys.executable
