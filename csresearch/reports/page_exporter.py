"""nbconvert's exporter of pages, made once: its templates are read and compiled once a process."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

from csresearch.reports.cheap_nbformat import nbformat

# isort: split
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_LEXER = "ipython3"  # of every notebook the kit runs
_one_at_a_time = threading.Lock()  # an exporter holds what it knows of the notebook


class PageExporter(HTMLExporter):
    """Exports notebooks without reading the page again as HTML, to which the kit adds nothing.

    nbconvert reads it to describe pictures and to let keys reach cells; the kit's pictures are
    described and its pages have no such cells.
    """

    def from_notebook_node(
        self, nb: nbformat.NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Export a notebook."""
        known = {"notebook_metadata": self._nb_metadata, "resources": resources}
        self.register_filter("filter_data_type", WidgetsDataTypeFilter(parent=self, **known))
        self.register_filter("highlight_code", Highlight2HTML(_LEXER, parent=self))
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)


def page_of(node: nbformat.NotebookNode, resources: dict[str, Any]) -> str:
    """A notebook as a page.

    Parameters
    ----------
    node : NotebookNode
        As nbformat reads it.
    resources : dict
        What the template knows beside the notebook.

    Returns
    -------
    str
        HTML.
    """
    with _one_at_a_time:
        return _exporter().from_notebook_node(node, resources=resources)[0]


def make_first_page() -> None:
    """Make a page for nobody: what the first one compiles and remembers, the next ones have."""
    code = nbformat.v4.new_code_cell("a = 1", outputs=[nbformat.v4.new_output("stream", text="a")])
    cells = [nbformat.v4.new_markdown_cell("# A *title*"), code]
    report = {"title": "a", "company": "a", "index": "", "failure": "", "parameters": []}
    page_of(nbformat.v4.new_notebook(cells=cells), {"report": report})


@cache
def _exporter() -> PageExporter:
    """The one of this process."""
    return PageExporter(
        extra_template_basedirs=[str(_TEMPLATES)],
        template_name="report",
        embed_images=True,
        optimistic_validation=True,
    )
