"""Events for the pages: rows with rising ids, read by everybody who holds the last id seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from backend.store.records import Event
from backend.store.repositories.base import Repository
from backend.store.schema import events


class Events(Repository):
    def __init__(self, unit: Any) -> None:
        super().__init__(unit)
        self._gathered: list[dict[str, Any]] = []

    def append(self, kind: str, payload: dict[str, Any], at: datetime | None = None) -> None:
        """Gather a JSON-ready event; it is written at the end of the unit.

        Writers queue, so ids are given in the order in which they become visible, and a reader
        that goes on from the last id it saw misses none.
        """
        self._gathered.append({"at": at or self.unit.now(), "kind": kind, "payload": payload})

    def flush(self) -> None:
        if self._gathered:
            self.execute(insert(events), self._gathered)
            self._gathered = []

    def since(self, event_id: int, limit: int = 100) -> list[Event]:
        """Events after this id, oldest first."""
        statement = select(events).where(events.c.id > event_id).order_by(events.c.id).limit(limit)
        return [Event(**row) for row in self.rows(statement)]

    def last_id(self) -> int:
        """0 before the first event."""
        return self.value(select(func.max(events.c.id))) or 0

    def first_id(self) -> int:
        """The oldest event that was not pruned; 0 where there is none."""
        return self.value(select(func.min(events.c.id))) or 0

    def prune(self, keep: int) -> int:
        """Delete all but the newest `keep`; how many went."""
        return self.execute(events.delete().where(events.c.id <= self.last_id() - keep)).rowcount
