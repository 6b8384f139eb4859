"""Gathers small things to write and writes them together, at most once a second.

The first thing after a quiet while is written at once, by a thread of its own, so that nobody
who notes something waits for the database.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from backend.errors import FaceAttendanceError

log = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two writes."""
MOST = 10_000
"""Things kept while the database cannot be written; then the oldest go."""

Item = TypeVar("Item")


class Batch(Generic[Item]):
    """`write` gets the gathered things, oldest first, in a thread; it opens its own unit."""

    def __init__(self, write: Callable[[Sequence[Item]], None], interval: float = INTERVAL) -> None:
        self._write = write
        self._interval = interval
        self._items: deque[Item] = deque(maxlen=MOST)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._written = -interval
        self._at_exit = False

    def add(self, item: Item) -> None:
        with self._lock:
            self._items.append(item)
            self._schedule()

    def flush(self) -> None:
        """Write what is there now. Raises what `write` raises; the things are kept then."""
        with self._writing:  # one at a time, so that the order stays
            with self._lock:
                items = list(self._items)
                self._items.clear()
                self._written = time.monotonic()
            if not items:
                return
            try:
                self._write(items)
            except BaseException:
                with self._lock:
                    self._items = deque([*items, *self._items], maxlen=MOST)
                raise

    def close(self) -> None:
        """Write what is left and stop; nothing is added afterwards."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        atexit.unregister(self._last_flush)
        self.flush()

    def _last_flush(self) -> None:
        """A command that ends at once has had no second to write in."""
        try:
            self.close()
        except FaceAttendanceError as error:
            log.warning("not written: %s", error)

    def _schedule(self) -> None:
        if self._timer is None:
            wait = max(0.0, self._written + self._interval - time.monotonic())
            self._timer = threading.Timer(wait, self._on_time)
            self._timer.daemon = True
            self._timer.start()
            if not self._at_exit:
                self._at_exit = True
                atexit.register(self._last_flush)

    def _on_time(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self.flush()
        except FaceAttendanceError as error:
            log.warning("not written yet, will be tried again: %s", error)
            with self._lock:
                self._written = time.monotonic()
                self._schedule()
        except Exception:
            log.exception("could not be written")
