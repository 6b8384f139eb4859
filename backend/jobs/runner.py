"""The jobs process: runs what is due, one job after the other, and survives a job that fails."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from backend.attendance_system import AttendanceSystem
from backend.errors import FaceAttendanceError
from backend.jobs.schedule import Job, schedule
from backend.lifeline import Lifeline

if TYPE_CHECKING:
    from backend.app import Parts

log = logging.getLogger(__name__)

_KEY = "job.last_run."
_LOOK = 0.5
"""Seconds between two looks at the schedule."""


def run(lifeline: Lifeline, parts: Parts) -> None:
    """Run the schedule until the lifeline says stop; the body of the jobs process."""
    # From a side thread: a job may rightly take longer than a heartbeat may.
    lifeline.beat_in_background()
    system = AttendanceSystem(parts=parts)
    runner = Runner(system, schedule(parts.settings))
    lifeline.ready()
    while not lifeline.wait(_LOOK):
        runner.run_due()
    with contextlib.suppress(FaceAttendanceError):
        system.journal.flush()


class Runner:
    """Knows when each job is due next. The clock is the system's."""

    def __init__(self, system: AttendanceSystem, jobs: Sequence[Job]) -> None:
        self._system = system
        self._jobs = jobs
        self._looked = system.clock()
        self._due = {job.name: self._first(job) for job in jobs}
        self._failing: set[str] = set()

    def run_due(self) -> list[str]:
        """Run every job whose time has come; returns their names."""
        now = self._system.clock()
        if now < self._looked - timedelta(minutes=1):
            # The clock was set back: nothing may wait until the old time comes again.
            self._due = {job.name: min(self._due[job.name], job.when.after(now)) for job in self._jobs}
        self._looked = now
        ran = []
        for job in self._jobs:
            if self._due[job.name] <= now:
                self._run(job)
                self._due[job.name] = job.when.after(now)
                ran.append(job.name)
        return ran

    def _first(self, job: Job) -> datetime:
        last = self._last_run(job) if job.remembered else None
        # What is not remembered runs at the start: it may be overdue, and it does no harm twice.
        return self._looked if last is None else job.when.after(min(last, self._looked))

    def _run(self, job: Job) -> None:
        try:
            told = job.work(self._system)
            if job.remembered:
                self._remember(job)
        except Exception as error:
            # Told once, in the log that people read; the next time it is tried again.
            if job.name not in self._failing:
                log.warning("job '%s' failed: %s", job.name, error,
                            exc_info=not isinstance(error, FaceAttendanceError))
                with contextlib.suppress(FaceAttendanceError):
                    self._system.journal.log("system", "error", f"Job '{job.name}' failed: {error}")
            self._failing.add(job.name)
            return
        if job.name in self._failing:
            log.warning("job '%s' works again", job.name)
            self._failing.discard(job.name)
        if told:
            log.info("job '%s': %s", job.name, told)

    def _last_run(self, job: Job) -> datetime | None:
        with self._system.store.read() as unit:
            text = unit.config.get(_KEY + job.name)
        return datetime.fromisoformat(text) if text else None

    def _remember(self, job: Job) -> None:
        with self._system.store.write() as unit:
            unit.config.set(_KEY + job.name, self._system.clock().isoformat())
