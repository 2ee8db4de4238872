"""pandas frames as tables of the engine."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute

from csresearch.company.sources.engine import Engine, first_line
from csresearch.company.sources.opened import Opened, no_lines
from csresearch.errors import CompanyError


def open_frame(connection: Engine, name: str, frame: pd.DataFrame) -> Opened:
    """Open a pandas frame under the name of a canonical table."""
    try:
        content = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise CompanyError(f"{name} frame: can't be read: {first_line(error)}") from None
    connection.expect(content.nbytes)
    fields = [f.with_type(_type_of(f.type, content[f.name])) for f in content.schema]
    connection.con.register(f"{name}_file", content.cast(pa.schema(fields)))
    return Opened(connection.table(f"{name}_file"), f"{name} frame", False, no_lines())


def _type_of(given: pa.DataType, cells: pa.ChunkedArray) -> pa.DataType:
    """The type a column is opened with: text where it is empty, dates where it holds no times.

    pandas has no dates, only moments; moments that are all midnights are dates.
    """
    if pa.types.is_null(given):
        return pa.string()
    if not pa.types.is_timestamp(given) or given.tz is not None:
        return given
    timed = compute.any(compute.not_equal(cells.cast(pa.date32()).cast(given), cells)).as_py()
    return given if timed else pa.date32()
