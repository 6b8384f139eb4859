"""What must not wait for the clock: hints that came from Odoo.

Each has a thread of its own that looks about twice a second, whatever else is going on, and
that no error ends. A look where nothing is due is one small query.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from backend.attendance_system import AttendanceSystem
from backend.errors import FaceAttendanceError
from backend.lifeline import Lifeline

log = logging.getLogger(__name__)

LOOK = 0.4
"""Seconds between two looks."""
LONGEST_WAIT = 30.0
"""Seconds after which a round that fails again and again is tried at the latest."""

Round = Callable[[AttendanceSystem], object]
"""Does what is due; something other than None or False where there may be more at once."""


def read_hints(system: AttendanceSystem) -> object:
    """Read back what Odoo said has changed."""
    return system.hints.read()


class Courier:
    """One round after the other."""

    def __init__(self, name: str, system: AttendanceSystem, round: Round) -> None:
        self.name = name
        self._system = system
        self._round = round
        self._failures = 0

    def start(self, lifeline: Lifeline) -> threading.Thread:
        """Go round until the lifeline says stop."""
        thread = threading.Thread(target=self._turn, args=(lifeline,), name=self.name, daemon=True)
        thread.start()
        return thread

    def go(self) -> float:
        """One round; the seconds until the next."""
        try:
            busy = self._round(self._system)
        except Exception as error:
            return self._failed(error)
        if self._failures:
            self._failures = 0
            log.warning("%s works again", self.name)
        return 0.0 if busy else LOOK

    def _turn(self, lifeline: Lifeline) -> None:
        wait = LOOK
        while not lifeline.wait(wait):
            wait = self.go()

    def _failed(self, error: Exception) -> float:
        self._failures += 1
        if self._failures == 1:  # told once, and tried again and again
            log.warning("%s failed: %s", self.name, error, exc_info=not isinstance(error, FaceAttendanceError))
            with contextlib.suppress(Exception):
                self._system.journal.log("system", "error", f"{self.name} failed: {error}")
        return min(LONGEST_WAIT, LOOK * 2 ** min(self._failures, 10))
