"""Write environment.yml, the conda way in, from pyproject.toml.

Conda brings Python and pip; the packages come from pip with pyproject.toml's own bounds, so that
there is one list of them. ``python tools/environment.py`` writes the file, a test compares.
"""

import tomllib
from pathlib import Path

WAREHOUSES = {"spark", "snowflake", "bigquery", "trino", "databricks"}  # large, for who has one
ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = """\
# Written by tools/environment.py from pyproject.toml; change that and run `make lock`.
name: {name}
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python {python}
  - pip
  - pip:
      - -e .[{extras}]
"""


def environment(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """Text of environment.yml for a pyproject.toml."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return TEMPLATE.format(
        name=project["name"],
        python=project["requires-python"],
        extras=",".join(e for e in project["optional-dependencies"] if e not in WAREHOUSES),
    )


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment(), encoding="utf-8")
