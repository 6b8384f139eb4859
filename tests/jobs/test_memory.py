"""A remembered job runs in one process at a time, and what was due is acted upon once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import PROJECT_ROOT, Settings
from backend.jobs import memory as memory_module
from backend.jobs.job import Job, PutOff
from backend.jobs.memory import LEASE, Memory
from backend.jobs.runner import Runner
from backend.jobs.times import Every
from backend.store.errors import DiskFull
from tests.conftest import HeldClock

MINUTE = Every(timedelta(minutes=1))


@pytest.fixture
def system(any_database_settings: Settings, clock: HeldClock) -> Iterator[AttendanceSystem]:
    built = AttendanceSystem(parts=build(any_database_settings, clock, migrate=True))
    yield built
    built.close()


def job(work: Callable[[AttendanceSystem], str | None], **more: object) -> Job:
    return Job("count", MINUTE, work, remembered=True, **more)  # type: ignore[arg-type]


def stands(system: AttendanceSystem):
    with system.store.read() as unit:
        return unit.scheduled_jobs.get("count")


def test_two_processes_act_upon_a_due_time_once(system: AttendanceSystem, clock: HeldClock) -> None:
    runs: list[str] = []
    one = Runner(system, [job(lambda _: runs.append("one"))], Memory(system.store, "one"))
    two = Runner(system, [job(lambda _: runs.append("two"))], Memory(system.store, "two"))
    clock.move(minutes=1)
    one.run_due(), two.run_due(), one.run_due()
    clock.move(minutes=1)
    two.run_due(), one.run_due(), two.run_due()
    assert runs == ["one", "two"]


def test_while_one_process_is_at_it_another_leaves_it_alone(system: AttendanceSystem, clock: HeldClock) -> None:
    inside: list[list[str]] = []
    other = Runner(system, [job(lambda _: None)], Memory(system.store, "other"))
    runner = Runner(system, [job(lambda _: inside.append(other.run_due()))], Memory(system.store, "one"))
    clock.move(minutes=1)
    assert runner.run_due() == ["count"]
    assert inside == [[]]


def test_a_job_whose_process_died_is_taken_over_when_its_lease_runs_out(
        system: AttendanceSystem, clock: HeldClock) -> None:
    runs: list[str] = []
    runner = Runner(system, [job(lambda _: runs.append("ran"))])
    dead = Memory(system.store, "dead")
    clock.move(minutes=1)
    assert dead.claim("count", dead.last("count"))
    assert runner.run_due() == []
    clock.move(seconds=LEASE.total_seconds())
    assert runner.run_due() == ["count"]
    assert stands(system).owner is None


def test_a_lease_is_renewed_while_the_work_goes_on(
        system: AttendanceSystem, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "RENEW_EVERY", 0.02)

    def work(_: AttendanceSystem) -> None:
        until = stands(system).lease_until
        clock.move(seconds=50)
        while stands(system).lease_until <= until:
            pass

    clock_at_start = clock()
    runner = Runner(system, [job(work)])
    clock.move(minutes=1)
    assert runner.run_due() == ["count"]
    assert stands(system).last_due == clock_at_start + timedelta(minutes=1)


def test_what_came_of_a_job_is_kept(system: AttendanceSystem, clock: HeldClock) -> None:
    said: list[str | Exception] = ["counted 3", DiskFull("the disk is full"), DiskFull("still full"), "counted 4"]

    def work(_: AttendanceSystem) -> str:
        word = said.pop(0)
        if isinstance(word, Exception):
            raise word
        return word

    runner = Runner(system, [job(work)])
    found = []
    for _ in range(4):
        clock.move(minutes=1)
        runner.run_due()
        found.append((stands(system).message, stands(system).failing_since))
    second = clock() - timedelta(minutes=2)
    assert found == [("counted 3", None), ("the disk is full", second), ("still full", second), ("counted 4", None)]


def test_a_job_that_is_put_off_stays_due(system: AttendanceSystem, clock: HeldClock) -> None:
    busy = [True]

    def work(_: AttendanceSystem) -> None:
        if busy[0]:
            raise PutOff(timedelta(seconds=5))

    runner = Runner(system, [job(work)])
    clock.move(minutes=1)
    assert runner.run_due() == []
    busy[0] = False
    assert runner.run_due() == []
    clock.move(seconds=5)
    assert runner.run_due() == ["count"]


def test_a_job_that_is_not_ready_waits_and_is_made_up_for_once(system: AttendanceSystem, clock: HeldClock) -> None:
    ready, runs = [False], []
    runner = Runner(system, [job(lambda _: runs.append(1), ready=lambda _: ready[0])])
    for _ in range(5):
        clock.move(minutes=1)
        assert runner.run_due() == []
    ready[0] = True
    assert runner.run_due() == ["count"] and runner.run_due() == []
    assert runs == [1]


def test_a_clock_set_back_stops_no_remembered_job(system: AttendanceSystem, clock: HeldClock) -> None:
    runner = Runner(system, [job(lambda _: None)])
    clock.move(days=400)
    assert runner.run_due() == ["count"]
    clock.move(days=-400)
    assert runner.run_due() == []
    clock.move(minutes=1)
    assert runner.run_due() == ["count"] and runner.run_due() == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_two_real_processes_on_one_database_act_upon_each_due_time_once(
        any_database_settings: Settings, tmp_path: Path) -> None:
    settings = any_database_settings
    build(settings, migrate=True).store.close()
    runs = tmp_path / "runs.txt"
    arguments = [sys.executable, "-m", "tests.jobs.process_parts", str(settings.data_path),
                 settings.database_url or "-", str(runs), "3"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    both = [subprocess.Popen(arguments, env=environment, cwd=PROJECT_ROOT) for _ in range(2)]
    for process in both:
        assert process.wait(60) == 0
    lines = runs.read_text().split()
    seconds = [datetime.fromisoformat(line).replace(microsecond=0) for line in lines]
    assert len(seconds) >= 3
    assert len(seconds) == len(set(seconds)), lines
    assert all(second <= datetime.now(UTC) for second in seconds)
