"""The SQL of expressions that come again: those of another company, alike but for its engine.

A process that asks the same of a second and a third company compiles it no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ibis.expr.operations import DatabaseTable, InMemoryTable, Node, SQLQueryResult

MOST = 1_000  # expressions remembered; then the oldest makes room

_sql: dict[tuple, str] = {}
_seen: dict[int, None] = {}  # hashes of what was compiled once
_lock = threading.Lock()


def sql_of(node: Node, how: dict[str, Any], nobody: Any, make: Callable[[], str]) -> str:
    """The SQL of an expression, remembered from the second time on.

    Parameters
    ----------
    node : ibis Node
        The expression's operation.
    how : dict
        Options of compiling; what is remembered was made with the same.
    nobody : ibis backend
        Equal to every engine asked, and holds no data: it stands for them in what is remembered.
    make : callable
        Compiles it.

    Notes
    -----
    Two operations are equal where all they are made of is: names, types, values, steps.
    """
    if how.get("params"):  # values that are filled in are no part of the operation
        return make()
    key = (node, *sorted(how.items()))
    found = _sql.get(key)
    if found is None:
        found = make()
        if _comes_again(hash(key)) and not node.find(InMemoryTable):
            _put(_sql, (_without_engine(node, nobody), *key[1:]), found)
    return found


def _comes_again(number: int) -> bool:
    """Whether something of this hash was compiled before; what comes once is not worth keeping."""
    again = number in _seen
    _put(_seen, number, None)
    return again


def _without_engine(node: Node, nobody: Any) -> Node:
    """The same operation, asked of nobody: what is remembered keeps no company's data alive."""
    tables = node.find((DatabaseTable, SQLQueryResult))
    return node.replace({table: table.copy(source=nobody) for table in tables})


def _put(store: dict, key: Any, value: Any) -> None:
    """Remember, and forget the oldest where it is too much."""
    with _lock:
        store[key] = value
        if len(store) > MOST:
            del store[next(iter(store))]
