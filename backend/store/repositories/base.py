"""What every repository stands on: reading rows, and writing only in a unit that writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import CursorResult, Executable, RowMapping, insert
from sqlalchemy.sql import Delete, Insert, Update

if TYPE_CHECKING:
    from backend.store.unit import Unit

MANY = 500
"""Values in one IN (…), below what the oldest supported SQLite takes as parameters."""


class Repository:
    """Holds the unit; subclasses add the methods of their topic."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.connection = unit.connection
        self.sealer = unit.sealer

    def rows(self, statement: Executable) -> Sequence[RowMapping]:
        return self.connection.execute(statement).mappings().all()

    def row(self, statement: Executable) -> RowMapping | None:
        return self.connection.execute(statement).mappings().first()

    def value(self, statement: Executable) -> Any:
        """The first column of the first row; None where there is no row."""
        return self.connection.execute(statement).scalar()

    def execute(self, statement: Insert | Update | Delete,
               values: list[dict[str, Any]] | None = None) -> CursorResult[Any]:
        """Execute a statement that writes; a mistake of the program in a unit that reads."""
        if not self.unit.writing:
            raise RuntimeError("a unit made by read() was asked to write")
        if values is None:
            return self.connection.execute(statement)
        return self.connection.execute(statement, values)

    def put(self, table: Any, key: dict[str, Any], values: dict[str, Any],
               first: dict[str, Any] | None = None) -> None:
        """Update the row with this key, or insert it with `first` besides. Writers queue, so
        nobody comes between the two statements."""
        where = [table.c[name] == value for name, value in key.items()]
        if self.execute(table.update().where(*where).values(**values)).rowcount == 0:
            self.execute(insert(table).values(**key, **values, **(first or {})))


def contains(text: str) -> str:
    """A LIKE pattern (escape character `\\`) for rows that contain `text`, in lower case."""
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def batches(values: Sequence[Any]) -> list[Sequence[Any]]:
    """`values` in lists short enough for one IN (…)."""
    return [values[start:start + MANY] for start in range(0, len(values), MANY)]
