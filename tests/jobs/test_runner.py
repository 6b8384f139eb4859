"""The jobs run when they are due, each for itself, and make up once for what was missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.jobs.job import Job
from backend.jobs.runner import Runner, run
from backend.jobs.schedule import log_chain_head, schedule
from backend.jobs.times import Daily, Every
from backend.lifeline import Lifeline
from backend.store.errors import DiskFull
from tests.conftest import HeldClock


@pytest.fixture
def system(settings: Settings, clock: HeldClock) -> AttendanceSystem:
    return AttendanceSystem(parts=build(settings, clock, migrate=True))


class Work:
    """A job's work that counts its runs and fails when it is told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.error: Exception | None = None

    def __call__(self, system: AttendanceSystem) -> str | None:
        self.runs += 1
        if self.error:
            raise self.error
        return None


def test_a_job_runs_at_the_start_and_then_each_time_it_is_due(
        system: AttendanceSystem, clock: HeldClock) -> None:
    work = Work()
    runner = Runner(system, [Job("tidy", Every(timedelta(minutes=10)), work)])
    assert runner.run_due() == ["tidy"]
    assert runner.run_due() == []
    clock.move(minutes=9)
    assert runner.run_due() == []
    clock.move(minutes=1)
    assert runner.run_due() == ["tidy"]
    clock.move(hours=5)
    assert runner.run_due() == ["tidy"] and runner.run_due() == []
    assert work.runs == 3


def test_a_job_that_fails_disturbs_no_other_and_is_told_once(
        system: AttendanceSystem, clock: HeldClock) -> None:
    bad, good = Work(), Work()
    bad.error = DiskFull("the disk is full")
    runner = Runner(system, [Job("bad", Every(timedelta(minutes=1)), bad),
                             Job("good", Every(timedelta(minutes=1)), good)])
    for _ in range(3):
        runner.run_due()
        clock.move(minutes=1)
    assert (bad.runs, good.runs) == (3, 3)
    lines = [line for line in system.journal.logs(category="system") if "'bad'" in line.message]
    assert [line.message for line in lines] == ["Job 'bad' failed: the disk is full"]
    bad.error = None
    assert runner.run_due() == ["bad", "good"]


def test_a_missed_day_is_made_up_for_once_and_a_restart_repeats_nothing(
        system: AttendanceSystem, clock: HeldClock) -> None:
    work = Work()
    jobs = [Job("nightly", Daily(time(0, 5), ZoneInfo("UTC")), work, remembered=True)]
    assert Runner(system, jobs).run_due() == [], "nothing was missed before the first start"
    clock.move(days=4)
    runner = Runner(system, jobs)
    assert runner.run_due() == ["nightly"] and runner.run_due() == []
    assert Runner(system, jobs).run_due() == []
    clock.move(hours=16, minutes=5)
    assert runner.run_due() == ["nightly"]
    assert work.runs == 2


def test_a_clock_set_back_stops_no_job(system: AttendanceSystem, clock: HeldClock) -> None:
    work = Work()
    runner = Runner(system, [Job("tidy", Every(timedelta(minutes=1)), work)])
    clock.move(days=400)
    runner.run_due()
    clock.move(days=-400)
    runner.run_due()
    clock.move(minutes=1)
    assert runner.run_due() == ["tidy"]


def test_forgotten_check_outs_are_closed(system: AttendanceSystem, clock: HeldClock) -> None:
    system.people.add("E1", "Ada", by="test")
    system.attendance.mark("E1", at=clock())
    runner = Runner(system, schedule(system.settings))
    runner.run_due()
    clock.move(hours=17)
    runner.run_due()
    rows, _ = system.attendance.list(start=date(2026, 3, 2), end=date(2026, 3, 2))
    assert rows[0].check_out == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)


def test_old_events_and_log_lines_go(system: AttendanceSystem, clock: HeldClock) -> None:
    small = AttendanceSystem(parts=build(
        system.settings.but(events_kept=100, log_retention_days=30), clock))
    small.journal.log("camera", "info", "an old line")
    for number in range(150):
        small.journal.emit("camera", {"number": number})
    clock.move(days=31)
    small.journal.log("camera", "info", "a new line")
    _flushed(small)
    Runner(small, schedule(small.settings)).run_due()
    with small.store.read() as unit:
        assert len(unit.events.since(0, limit=1000)) == 100
        assert [line.message for line in unit.logs.search(category="camera")] == ["a new line"]


def test_the_head_of_the_chain_is_logged(system: AttendanceSystem, clock: HeldClock) -> None:
    system.people.add("E1", "Ada", by="test")
    system.attendance.mark("E1", at=clock())
    log_chain_head(system)
    _flushed(system)
    with system.store.read() as unit:
        head = unit.punches.head()
        line = next(line for line in unit.logs.search(category="system") if "Hash chain" in line.message)
    assert line.message == f"Hash chain: 1 punches, head {head.hash}"


def test_the_process_ends_when_it_is_told(system: AttendanceSystem) -> None:
    lifeline = Lifeline()
    lifeline.stopping.set()
    run(lifeline, build(system.settings))


def _flushed(system: AttendanceSystem) -> None:
    """Have the journal write what it has gathered."""
    flush: Callable[[], None] | None = getattr(system.journal, "flush", None)
    if flush is not None:
        flush()
