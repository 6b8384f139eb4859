"""Live events for many readers with one look at the database.

Each stream asks for what is newer than its last event. Whoever asks when the last look is
older than `LOOK_EACH` looks for all; the rest are served from the newest rows kept here.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

LOOK_EACH = 0.2
"""Seconds between two looks at the database, however many streams there are."""

KEPT = 500
"""Events kept in memory; a stream that resumes from further back reads the database itself."""

LONGEST_LOOK = 500


class EventFeed:
    """Shared by the threads of the server."""

    def __init__(self, journal: Any, now: Callable[[], float] = time.monotonic) -> None:
        self._journal = journal
        self._now = now
        self._lock = threading.Lock()
        self._kept: deque[Any] = deque(maxlen=KEPT)
        self._since: int | None = None
        self._newest = 0
        self._looked = float("-inf")

    def newest(self) -> int:
        """The id of the newest event, 0 before the first: where a new stream begins."""
        with self._lock:
            self._look()
            return self._newest

    def after(self, event_id: int) -> list[Any]:
        """The events above `event_id`, oldest first; a part of them where there are many."""
        with self._lock:
            self._look()
            if event_id >= self._newest:
                return []
            oldest = self._kept[0].id - 1 if len(self._kept) == KEPT else self._since
            if oldest is not None and event_id >= oldest:
                return [event for event in self._kept if event.id > event_id]
        return list(self._journal.events_since(event_id, limit=LONGEST_LOOK))

    def _look(self) -> None:
        now = self._now()
        if now - self._looked < LOOK_EACH:
            return
        self._looked = now
        if self._since is None:
            self._since = self._newest = self._journal.newest_event()
        while fresh := self._journal.events_since(self._newest, limit=LONGEST_LOOK):
            self._kept.extend(fresh)
            self._newest = fresh[-1].id
