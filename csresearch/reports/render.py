"""Renders an executed notebook as one HTML page that opens offline, with its code folded away."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from csresearch.reports.cheap_nbformat import nbformat

# isort: split
from csresearch.plain_text import without_marks
from csresearch.reports.notebook_files import cell_parameters, tagged_source
from csresearch.reports.page_exporter import page_of

_SHORT = 18  # characters of a cell that is not broken: a date, an interval of shares
_MOST = 5  # files named in the table of parameters
_SCRIPT = re.compile(r"(?is)<script\b.*?(?:</script\s*>|\Z)")
_TABLE = re.compile(r'(?s)(<table [^>]*class="dataframe[^>]*>)(.*?</table>)')
_CELL = re.compile(r"(?s)<t[hd][^>]*>(.*?)</t[hd]>")


def render_notebook(
    notebook: str | Path, *, company: str = "", index: str = "", failure: str = ""
) -> str:
    """Render an executed notebook as a page of its own.

    Parameters
    ----------
    notebook : str or Path
        An executed ``.ipynb`` file.
    company : str
        Whose report it is: in the title and in the link back.
    index : str
        Address of the company's page, relative to this one; empty for no link.
    failure : str
        Why the notebook did not run to its end, shown in red on top; empty when it did.

    Returns
    -------
    str
        HTML with every style and image in it, no script and no request to anywhere; its content
        security policy forbids both, whatever an output contains.
    """
    path = Path(notebook)
    node = nbformat.read(path, as_version=4)
    about = {
        "title": " · ".join(part for part in (_title(node, path), company) if part),
        "company": company or "back",
        "index": index,
        "failure": failure,
        "parameters": _parameter_rows(node),
    }
    _drop_what_is_not_shown(node)
    _describe_pictures(node)
    resources = {"report": about, "metadata": {"path": str(path.parent), "name": path.stem}}
    return without_marks(page_of(node, resources))


def _title(node: nbformat.NotebookNode, path: Path) -> str:
    """First heading, else the file name."""
    for cell in node.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return cell.source.splitlines()[0][2:].strip()
    return path.stem


def _parameter_rows(node: nbformat.NotebookNode) -> list[dict[str, Any]]:
    """Name, value and meaning of each parameter as this run had it."""
    declared = cell_parameters(tagged_source(node, "parameters"))
    passed = cell_parameters(tagged_source(node, "injected-parameters"))
    rows = []
    for name, parameter in declared.items():
        value = passed.get(name, parameter).default
        if name == "save_to":
            continue
        if name == "company":
            value = _without_folders(value)
        if name == "findings":
            value = [_without_folders(one) for one in value[:_MOST]] + ["…"] * (len(value) > _MOST)
        rows.append({"name": name, "value": _shown(value), "meaning": parameter.meaning})
    return rows


def _without_folders(path: str) -> str:
    """A path's last two names: where the rest lies is nobody's business."""
    return "/".join(Path(path).parts[-2:])


def _shown(value: Any) -> str:
    """Give a parameter's value as a reader would write it."""
    if value in (None, "", []):
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _drop_what_is_not_shown(node: nbformat.NotebookNode) -> None:
    """Leave out papermill's cell, whose values the parameter table shows, and scripts."""
    node.cells = [c for c in node.cells if "injected-parameters" not in c.metadata.get("tags", ())]
    for cell in node.cells:
        if cell.cell_type == "markdown":
            cell.source = _SCRIPT.sub("", cell.source)
        for output in cell.get("outputs", ()):
            for kind in ("text/html", "image/svg+xml"):
                if kind in output.get("data", {}):
                    output.data[kind] = _TABLE.sub(_marked, _SCRIPT.sub("", output.data[kind]))
    node.metadata.pop("widgets", None)


def _marked(table: re.Match) -> str:
    """A table that names its columns of words, set from the left, and those whose cells are short.

    Short ones stand on one line, so that no date, number or claim is broken for a longer column.
    """
    opening, inside = table.groups()
    rows = [_CELL.findall(row) for row in inside.split("</tr>")]
    width = max(map(len, rows))
    columns = [[row[i].strip() for row in rows[1:] if len(row) == width] for i in range(width)]
    words = [f"words-{i + 1}" for i, cells in enumerate(columns) if _are_words(cells)]
    words += [f"short-{i + 1}" for i, cells in enumerate(columns) if _are_short(cells)]
    return f"{opening.replace('dataframe', ' '.join(['dataframe', *words]), 1)}{inside}"


def _are_words(cells: list[str]) -> bool:
    """Whether most cells of a column that say something begin with a letter."""
    filled = [cell for cell in cells if cell not in ("", "\u2013")]
    return 2 * sum(cell[0].isalpha() for cell in filled) > len(filled)


def _are_short(cells: list[str]) -> bool:
    """Whether every cell of a column can stand on one line."""
    return all(len(unescape(cell)) <= _SHORT for cell in cells)


def _describe_pictures(node: nbformat.NotebookNode) -> None:
    """Say in place of each picture what it shows: its section, as its numbers stand in a table."""
    section = ""
    for cell in node.cells:
        if cell.cell_type == "markdown":
            section = [section, *re.findall(r"(?m)^#+ (.+)$", cell.source)][-1]
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                told = f"Picture: {section}. Its numbers stand in the table beside it."
                output.metadata.setdefault("image/png", {})["alt"] = told
