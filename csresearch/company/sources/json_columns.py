"""Which columns the objects of JSON lines make, and which lines make no row."""

from __future__ import annotations

import itertools

from ibis.backends.duckdb import Backend

from csresearch.company.sources.dialect import unique_names
from csresearch.errors import CompanyError

MOST_COLUMNS = 2_000
DEEPEST = 20  # levels; what is below stays JSON text
NO_JSON, NO_OBJECT, TWICE = "is not JSON", "is not a JSON object", "a key stands twice"


def find_columns(connection: Backend, staged: str, file: str) -> dict[str, str]:
    """Column -> JSON pointer, in the order of the objects; lines that make no row get a reason.

    A place that holds an object on every line that has it becomes columns ``a.b``; one that
    holds other values too stays one column, an object in it as JSON text.
    """
    run = connection.con.execute
    run(
        f'UPDATE "{staged}" SET reason = CASE WHEN json_valid(text) THEN ? ELSE ? END '
        "WHERE NOT json_valid(text) OR json_type(text) <> 'OBJECT'",
        [NO_OBJECT, NO_JSON],
    )
    found = list(_leaves(connection, staged, "", ""))
    if len(found) > MOST_COLUMNS:
        raise CompanyError(
            f"{file}: more than {MOST_COLUMNS} different keys, e.g. '{found[-1][0]}': keys must "
            "name columns, not customers or days; export one object per row"
        )
    if not found:
        raise CompanyError(f"{file}: holds no JSON objects; give one object per line")
    unique_names([name for name, _ in found], file)
    return dict(found)


def _leaves(connection: Backend, staged: str, name: str, pointer: str):
    """Names and pointers of everything below a place that is no object throughout."""
    keys = _keys(connection, staged, pointer)
    pointers = [f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}" for key in keys]
    kinds = _kinds(connection, staged, pointers)
    for key, place, held in zip(keys, pointers, kinds, strict=True):
        column = f"{name}.{key}" if name else key or "column"
        deeper = held == {"OBJECT"} and place.count("/") < DEEPEST
        below = list(_leaves(connection, staged, column, place)) if deeper else []
        yield from below or [(column, place)]


def _keys(connection: Backend, staged: str, pointer: str) -> list[str]:
    """The keys of the objects at a place; lines on which one stands twice get a reason."""
    at = "json_keys(text, ?)" if pointer else "json_keys(text)"
    place = [pointer] if pointer else []
    seen = connection.con.execute(
        f'SELECT {at} AS keys, min(line) FROM "{staged}" WHERE reason IS NULL '
        "GROUP BY keys ORDER BY 2",
        place,
    ).fetchall()
    lists = [keys for keys, _ in seen if keys]
    if any(len(set(keys)) < len(keys) for keys in lists):
        connection.con.execute(
            f'UPDATE "{staged}" SET reason = ? '
            f"WHERE reason IS NULL AND len({at}) > len(list_distinct({at}))",
            [TWICE, *place, *place],
        )
    return list(dict.fromkeys(itertools.chain.from_iterable(lists)))


def _kinds(connection: Backend, staged: str, pointers: list[str]) -> list[set[str]]:
    """What each place holds on any line, empty ones aside."""
    if not pointers:
        return []
    seen = connection.con.execute(
        f'SELECT DISTINCT json_type(text, ?) FROM "{staged}" WHERE reason IS NULL', [pointers]
    ).fetchall()
    return [{kinds[i] for (kinds,) in seen} - {None, "NULL"} for i in range(len(pointers))]
