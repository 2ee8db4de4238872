"""Values for notebooks' parameters, refused or accepted before anything runs.

papermill only warns about a parameter that a notebook does not have; here names and types are
checked with pydantic against what the notebooks declare.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any, Literal, Optional, Union, get_args, get_origin

import yaml
from pydantic import ConfigDict, ValidationError, create_model

from csresearch.reports.notebook_files import Notebook, Parameter, ParameterError

RESERVED = ("company", "findings", "save_to")
_PLAIN_TYPES = {kind.__name__: kind for kind in (str, int, float, bool, list, dict)}
_TYPES = _PLAIN_TYPES | {"Optional": Optional, "Literal": Literal}


def parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """Read ``name=value`` words from a command line, values still text.

    Parameters
    ----------
    assignments : iterable of str
        Such as ``["horizon_months=24"]``.

    Returns
    -------
    dict of str to str
        The last one wins when a name is repeated.

    Raises
    ------
    ParameterError
        When a word has no ``=`` or no name.
    """
    values = {}
    for word in assignments:
        name, equals, value = word.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ParameterError(f"A parameter is given as name=value, not as {word!r}.")
        values[name.strip()] = value
    return values


def check_parameters(
    given: Mapping[str, Any], notebooks: Iterable[Notebook]
) -> dict[str, dict[str, Any]]:
    """Which of the given values goes to which notebook?

    Parameters
    ----------
    given : mapping of str to object
        Values by parameter name. Text is read as a YAML scalar or list, as on a command line,
        unless the parameter is annotated ``str``.
    notebooks : iterable of Notebook
        Those that will run; a value goes to each that has the parameter.

    Returns
    -------
    dict of str to dict
        Parameters by notebook name, as plain JSON values.

    Raises
    ------
    ParameterError
        When a name is in no notebook, is set by the kit itself, or a value has the wrong type.
    """
    notebooks = list(notebooks)
    problems = [problem for name in given if (problem := _unknown(name, notebooks))]
    chosen, ill_typed = {}, []
    for notebook in notebooks:
        values = {name: given[name] for name in given if name in notebook.parameters}
        chosen[notebook.name], refused = _validated(values, notebook)
        ill_typed += refused
    problems += dict.fromkeys(ill_typed)
    if problems:
        raise ParameterError("\n".join([*problems, known_parameters(notebooks)]))
    return chosen


def known_parameters(notebooks: Iterable[Notebook]) -> str:
    """Which parameters can be given to these notebooks?

    Parameters
    ----------
    notebooks : iterable of Notebook
        Those that will run.

    Returns
    -------
    str
        Name, type, default and meaning, one parameter a line.
    """
    rows: dict[str, Parameter] = {}
    for notebook in notebooks:
        for name, parameter in notebook.parameters.items():
            if name not in RESERVED:
                rows.setdefault(name, parameter)
    if not rows:
        return "These notebooks take no further parameters."
    lines = [
        f"  {p.name}: {p.annotation} = {p.default!r}" + (f"  # {p.meaning}" if p.meaning else "")
        for p in rows.values()
    ]
    return "\n".join(["Parameters that can be given:", *lines])


def _unknown(name: str, notebooks: list[Notebook]) -> str:
    """Say what is wrong with a parameter's name; empty when nothing is."""
    if name in RESERVED:
        return f"The parameter '{name}' is set by the command itself; leave it out."
    known = list(dict.fromkeys(p for n in notebooks for p in n.parameters if p not in RESERVED))
    if name in known:
        return ""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return f"No notebook has a parameter '{name}'.{hint}"


def _validated(values: Mapping[str, Any], notebook: Notebook) -> tuple[dict[str, Any], list[str]]:
    """Values in their annotated types, and what is wrong with those that don't fit."""
    fields = {name: _resolve(notebook.parameters[name], notebook) for name in values}
    model = create_model(
        "Parameters",
        __config__=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False),
        **{name: (annotation, ...) for name, annotation in fields.items()},
    )
    read = {name: _scalar(value, fields[name]) for name, value in values.items()}
    try:
        return model(**read).model_dump(mode="json"), []
    except ValidationError as error:
        return {}, [_complaint(problem, values, notebook) for problem in error.errors()]


def _complaint(problem: Any, values: Mapping[str, Any], notebook: Notebook) -> str:
    """One sentence about a value that does not fit its parameter."""
    name = problem["loc"][0]
    annotation = notebook.parameters[name].annotation
    return f"The parameter '{name}' must be {annotation}; got {values[name]!r} ({problem['msg']})."


def _resolve(parameter: Parameter, notebook: Notebook) -> Any:
    """Turn an annotation's text into a type, knowing only a few harmless names."""
    allowed = (ast.Expression, ast.Name, ast.Load, ast.Subscript, ast.BinOp, ast.BitOr)
    tree = ast.parse(parameter.annotation, mode="eval")
    plain = all(isinstance(n, (*allowed, ast.Constant, ast.Tuple)) for n in ast.walk(tree))
    try:
        if not plain:
            raise TypeError(parameter.annotation)
        return eval(compile(tree, "annotation", "eval"), {"__builtins__": {}}, _TYPES)
    except (NameError, TypeError) as error:
        raise ParameterError(
            f"Parameter '{parameter.name}' of {notebook.path.name} is annotated "
            f"'{parameter.annotation}'; use {', '.join(_TYPES)} or a union of them."
        ) from error


def _scalar(value: Any, annotation: Any) -> Any:
    """Read text as YAML unless the parameter is text itself."""
    if not isinstance(value, str) or annotation is str:
        return value
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    takes_text = get_origin(annotation) in {Union, UnionType} and str in get_args(annotation)
    return value if takes_text and read is not None and not isinstance(read, str) else read
