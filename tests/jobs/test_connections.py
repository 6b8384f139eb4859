"""Further databases of Odoo in the jobs process: each goes its own way, and comes and goes while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.jobs.bridge import bridge_jobs
from backend.jobs.connections import Crews
from backend.jobs.memory import Memory
from backend.jobs.runner import Runner
from backend.jobs.schedule import schedule
from backend.lifeline import Lifeline
from backend.odoo_simulator import OdooSimulator
from tests.conftest import HeldClock
from tests.odoo.stories import credentials


@pytest.fixture
def system(settings: Settings, clock: HeldClock) -> Iterator[AttendanceSystem]:
    built = AttendanceSystem(parts=build(settings.but(odoo_full_pull_schedule="off"), clock, migrate=True))
    yield built
    built.close()


@pytest.fixture
def odoo() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=19) as server:
        yield server


@pytest.fixture
def crews(system: AttendanceSystem) -> Iterator[Crews]:
    lifeline = Lifeline()
    made = Crews(system, lifeline)
    yield made
    lifeline.stopping.set()
    for thread in made.stop():
        thread.join(10)


def crew_of(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.endswith(f"({name})")]


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_each_connection_has_due_times_and_locks_of_its_own(
        system: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    system.odoo.save_config(url="http://127.0.0.1:9", db="gone", username="bridge", password="x")
    system.connections.add("south", by="test", **credentials(odoo))
    default = Runner(system, [job for job in schedule(system.settings) if job.name == "pull from Odoo"])
    south = Runner(system, [job for job in bridge_jobs(system.settings, system.odoo_of("south"))
                            if job.name.startswith("pull from")], Memory(system.store))
    clock.move(seconds=30)
    assert default.run_due() == []
    assert south.run_due() == ["pull from Odoo (south)"]
    assert system.odoo.status()["problem_code"] == "odoo_unreachable"
    with system.store.read() as unit:
        assert unit.people.search(limit=1)[1] > 20
        assert {job.name for job in unit.scheduled_jobs.all()} >= {"pull from Odoo", "pull from Odoo (south)"}


def test_a_connection_that_is_added_goes_to_work_and_one_that_is_removed_ends(
        system: AttendanceSystem, odoo: OdooSimulator, crews: Crews, clock: HeldClock) -> None:
    crews.look()
    assert crew_of("south") == []
    system.connections.add("south", by="test", **credentials(odoo))
    crews.look()
    assert len(crew_of("south")) == 4, "two lanes and two couriers"
    hints = system.hints_of("south")
    assert hints.note("hr.employee", 2)
    clock.move(seconds=3)
    wait_for(lambda: system.people.find()[1])
    assert system.people.get("EMP001").connection_id == system.connections.get("south").id
    for person in system.people.find()[0]:
        system.people.change(person.person_id, by="test", active=False)
    wait_for(lambda: not _running(system))
    system.connections.remove("south", by="test")
    crews.look()
    wait_for(lambda: not crew_of("south"))


def _running(system: AttendanceSystem) -> bool:
    with system.store.read() as unit:
        return unit.sync_runs.running(system.connections.get("south").id) is not None


def test_keys_of_all_connections_are_warned_of(
        system: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    from backend.jobs.schedule import warn_of_key

    system.connections.add("south", by="test", key_expires=clock().date(), **credentials(odoo))
    told = warn_of_key(system)
    assert told is not None and told.startswith("south: The API key for Odoo expires")
