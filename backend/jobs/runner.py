"""The jobs process: runs what is due, and survives a job that fails.

Jobs of one lane run one after the other; each lane has a thread of its own, so that a long
pull from Odoo delays no session that has to be closed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from backend.attendance_system import AttendanceSystem
from backend.errors import FaceAttendanceError
from backend.jobs.courier import Courier, deliver, read_hints
from backend.jobs.job import Job, Lane, PutOff, Waits
from backend.jobs.memory import Memory
from backend.jobs.schedule import schedule
from backend.lifeline import Lifeline

if TYPE_CHECKING:
    from backend.app import Parts

log = logging.getLogger(__name__)

_LOOK = 0.5
"""Seconds between two looks at the schedule."""
_TAKEN = timedelta(seconds=5)
"""After which a job that another process is at is looked at again: that process may die."""
_SET_BACK = timedelta(minutes=1)
"""A clock that runs behind by more than this was set back."""
_PATIENCE = 5.0
"""Seconds in which work in hand may end when the process stops; the supervisor waits for 8."""


def run(lifeline: Lifeline, parts: Parts) -> None:
    """Run the schedule until the lifeline says stop; the body of the jobs process."""
    # From a side thread: a job may rightly take longer than a heartbeat may.
    lifeline.beat_in_background()
    from backend.jobs.connections import Crews  # which needs what is here

    system = AttendanceSystem(parts=parts)
    # These hold something of their own: made now, before threads could make two of each.
    _ = system.journal, system.odoo, system.hints, system.connections
    memory = Memory(system.store)
    jobs = schedule(parts.settings)
    others = [threading.Thread(target=turn, args=(lifeline, Runner(system, in_lane(jobs, lane), memory)),
                               name=f"jobs of {lane.value}", daemon=True)
              for lane in Lane if lane is not Lane.house]
    runner = Runner(system, in_lane(jobs, Lane.house), memory)
    for thread in others:
        thread.start()
    others += [courier.start(lifeline) for courier in couriers(system)]
    crews = Crews(system, lifeline)
    others.append(crews.start())
    lifeline.ready()
    turn(lifeline, runner)
    system.odoo.stopping.set()
    others += crews.stop()
    until = time.monotonic() + _PATIENCE
    for thread in others:
        thread.join(max(0.0, until - time.monotonic()))
    with contextlib.suppress(FaceAttendanceError):
        system.journal.flush()


def couriers(system: AttendanceSystem) -> list[Courier]:
    """Those that the settings want."""
    found = [Courier("Reading hints from Odoo", system, read_hints)]
    if system.settings.odoo_push_at_once:
        found.append(Courier("Delivery to Odoo", system, deliver))
    return found


def turn(lifeline: Waits, runner: Runner) -> None:
    """Look at the jobs of one lane until the lifeline says stop."""
    while not lifeline.wait(_LOOK):
        runner.run_due()


def in_lane(jobs: Sequence[Job], lane: Lane) -> list[Job]:
    return [job for job in jobs if job.lane is lane]


class Runner:
    """Knows when each job is due next. The clock is the system's."""

    def __init__(self, system: AttendanceSystem, jobs: Sequence[Job], memory: Memory | None = None) -> None:
        self._system = system
        self._jobs = jobs
        self._memory = memory or Memory(system.store)
        self._looked = system.clock()
        self._due = {job.name: self._first(job) for job in jobs}
        self._failing: set[str] = set()

    def run_due(self) -> list[str]:
        """Run every job whose time has come; returns the names of those that did run."""
        now = self._system.clock()
        if now < self._looked - _SET_BACK:
            # Nothing may wait until the old time comes again.
            self._due = {job.name: min(self._due[job.name], job.when.after(now)) for job in self._jobs}
        self._looked = now
        return [job.name for job in self._jobs if self._due[job.name] <= now and self._run(job, now)]

    def _first(self, job: Job) -> datetime:
        # What is not remembered runs at the start: it may be overdue, and it does no harm twice.
        if not job.remembered:
            return self._looked
        return job.when.after(min(self._memory.last(job.name), self._looked))

    def _run(self, job: Job, now: datetime) -> bool:
        try:
            return self._run_remembered(job, now) if job.remembered else self._run_plain(job, now)
        except Exception as error:  # of the database, mostly: nothing is known of the job then
            self._due[job.name] = now + _TAKEN
            self._tell_failure(job, error)
            return False

    def _run_plain(self, job: Job, now: datetime) -> bool:
        self._work(job)
        self._due[job.name] = job.when.after(now)
        return True

    def _run_remembered(self, job: Job, now: datetime) -> bool:
        if not job.ready(self._system):
            return False  # it stays due
        seen = self._memory.last(job.name)
        if seen < now + _SET_BACK and job.when.after(seen) > now:
            self._due[job.name] = job.when.after(seen)  # another process has done it
            return False
        if not self._memory.claim(job.name, seen):
            self._due[job.name] = now + _TAKEN
            return False
        try:
            with self._memory.kept(job.name):
                told, error = self._work(job)
        except PutOff as later:
            self._due[job.name] = now + later.wait
            self._memory.give_back(job.name)
            return False
        # Set first: where noting it fails, the job must not run again in half a second.
        self._due[job.name] = job.when.after(now)
        self._memory.finish(job.name, now, str(error) if error else told, failed=error is not None)
        return True

    def _work(self, job: Job) -> tuple[str | None, Exception | None]:
        try:
            told = job.work(self._system)
        except PutOff:
            raise
        except Exception as error:
            self._tell_failure(job, error)
            return None, error
        if job.name in self._failing:
            log.warning("job '%s' works again", job.name)
            self._failing.discard(job.name)
        if told:
            log.info("job '%s': %s", job.name, told)
        return told, None

    def _tell_failure(self, job: Job, error: Exception) -> None:
        # Told once, in the log that people read; the next time it is tried again.
        if job.name not in self._failing:
            log.warning("job '%s' failed: %s", job.name, error,
                        exc_info=not isinstance(error, FaceAttendanceError))
            with contextlib.suppress(FaceAttendanceError):
                self._system.journal.log("system", "error", f"Job '{job.name}' failed: {error}")
        self._failing.add(job.name)
