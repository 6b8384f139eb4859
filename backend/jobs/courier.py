"""What must not wait for the clock: attendance that goes to Odoo as it happens, hints that came.

Each has a thread of its own that looks about twice a second, whatever else is going on, and
that no error ends. A look where nothing is due is one small query.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from backend.attendance_system import AttendanceSystem
from backend.desks.hints import HintsDesk
from backend.desks.odoo import OdooDesk
from backend.errors import FaceAttendanceError
from backend.jobs.job import Waits

log = logging.getLogger(__name__)

LOOK = 0.4
"""Seconds between two looks."""
LONGEST_WAIT = 30.0
"""Seconds after which a round that fails again and again is tried at the latest."""

Round = Callable[[AttendanceSystem], object]
"""Does what is due; something other than None or False where there may be more at once."""


class Stuck(Exception):
    """A round that came to nothing; somebody else has told why. The next one waits longer."""


def deliver(system: AttendanceSystem, desk: OdooDesk | None = None) -> bool:
    """Bring changed sessions to Odoo: the first connection's, or those of the one that `desk` is for."""
    result = (desk or system.odoo).deliver()
    if result is None:
        return False
    if "code" in result and not result["pushed"]:
        raise Stuck
    return bool(result["pushed"])


def read_hints(system: AttendanceSystem, desk: HintsDesk | None = None) -> object:
    """Read back what Odoo said has changed."""
    return (desk or system.hints).read()


class Courier:
    """One round after the other."""

    def __init__(self, name: str, system: AttendanceSystem, round: Round) -> None:
        self.name = name
        self._system = system
        self._round = round
        self._failures = 0
        self._told = False

    def start(self, lifeline: Waits) -> threading.Thread:
        """Go round until the lifeline, or what stands for one, says stop."""
        thread = threading.Thread(target=self._turn, args=(lifeline,), name=self.name, daemon=True)
        thread.start()
        return thread

    def go(self) -> float:
        """One round; the seconds until the next."""
        try:
            busy = self._round(self._system)
        except Stuck:
            self._failures += 1
            return self._wait()
        except Exception as error:
            self._failures += 1
            self._tell(error)
            return self._wait()
        if self._told:
            log.warning("%s works again", self.name)
        self._failures, self._told = 0, False
        return 0.0 if busy else LOOK

    def _turn(self, lifeline: Waits) -> None:
        wait = LOOK
        while not lifeline.wait(wait):
            wait = self.go()

    def _wait(self) -> float:
        return min(LONGEST_WAIT, LOOK * 2 ** min(self._failures, 10))

    def _tell(self, error: Exception) -> None:
        if self._told:
            return
        self._told = True
        log.warning("%s failed: %s", self.name, error, exc_info=not isinstance(error, FaceAttendanceError))
        with contextlib.suppress(Exception):
            self._system.journal.log("system", "error", f"{self.name} failed: {error}")
