"""Notebook files: their title and what their parameters cell declares, read without running them.

papermill's own reader skips annotations such as ``int | None`` and lines with two equal signs; the
cell is read with Python's parser here.
"""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csresearch.errors import CompanyError


class ParameterError(CompanyError):
    """A parameter was given that no notebook takes, or a value of the wrong type."""


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell: ``name: annotation = default  # meaning``.

    Parameters
    ----------
    name, annotation : str
        As written; without an annotation it is the default's type.
    default : object
        A literal.
    meaning : str
        The comment behind it.
    """

    name: str
    annotation: str
    default: Any
    meaning: str = ""


@dataclass(frozen=True)
class Notebook:
    """A notebook file, its first heading and the parameters it takes.

    Parameters
    ----------
    path : pathlib.Path
        Where it is.
    title : str
        Its first heading, else its file name.
    parameters : mapping of str to Parameter
        In the order of its parameters cell.
    """

    path: Path
    title: str
    parameters: Mapping[str, Parameter]

    @property
    def name(self) -> str:
        """File name without ``.ipynb``."""
        return self.path.stem


def read_notebook(path: str | Path) -> Notebook:
    """What is this notebook called, and what can it be told?

    Parameters
    ----------
    path : str or Path
        An ``.ipynb`` file of format 4.

    Returns
    -------
    Notebook
        Its title (first heading, else the file name) and parameters, in the cell's order.

    Raises
    ------
    ParameterError
        When the file is no notebook or its parameters cell is not a list of literals.
    """
    path = Path(path)
    node = _read(path)
    try:
        parameters = cell_parameters(tagged_source(node, "parameters"))
    except (SyntaxError, ValueError) as error:
        raise ParameterError(f"The parameters cell of {path.name}: {error}") from error
    return Notebook(path, _title(node) or path.stem, parameters)


def tagged_source(node: Mapping[str, Any], tag: str) -> str:
    """What does the first cell with this tag say?

    Parameters
    ----------
    node : mapping
        A notebook, read as JSON or by nbformat.
    tag : str
        Such as ``parameters``.

    Returns
    -------
    str
        The cell's source; empty when no cell has the tag.
    """
    for cell in node["cells"]:
        if tag in cell["metadata"].get("tags", ()):
            return "".join(cell["source"])
    return ""


def cell_parameters(source: str) -> dict[str, Parameter]:
    """Which parameters does this cell declare?

    Parameters
    ----------
    source : str
        Assignments of literals, one a line, annotated or not.

    Returns
    -------
    dict of str to Parameter
        In the order of the cell.

    Examples
    --------
    >>> cell_parameters("horizon_months: int | None = 24  # months")["horizon_months"]
    Parameter(name='horizon_months', annotation='int | None', default=24, meaning='months')
    """
    comments = _comments(source)
    found = {}
    for line in ast.parse(source).body:
        if isinstance(line, ast.AnnAssign) and line.value is not None:
            target, annotation = line.target, ast.unparse(line.annotation)
        elif isinstance(line, ast.Assign) and len(line.targets) == 1:
            target, annotation = line.targets[0], ""
        else:
            continue
        if not isinstance(target, ast.Name):
            continue
        default = ast.literal_eval(line.value)
        meaning = comments.get(line.end_lineno, "")
        annotation = annotation or type(default).__name__
        found[target.id] = Parameter(target.id, annotation, default, meaning)
    return found


def _read(path: Path) -> dict[str, Any]:
    """A notebook's JSON; nbformat, slow to import, checks it again when it runs."""
    try:
        node = json.loads(path.read_text(encoding="utf-8"))
        if node["nbformat"] != 4:
            raise ValueError(f"it is of format {node['nbformat']}, not 4; save it anew")
        for cell in node["cells"]:
            cell["cell_type"], cell["metadata"].get, "".join(cell["source"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ParameterError(f"{path.name} can't be read as a notebook: {error}") from error
    return node


def _title(node: Mapping[str, Any]) -> str:
    """First level-one heading of the notebook."""
    for cell in node["cells"]:
        if cell["cell_type"] == "markdown":
            for line in "".join(cell["source"]).splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return ""


def _comments(source: str) -> dict[int, str]:
    """Comment text by line number."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}
