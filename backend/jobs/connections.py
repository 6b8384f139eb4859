"""Further connections to Odoo: lanes and couriers of their own for each, for as long as it is there.

They share nothing with the first connection's but the database, so that an Odoo that is away or
slow delays nobody else's. One that is added, or removed, while the product runs is seen to within
seconds.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from functools import partial

from backend.attendance_system import AttendanceSystem
from backend.desks.odoo import OdooDesk
from backend.errors import FaceAttendanceError
from backend.jobs.bridge import bridge_jobs
from backend.jobs.courier import Courier, deliver, read_hints
from backend.jobs.job import Lane, Waits
from backend.jobs.memory import Memory
from backend.jobs.runner import Runner, in_lane, turn

log = logging.getLogger(__name__)

_LOOK = 2.0
"""Seconds between two looks for connections that came or went."""


class Crew:
    """The threads of one further connection."""

    def __init__(self, system: AttendanceSystem, desk: OdooDesk, lifeline: Waits) -> None:
        self.desk = desk
        self._lifeline = lifeline
        self._dismissed = threading.Event()
        name = desk.connection.name
        jobs, memory = bridge_jobs(system.settings, desk), Memory(system.store)
        couriers = [Courier(f"Reading hints from Odoo ({name})", system,
                            partial(read_hints, desk=system.hints_of(name)))]
        if system.settings.odoo_push_at_once:
            couriers.append(Courier(f"Delivery to Odoo ({name})", system, partial(deliver, desk=desk)))
        lanes = [threading.Thread(target=turn, args=(self, Runner(system, in_lane(jobs, lane), memory)), daemon=True,
                                  name=f"jobs of {lane.value} ({name})") for lane in (Lane.odoo, Lane.people)]
        for thread in lanes:
            thread.start()
        self.threads = [*lanes, *(courier.start(self) for courier in couriers)]

    def wait(self, seconds: float) -> bool:
        """What a lifeline says to the threads: stop with the process, or because the connection is gone."""
        return self._lifeline.wait(seconds) or self._dismissed.is_set()

    def dismiss(self) -> None:
        """Have the threads end: at once between two calls to Odoo, and without waiting for them."""
        self._dismissed.set()
        self.desk.stopping.set()


class Crews:
    """One crew for each connection but the first."""

    def __init__(self, system: AttendanceSystem, lifeline: Waits) -> None:
        self._system = system
        self._lifeline = lifeline
        self._crews: dict[int, Crew] = {}
        self._lock = threading.Lock()

    def start(self) -> threading.Thread:
        """Look after them until the lifeline says stop."""
        thread = threading.Thread(target=self._turn, name="connections to Odoo", daemon=True)
        thread.start()
        return thread

    def look(self) -> None:
        """Begin with connections that came, end with those that went."""
        there = {each.id: each for each in self._system.connections.all() if not each.is_first}
        with self._lock:
            for number in self._crews.keys() - there.keys():
                self._crews.pop(number).dismiss()
            for number in there.keys() - self._crews.keys():
                with contextlib.suppress(FaceAttendanceError):  # removed again meanwhile
                    self._crews[number] = Crew(self._system, self._system.odoo_of(there[number].name), self._lifeline)

    def stop(self) -> list[threading.Thread]:
        """Have work in hand break off; the threads to wait for."""
        with self._lock:
            for crew in self._crews.values():
                crew.dismiss()
            return [thread for crew in self._crews.values() for thread in crew.threads]

    def _turn(self) -> None:
        wait = 0.0
        while not self._lifeline.wait(wait):
            wait = _LOOK
            try:
                self.look()
            except FaceAttendanceError as error:  # of the database; the next look sees to it
                log.warning("the connections to Odoo could not be looked up: %s", error)
