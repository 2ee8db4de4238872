"""pandas frames as tables of the engine."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from csresearch.company.sources.engine import first_line
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.errors import CompanyError


def open_frame(connection: Backend, name: str, frame: pd.DataFrame) -> Opened:
    """Open a pandas frame under the name of a canonical table."""
    try:
        content = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise CompanyError(f"{name} frame: can't be read: {first_line(error)}") from None
    fields = [f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in content.schema]
    connection.con.register(f"{name}_file", content.cast(pa.schema(fields)))
    return Opened(connection.table(f"{name}_file"), f"{name} frame", False, no_lines())
