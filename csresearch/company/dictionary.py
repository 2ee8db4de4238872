"""The data dictionary of data/README.md, generated from the models."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from csresearch.company.canonical import TABLES, Column, columns_of
from csresearch.company.cell_settings import Scale
from csresearch.company.schema import CompanyConfig, Maturity, Span, TableSource
from csresearch.company.shape_settings import (
    Activity,
    ResultRule,
    Snapshots,
    Subscriptions,
    Trials,
)
from csresearch.company.source_settings import JoinedFile

SECTIONS = {
    "company.yml": CompanyConfig,
    "A table (`customers:` and the others)": TableSource,
    "`join:`, each": JoinedFile,
    "`scale:`, each": Scale,
    "`maturity:`": Maturity,
    "`churn_window:`": Span,
    "`subscriptions:`": Subscriptions,
    "`trials:`": Trials,
    "`snapshots:`": Snapshots,
    "`activity:`": Activity,
    "`result_rules:`, each": ResultRule,
}


def data_dictionary() -> str:
    """Every canonical column and every key of company.yml, as Markdown tables."""
    parts = []
    for table, model in TABLES.items():
        parts += [f"### `{table}`", model.__doc__, _markdown(*_columns(table))]
    for title, model in SECTIONS.items():
        parts += [f"### {title}", _markdown(*_keys(model))]
    return "\n\n".join(parts) + "\n"


def _columns(table: str) -> tuple[list[str], list[tuple]]:
    """Header and rows of a canonical table."""
    rows = [
        (
            f"`{column.name}`",
            column.kind,
            "yes" if column.required else "",
            _if_unreadable(column),
            column.meaning,
        )
        for column in columns_of(table).values()
    ]
    return ["column", "kind", "needed", "where a cell can't be read", "meaning"], rows


def _if_unreadable(column: Column) -> str:
    """What happens where a cell can't be read; text always can."""
    if column.kind == "text":
        return ""
    return "row set aside" if column.essential else "value not used"


def _keys(model: type[BaseModel]) -> tuple[list[str], list[tuple]]:
    """Header and rows of a settings model."""
    rows = [
        (
            f"`{name}`",
            "yes" if field.is_required() else "",
            _default(field),
            field.description or "",
        )
        for name, field in model.model_fields.items()
    ]
    return ["key", "needed", "default", "meaning"], rows


def _default(field) -> str:
    """A key's default, where it is worth showing."""
    if field.is_required():
        return ""
    default = field.get_default(call_default_factory=True)
    shown = isinstance(default, str | int | float | list) and default not in ("", [])
    return f"`{default}`" if shown else ""


def _markdown(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    header = list(header)
    lines = [header, ["---"] * len(header), *([*row] for row in rows)]
    return "\n".join("| " + " | ".join(str(c).replace("|", "\\|") for c in r) + " |" for r in lines)


if __name__ == "__main__":
    print(data_dictionary(), end="")
