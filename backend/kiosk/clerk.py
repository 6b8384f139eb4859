"""The clerk of a camera's worker: does all its writing, in a thread of its own.

The decision loop hands over what it saw and goes on looking. What the database refuses for a
moment is tried again under the same uuid; what it refuses for good (a full disk) is counted,
told on the console, on the kiosk and in health, and never half written.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from backend.attendance_system import AttendanceSystem
from backend.errors import Busy, FaceAttendanceError
from backend.kiosk.lease import Lease
from backend.store.errors import DiskFull, StoreUnavailable
from backend.vision.results import Refusal, Sighting

log = logging.getLogger(__name__)

_CAPACITY = 500
"""Sightings and refusals that may wait; more than a door sees in the longest wait."""
_RETRY_FOR = 120.0
"""Seconds in which a punch is tried again: late is right as long as its time is."""
_RETRY_FOR_AT_END = 3.0
_RETRY_EVERY = 0.5
_SLOW_AFTER = 5.0
"""Seconds that one write may take before the kiosk says that the database is slow."""
_SHOW_FOR = 10.0
"""Seconds that a refused punch stays told at least: long enough to be read."""


@dataclass(frozen=True)
class Problem:
    """Why punches are not recorded at the moment: for the kiosk's page and for health."""

    code: str
    text: str


@dataclass(frozen=True)
class _Item:
    """Something to write, and how many punches are lost if it cannot be."""

    write: Callable[[], Any]
    punches: int = 0
    retry: bool = True


class Clerk:
    """`sighting`, `refusal` and `camera` return at once; a thread does the rest."""

    def __init__(self, system: AttendanceSystem, device: str, lease: Lease, *,
                 monotonic: Callable[[], float] = time.monotonic) -> None:
        self._system = system
        self._device = device
        self._lease = lease
        self._monotonic = monotonic
        self._queue: queue.Queue[_Item] = queue.Queue(_CAPACITY)
        self._over = threading.Event()
        self._busy_since: float | None = None
        self._problem: Problem | None = None
        self._problem_since = 0.0
        self.recorded = 0
        self.refused = 0
        self._thread = threading.Thread(target=self._work, name="clerk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, timeout: float) -> None:
        """Write what is waiting, give the lease back and end, within `timeout` seconds."""
        self._over.set()
        self._thread.join(timeout)

    def sighting(self, sighting: Sighting) -> None:
        """Have a punch made of it. The uuid is drawn now: trying again makes no second punch."""
        uuid = uuid4()
        self._hand_over(_Item(lambda: self._mark(sighting, uuid), punches=1))

    def refusal(self, refusal: Refusal) -> None:
        """Have the pages told of a face that was not accepted."""
        self._hand_over(_Item(lambda: self._system.attendance.record_refusal(refusal), retry=False))

    def camera(self, state: str, text: str, *, warn: bool) -> None:
        """Have the pages and the log told of the camera's new state."""
        def write() -> None:
            self._system.journal.emit("camera", {"device": self._device, "state": state, "text": text})
            self._system.journal.log("camera", "warning" if warn else "info", text,
                                     device=self._device, state=state)

        self._hand_over(_Item(write))

    @property
    def problem(self) -> Problem | None:
        """What keeps punches from being recorded; None where all is well."""
        since = self._busy_since
        if since is not None and self._monotonic() - since > _SLOW_AFTER and self._problem is None:
            return Problem("store_slow", "The database does not answer; recognised people are "
                                         "written down as soon as it does.")
        return self._problem

    def _hand_over(self, item: _Item) -> None:
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._refuse(item, Problem("store_slow", "Not recorded: the database has not answered "
                                                     "for too long. Tell whoever runs the server."))

    def _mark(self, sighting: Sighting, uuid: UUID) -> None:
        marked = self._system.attendance.record_sighting(sighting, uuid=uuid)
        log.debug("sighting of %s: %s", sighting.person, marked.action)
        self.recorded += 1
        self._system.learning.learn(sighting, marked)

    def _work(self) -> None:
        while not (self._over.is_set() and self._queue.empty()):
            if not self._over.is_set():
                self._keep_lease()
            try:
                item = self._queue.get(timeout=0.1)
            except queue.Empty:
                continue
            self._write(item)
        for last in (self._lease.release, self._system.journal.flush):
            try:
                last()
            except FaceAttendanceError as error:
                log.warning("not written at the end: %s", error)

    def _keep_lease(self) -> None:
        self._busy_since = self._monotonic()
        try:
            if self._lease.keep():
                self._succeeded()
        except FaceAttendanceError as error:
            self._tell(Problem(error.code, str(error)))
        except Exception:
            log.exception("the camera's lease could not be kept")
        self._busy_since = None

    def _write(self, item: _Item) -> None:
        begun = self._busy_since = self._monotonic()
        while True:
            try:
                item.write()
                self._succeeded()
            except DiskFull:
                self._refuse(item, Problem("disk_full", "Not recorded: the server's disk is full. "
                                                        "Tell whoever runs it to make room."))
            except (Busy, StoreUnavailable) as error:
                patience = _RETRY_FOR_AT_END if self._over.is_set() else _RETRY_FOR
                if item.retry and self._monotonic() - begun < patience:
                    time.sleep(_RETRY_EVERY)
                    continue
                self._refuse(item, Problem(error.code, f"Not recorded: {error}"))
            except FaceAttendanceError as error:
                self._refuse(item, Problem(error.code, f"Not recorded: {error}"))
            except Exception as error:
                log.exception("a sighting could not be written")
                self._refuse(item, Problem("not_recorded", f"Not recorded because of a fault in the "
                                                           f"program ({type(error).__name__})."))
            break
        self._busy_since = None

    def _refuse(self, item: _Item, problem: Problem) -> None:
        self.refused += item.punches
        self._tell(problem)

    def _tell(self, problem: Problem) -> None:
        if self._problem != problem:
            log.error("%s", problem.text)
        self._problem, self._problem_since = problem, self._monotonic()

    def _succeeded(self) -> None:
        if self._problem is not None and self._monotonic() - self._problem_since >= _SHOW_FOR:
            log.warning("punches are recorded again")
            self._problem = None
