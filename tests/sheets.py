"""Writes workbooks for tests: .xlsx with openpyxl, .ods by hand."""

import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

import openpyxl

TYPES = {"float": "float", "int": "float", "date": "date", "datetime": "date", "bool": "boolean"}
NAMESPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {"office": "office", "table": "table", "text": "text"}.items()
)

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE}"/>'
    "</manifest:manifest>"
)


def xlsx(merged=(), formulas=None, **sheets):
    """Bytes of a workbook; ``formulas`` are put before stored values: {"7": "3+4"}."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    return _with_formulas(stream.getvalue(), formulas or {})


def _with_formulas(content, formulas):
    """The workbook with formulas beside values, as a spreadsheet program saves them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if "worksheets/" in name:
                for value, formula in formulas.items():
                    text = text.replace(
                        f"<v>{value}</v>".encode(), f"<f>{formula}</f><v>{value}</v>".encode()
                    )
            new.writestr(name, text)
    return out.getvalue()


def ods(**sheets):
    """Bytes of an OpenDocument spreadsheet."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_row, rows))}</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<office:document-content {NAMESPACES} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("mimetype", MIMETYPE)
        file.writestr("META-INF/manifest.xml", MANIFEST)
        file.writestr("content.xml", content)
    return out.getvalue()


def _row(cells):
    """A row of an OpenDocument sheet."""
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"


def _cell(value):
    """A cell with its type and value."""
    if value is None:
        return "<table:table-cell/>"
    kind = TYPES.get(type(value).__name__, "string")
    if kind == "string":
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(value)}</text:p></table:table-cell>"
        )
    shown = value.isoformat() if kind == "date" else str(value).lower()
    attribute = {"float": "value", "date": "date-value", "boolean": "boolean-value"}[kind]
    return f'<table:table-cell office:value-type="{kind}" office:{attribute}="{shown}"/>'
