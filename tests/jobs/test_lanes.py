"""The jobs process as a whole: what is slow at Odoo holds up nothing else, nor the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.jobs.runner import run
from backend.lifeline import Lifeline
from backend.odoo_simulator import OdooSimulator
from tests.conftest import HeldClock
from tests.odoo.stories import credentials


@pytest.fixture
def odoo() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18) as server:
        yield server


@pytest.fixture
def system(settings: Settings, clock: HeldClock, odoo: OdooSimulator) -> Iterator[AttendanceSystem]:
    built = AttendanceSystem(parts=build(
        settings.but(odoo_full_pull_schedule="off", odoo_push_at_once=False, odoo_page=5), clock, migrate=True))
    built.odoo.save_config(**credentials(odoo))
    yield built
    built.close()


@pytest.fixture
def process(system: AttendanceSystem) -> Iterator[Lifeline]:
    """The body of the jobs process, in a thread."""
    lifeline = Lifeline()
    thread = threading.Thread(target=run, args=(lifeline, system.parts), name="jobs process")
    thread.start()
    wait_until(lambda: stands(system) is not None)
    yield lifeline
    lifeline.stopping.set()
    thread.join(30)
    assert not thread.is_alive()


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def slow_pages(odoo: OdooSimulator) -> tuple[threading.Event, threading.Event]:
    """Odoo does not answer a reading of employees until the second event is set."""
    asked, go_on = threading.Event(), threading.Event()

    def hold(call) -> None:
        if call.model == "hr.employee" and call.model_method == "search_read":
            asked.set()
            go_on.wait(30)

    odoo.hooks.before.append(hold)
    return asked, go_on


def test_a_pull_that_takes_long_delays_no_session_that_has_to_be_closed(
        system: AttendanceSystem, clock: HeldClock, odoo: OdooSimulator, process: Lifeline) -> None:
    asked, go_on = slow_pages(odoo)
    clock.move(seconds=30)
    assert asked.wait(30)
    system.people.add("E1", "Ada", by="test")
    system.attendance.mark("E1", at=clock() - timedelta(hours=17))
    clock.move(minutes=1)
    days = {"start": clock().date() - timedelta(days=2), "end": clock().date()}
    wait_until(lambda: system.attendance.list(**days)[0][0].assumed)
    go_on.set()


def test_a_pull_in_hand_breaks_off_when_the_process_stops_and_blocks_no_later_one(
        system: AttendanceSystem, clock: HeldClock, odoo: OdooSimulator, process: Lifeline) -> None:
    asked, go_on = slow_pages(odoo)
    clock.move(seconds=30)
    assert asked.wait(30)
    process.stopping.set()
    time.sleep(1.0)  # the process looks twice a second whether it has to stop
    go_on.set()
    wait_until(lambda: not running(system))
    with system.store.read() as unit:
        assert (unit.sync_runs.last().result or {})["code"] == "sync_stopped"
    wait_until(lambda: stands(system).owner is None)
    assert system.odoo.pull()["success"]


def running(system: AttendanceSystem) -> bool:
    with system.store.read() as unit:
        return unit.sync_runs.running() is not None


def stands(system: AttendanceSystem):
    with system.store.read() as unit:
        return unit.scheduled_jobs.get("pull from Odoo")
