"""nbconvert's exporter of pages, made once: its templates are read and compiled once a process."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

if TYPE_CHECKING:
    import nbformat

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


@cache
def _exporter() -> PageExporter:
    """The one of this process."""
    return PageExporter(
        extra_template_basedirs=[str(_TEMPLATES)],
        template_name="report",
        embed_images=True,
        optimistic_validation=True,
    )
