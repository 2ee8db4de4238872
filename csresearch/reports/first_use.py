"""What every kernel and every report does at first, done once in the warm process, by its import.

What libraries read, build and remember when first used, kernels forked from that process have:
fonts and glyphs, PNG, compiled templates of pages, rules that turn an expression into SQL. Nothing
here may start a thread or open an engine: neither survives a fork.
"""

from __future__ import annotations

import importlib

import ibis
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from csresearch import figures
from csresearch.findings.estimates import table_html
from csresearch.reports.page_exporter import make_first_page
from csresearch.reports.pictures import png

# What ipykernel, pandas, DuckDB and statsmodels import only when a kernel starts or first asks.
LATE = (
    "ibis.backends.duckdb.converter",
    "ibis.formats.pandas",
    "ipykernel.debugger",
    "ipykernel.heartbeat",
    "ipykernel.kernelapp",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "IPython.terminal.pt_inputhooks",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.html",
    "pyarrow.pandas_compat",
    "statsmodels.base.covtype",
)


def _draw() -> None:
    """A picture with words, numbers and a legend, as PNG."""
    figure = Figure(figsize=(1.0, 1.0), layout="constrained")
    FigureCanvasAgg(figure)
    for scale in ("linear", "log"):
        ax = figure.add_subplot()
        ax.plot([1.0, 10.0], [1.0, 10.0], label="a word")
        ax.set(title="a title", xscale=scale)
        ax.legend()
    png(figure)
    Image.preinit()


def _write() -> None:
    """A table, and a page of a notebook with code."""
    table_html(pd.DataFrame({"a word": ["a"], "a number": [1.5]}))
    make_first_page()


def _ask() -> None:
    """An expression as SQL."""
    table = ibis.table({"a": "string", "b": "date", "c": "int64"}, name="t")
    counted = table.group_by("a").agg(n=table.count(), last=table.b.max(), c=table.c.sum())
    joined = table.join(counted, "a").filter(table.c > 1).mutate(d=ibis.row_number())
    ibis.to_sql(joined.order_by("a"), dialect="duckdb")


for name in LATE:
    importlib.import_module(name)
for name in figures.__all__:
    getattr(figures, name)
_draw()
_write()
_ask()
