"""What the project says about itself is true: lock, environment, documents, tracked files."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib

import pytest
from needs import COMPONENTS, ROOT, missing
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
KIT = (ROOT / "kit.py").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PYTHONS = ("3.11", "3.12", "3.13")
PINNED = re.compile(r"^([\w.-]+)==(\S+?)(?: ; (.+?))? \\$", re.MULTILINE)

# Built from pieces, so that this file does not name them either.
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
HOSTS += [".".join(parts) for parts in (("deb", "debian", "org"), ("anaconda", "org"))]
MACHINE_PATH = re.compile(r"(?<![\w.:])/(?:home|Users|root|tmp|work|mnt|opt)/[\w.]")


def tracked() -> list[str]:
    """Files git knows, and those it would add; without git the test is no use and says so."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode:
        pytest.skip("not a git checkout")
    return [name for name in found.stdout.splitlines() if (ROOT / name).is_file()]


def required() -> list[Requirement]:
    """Everything the lock has to satisfy: the package, its tests, its own installation."""
    names = PROJECT["dependencies"] + PYPROJECT["build-system"]["requires"]
    extras = [name for extra in PROJECT["optional-dependencies"].values() for name in extra]
    return [Requirement(name) for name in names + extras + PYPROJECT["dependency-groups"]["kit"]]


def locked(python: str) -> dict[str, Version]:
    """Versions the lock pins for a Python version on Linux."""
    here = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    pins = PINNED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    return {
        canonicalize_name(name): Version(version)
        for name, version, marker in pins
        if not marker or Marker(marker).evaluate(here)
    }


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_satisfies_pyproject(python):
    pins = locked(python)
    unmet = [str(need) for need in required() if pins.get(canonicalize_name(need.name)) is None]
    unmet += [
        f"{need}, locked {pins[canonicalize_name(need.name)]}"
        for need in required()
        if need.name in pins and not need.specifier.contains(pins[canonicalize_name(need.name)])
    ]
    assert unmet == []


def test_every_pin_of_the_lock_has_a_hash():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 100
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_environment_yml_is_what_pyproject_says():
    path = ROOT / "tools" / "environment.py"
    spec = importlib.util.spec_from_file_location("environment", path)
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    written = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert written == generator.environment(), "run python tools/environment.py"
    assert PROJECT["requires-python"] in written


def test_python_versions_agree_everywhere():
    supported = SpecifierSet(PROJECT["requires-python"])
    assert [f"3.{minor}" for minor in range(9, 20) if f"3.{minor}" in supported] == list(PYTHONS)
    assert "Python 3.11 to 3.13" in KIT and "(3, 11) <= sys.version_info[:2] <= (3, 13)" in KIT
    assert "Python 3.11 to 3.13" in README


def test_kit_is_under_eighty_lines():
    assert len(KIT.splitlines()) < 80


def test_the_first_screen_of_the_readme_shows_both_commands():
    first = "\n".join(README.splitlines()[:40])
    assert "python3 kit.py report" in first and "python3 kit.py test" in first


def test_commands_the_documents_name_exist():
    texts = (
        README + (ROOT / "CONTRIBUTING.md").read_text() + (ROOT / "reports/README.md").read_text()
    )
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    described = set(re.findall(r"^python3 kit\.py (\w+)", KIT, re.MULTILINE))
    built = {a or b for a, b in re.findall(r'tasks\["(\w+)"\]|\b(\w+)=\[', KIT)}
    assert set(re.findall(r"kit\.py (\w+)", texts)) <= described == built
    assert set(re.findall(r"`make (\w+)", texts)) <= targets


def test_files_the_documents_name_exist():
    texts = README + (ROOT / "CONTRIBUTING.md").read_text()
    links = {link for link in re.findall(r"\]\(([^)#]+)", texts) if "://" not in link}
    named = set(re.findall(r"`((?:csresearch|tests|tools|data|notebooks)/[\w./-]+)`", texts))
    assert sorted(name for name in links | named if not (ROOT / name).exists()) == []


def test_notebooks_of_the_readme_are_those_that_exist():
    named = set(re.findall(r"\b\d\d_[a-z_]+\b", README))
    assert named == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_the_makefile_is_small_and_explains_itself():
    targets = re.findall(r"^([a-z]+):.*$", MAKEFILE, re.MULTILINE)
    explained = re.findall(r"^([a-z]+):.*## .+$", MAKEFILE, re.MULTILINE)
    assert targets == explained and len(targets) <= 8
    assert ".DEFAULT_GOAL := help" in MAKEFILE


def test_the_version_is_the_newest_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == PROJECT["version"]


def test_no_file_names_a_registry_host_or_a_path_of_one_machine():
    found = []
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {host}" for host in HOSTS if host in text]
        found += [f"{name}: {match[0]}…" for match in MACHINE_PATH.finditer(text)]
    assert found == []


def test_no_large_file_and_no_foreign_data_is_tracked():
    sizes = {name: (ROOT / name).stat().st_size for name in tracked()}
    assert [name for name, size in sizes.items() if size > 3_000_000] == []
    assert [name for name in sizes if name.endswith(("studentInfo.csv", "studentVle.csv"))] == []


def test_no_notebook_is_a_leftover_of_a_report():
    stored = [name for name in tracked() if name.endswith(".ipynb")]
    assert [
        name for name in stored if "papermill" in json.loads((ROOT / name).read_text())["metadata"]
    ] == []


def test_components_tests_may_need_are_found_or_explained(monkeypatch, tmp_path):
    monkeypatch.setitem(COMPONENTS, "nowhere", (lambda: tmp_path, "absent.csv"))
    assert missing("nowhere") == f"needs nowhere: {tmp_path.name}/absent.csv is not here"
    (tmp_path / "absent.csv").touch()
    assert missing("nowhere") is None


SKIPPING = """
import pytest

@pytest.mark.skipif(True, reason="needs a thing")
def test_skipped():
    assert True

@pytest.mark.xfail(reason="known")
def test_expected_to_fail():
    assert False
"""


@pytest.mark.parametrize(("require", "code"), [("", 0), ("all", 1)])
def test_a_skip_is_listed_and_fails_where_everything_is_required(tmp_path, require, code):
    """The policy of conftest.py, run by pytest on a file of its own."""
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    env = os.environ | {"PYTHONPATH": str(ROOT / "tests"), "CSRESEARCH_REQUIRE": require}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", f"--rootdir={tmp_path}", "."]
    run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert run.returncode == code, run.stdout
    assert ("1  needs a thing" in run.stdout) is (code == 0)
    assert ("CSRESEARCH_REQUIRE=all, yet this was skipped: needs a thing" in run.stdout) is bool(
        code
    )
