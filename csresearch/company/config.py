"""Reads company.yml: safely, with the line in every error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from csresearch.company.schema import CompanyConfig, TableSource
from csresearch.errors import CompanyError, did_you_mean

Place = tuple[str | int, ...]


class _Loader(yaml.BaseLoader):
    """Every value is text (so "no" stays "no" and dates are parsed by the schema); no aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not used", problem_mark=mark)
        return super().compose_node(parent, index)


def read_config(path: Path) -> CompanyConfig:
    """Read and check company.yml.

    Raises
    ------
    CompanyError
        If the file is missing, is not YAML, or says something the kit does not know; the
        message names line, key and value and says what to do.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            node = yaml.compose(stream, Loader=_Loader)
        lines: dict[Place, int] = {}
        content = _plain(node, (), lines, path) if node is not None else None
    except OSError as error:
        raise CompanyError(f"{path}: can't be opened ({error.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise CompanyError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except RecursionError:
        raise CompanyError(f"{path}: is nested far deeper than anything the kit knows") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "unreadable characters"
        raise CompanyError(f"{path}{where}: is not valid YAML: {problem}") from None
    if not isinstance(content, dict):
        raise CompanyError(
            f"{path}: must hold keys and values, at least company:, observed_until: and customers:"
        )
    return check_config(content, str(path), lines)


def check_config(
    content: dict, file: str = "company settings", lines: dict[Place, int] | None = None
) -> CompanyConfig:
    """Settings as a CompanyConfig, or a CompanyError that names every key that is wrong."""
    try:
        return CompanyConfig.model_validate(content)
    except ValidationError as errors:
        told = [_tell(error, file, lines or {}) for error in errors.errors()]
        raise CompanyError("\n".join(told)) from None


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path) -> Any:
    """A YAML node as dicts, lists and text (empty = None), noting the line of each place."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return None if node.value == "" and node.style is None else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, i), lines, path) for i, item in enumerate(node.value)]
    content: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise CompanyError(f"{path} line {line}: a key must be plain text")
        if key.value in content:
            raise CompanyError(f"{path} line {line}: '{key.value}' stands twice; keep one")
        content[key.value] = _plain(value, (*place, key.value), lines, path)
        lines[(*place, key.value)] = line
    if place[-2:-1] == ("values",):  # here an empty value is meant: it maps to empty
        return {key: value or "" for key, value in content.items()}
    return {key: value for key, value in content.items() if value is not None}


def _tell(error: dict, file: str, lines: dict[Place, int]) -> str:
    """One sentence on what is wrong with one key and what to do about it."""
    place: Place = tuple(error["loc"])
    known = next((lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in lines), None)
    where = f"{file} line {known}" if known else file
    key = ".".join(str(part) for part in place) or "settings"
    if error["type"] == "extra_forbidden":
        hint = did_you_mean(str(place[-1]), _keys_beside(place))
        return f"{where}: unknown key '{key}'; {hint}"
    if error["type"] == "missing":
        field = CompanyConfig.model_fields.get(str(place[-1])) if len(place) == 1 else None
        return f"{where}: '{key}' is missing. {field.description if field else 'Add it.'}"
    message = error["msg"].removeprefix("Value error, ")
    shown = f" is {error['input']!r:.80}" if isinstance(error["input"], str | int | float) else ""
    return f"{where}: '{key}'{shown}: {message}"


def _keys_beside(place: Place) -> list[str]:
    """The keys known where an unknown one was found."""
    model: type[BaseModel] | None = CompanyConfig
    for part in (part for part in place[:-1] if isinstance(part, str)):
        field = model.model_fields.get(str(part)) if model else None
        kinds = getattr(field.annotation, "__args__", (field.annotation,)) if field else ()
        models = [k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)]
        model = models[0] if models else None
    return list((model or TableSource).model_fields)
