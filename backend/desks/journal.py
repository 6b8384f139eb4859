"""The journal: what happened, for people (the log) and for the pages (events).

Use cases write their own lines and events in their transaction; this desk is for everybody who
has no transaction at hand. What it takes is written at most once a second, in the order given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from backend.desks.batching import Batch
from backend.errors import BadInput
from backend.store.records import Event, LogLine
from backend.store.repositories.logs import CATEGORIES, LEVELS

if TYPE_CHECKING:
    from backend.desks.parts import Parts


@dataclass(frozen=True)
class _Note:
    sort: Literal["line", "event"]
    at: datetime
    category: str
    level: str
    text: str
    content: dict[str, Any]


class Journal:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._batch: Batch[_Note] = Batch(self._write)

    def log(self, category: str, level: str, message: str, **details: Any) -> None:
        """Note a line. `details` are JSON-ready and hold no secret; ValueError for an unknown
        category or level."""
        if category not in CATEGORIES or level not in LEVELS:
            raise ValueError(f"no such category or level: {category}, {level}")
        self._batch.add(_Note("line", self._parts.clock(), category, level, message, details))

    def emit(self, kind: str, payload: dict[str, Any]) -> None:
        """Send a JSON-ready event to the pages."""
        self._batch.add(_Note("event", self._parts.clock(), kind, "", "", payload))

    def logs(self, category: str | None = None, level: str | None = None,
             since: datetime | None = None, limit: int = 100) -> list[LogLine]:
        """Lines, newest first; `level` is the least level wanted. Raises BadInput."""
        if category is not None and category not in CATEGORIES:
            raise BadInput(f"There is no category {category!r}; there are {', '.join(CATEGORIES)}")
        if level is not None and level not in LEVELS:
            raise BadInput(f"There is no level {level!r}; there are {', '.join(LEVELS)}")
        self.flush()
        with self._parts.store.read() as unit:
            return unit.logs.search(category, level, since, limit)

    def events_since(self, event_id: int, limit: int = 100) -> list[Event]:
        """Events with a higher id, oldest first."""
        with self._parts.store.read() as unit:
            return unit.events.since(event_id, limit)

    def newest_event(self) -> int:
        """The highest id; 0 before the first event."""
        with self._parts.store.read() as unit:
            return unit.events.last_id()

    def flush(self) -> None:
        """Write what was noted; the next line of the program finds it in the database."""
        self._batch.flush()

    def close(self) -> None:
        """Write what is left."""
        self._batch.close()

    def _write(self, notes: Sequence[_Note]) -> None:
        with self._parts.store.write() as unit:
            for note in notes:
                if note.sort == "event":
                    unit.events.append(note.category, note.content, at=note.at)
                else:
                    unit.logs.append(note.category, note.level, note.text, note.content, at=note.at)
