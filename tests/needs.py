"""Marks for tests that need something a fresh clone may not have.

Use ``@needs("open-university")``: where the component is missing the test is skipped with the
reason, and fails if ``CSRESEARCH_REQUIRE=all`` (conftest.py). Components and how to look for them
are listed once, here.
"""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from servers import postgres_programs

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def shared_oracles() -> Path:
    """Folder of the oracle numbers and data that are too large or not ours to commit."""
    return SHARED / "oracles"


def open_university() -> Path:
    """Folder of the Open University files, looked for where its company.yml looks."""
    own = os.environ.get("CSRESEARCH_DATA")
    folders = [Path(own), Path(own) / "oulad"] if own else []
    folders.append(SHARED / "data" / "oulad")
    return next(
        (folder for folder in folders if (folder / "studentInfo.csv").exists()), folders[-1]
    )


def pyspark() -> Path:
    """Folder of PySpark, where there is a Java to run it."""
    spec = importlib.util.find_spec("pyspark") if shutil.which("java") else None
    return Path(spec.origin).parent if spec else Path("pyspark")


COMPONENTS = {
    "shared-oracles": (shared_oracles, "json/km_rmst.json"),
    "open-university": (open_university, "studentInfo.csv"),
    "postgres": (postgres_programs, "initdb"),
    "spark": (pyspark, "jars"),
}


def missing(component: str) -> str | None:
    """Why a component cannot be used here, or None if it can."""
    find, witness = COMPONENTS[component]
    if (find() / witness).exists():
        return None
    return f"needs {component}: {find().name}/{witness} is not here"


def needs(component: str) -> pytest.MarkDecorator:
    """Mark that skips a test where the component is missing."""
    reason = missing(component)
    return pytest.mark.skipif(reason is not None, reason=reason or component)


def required() -> bool:
    """Whether a skipped test is a failure."""
    return os.environ.get("CSRESEARCH_REQUIRE") == "all"
