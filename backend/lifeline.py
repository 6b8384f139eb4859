"""A child process's end of the pipe to its supervisor.

Workers of every room get one: they say that they are alive from the loop that matters, learn
when to stop, and end with their parent, however that ended. Without a pipe (tests, a worker
run by hand) it counts beats and does nothing else.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

BEAT_EVERY = 0.5
"""Seconds between two beats at most; a beat from a busier loop costs nothing."""

FAREWELL = 5.0
"""Seconds that a child has for ending by itself once its parent is gone."""


class Lifeline:
    """Beats upwards, hears "stop" from above. May be used from any thread."""

    def __init__(self, connection: Connection | None = None) -> None:
        self.stopping = threading.Event()
        self.beats = 0
        self._connection = connection
        self._sending = threading.Lock()
        self._last_beat = 0.0
        self._on_stop: list[Callable[[], None]] = []

    def beat(self) -> None:
        """Say that the loop which calls this still turns."""
        self.beats += 1
        now = time.monotonic()
        if now - self._last_beat >= BEAT_EVERY:
            self._last_beat = now
            self._send("beat", None)

    def ready(self, **facts: Any) -> None:
        """Say that the start is over, with what others need to know of it (picklable)."""
        self._send("ready", facts)

    def failed(self, reason: str) -> None:
        """Say in one line for people why this process is about to end."""
        self._send("failed", reason)

    def wait(self, seconds: float) -> bool:
        """Pause for so long at most; True as soon as the process has to stop."""
        return self.stopping.wait(seconds)

    def when_stopping(self, call: Callable[[], None]) -> None:
        """Have `call` called once, from another thread, when the process has to stop."""
        self._on_stop.append(call)

    def beat_in_background(self) -> None:
        """Beat from a thread: for a process whose work is done by many threads of its own."""
        def turn() -> None:
            while not self.wait(1.0):
                self.beat()

        threading.Thread(target=turn, name="heartbeat", daemon=True).start()

    def follow(self) -> None:
        """Begin to listen for the parent's word, or for its end."""
        threading.Thread(target=self._follow, name="lifeline", daemon=True).start()

    def _follow(self) -> None:
        orphaned = False
        while not self.stopping.is_set():
            try:
                if self._connection is None:
                    self.stopping.wait(0.2)
                elif self._connection.poll(0.2) and self._connection.recv() == "stop":
                    self.stopping.set()
            except (EOFError, OSError):
                orphaned = True
                self.stopping.set()
        if orphaned:
            _end_without_parent()
        for call in self._on_stop:
            with contextlib.suppress(Exception):
                call()

    def _send(self, kind: str, content: object) -> None:
        if self._connection is None:
            return
        try:
            with self._sending:
                self._connection.send((kind, content))
        except (OSError, ValueError):
            self.stopping.set()


def _end_without_parent() -> None:
    """See to it that this process does not outlive its parent by much, whatever it is doing."""
    timer = threading.Timer(FAREWELL, os._exit, args=(70,))
    timer.daemon = True
    timer.start()
