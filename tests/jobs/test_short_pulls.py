"""Who is archived in Odoo is not recognised a minute later, whatever long run is under way: the short pull
goes beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.desks import odoo_incoming
from backend.jobs.runner import Runner, run
from backend.jobs.schedule import schedule
from backend.lifeline import Lifeline
from backend.odoo.bridge import pull_cursor
from backend.odoo.bridge.pull import Pull
from backend.odoo_simulator import OdooSimulator
from backend.odoo_simulator.hooks import Call
from tests.conftest import HeldClock
from tests.odoo.stories import credentials

AICHA, BRUNO = 2, 3
"""Odoo's ids of EMP001 and EMP002."""


@pytest.fixture
def odoo(clock: HeldClock) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18, clock=clock) as server:
        yield server


@pytest.fixture
def system(settings: Settings, clock: HeldClock, odoo: OdooSimulator) -> Iterator[AttendanceSystem]:
    built = AttendanceSystem(parts=build(settings.but(
        odoo_retries=0, odoo_page=10, odoo_batch=1, odoo_push_at_once=False), clock, migrate=True))
    built.odoo.save_config(**credentials(odoo))
    yield built
    built.close()


@pytest.fixture
def jobs(system: AttendanceSystem, clock: HeldClock) -> Iterator[Callable[[], list[str]]]:
    """The short pull of another process, made due; the names of what ran."""
    other = AttendanceSystem(parts=build(system.settings, clock))
    runner = Runner(other, [job for job in schedule(other.settings) if job.name == "pull from Odoo"])

    def pull() -> list[str]:
        clock.move(seconds=30)
        return runner.run_due()

    yield pull
    other.close()


def active(system: AttendanceSystem, person_id: str = "EMP001") -> bool:
    return system.people.get(person_id).active


def people(system: AttendanceSystem) -> int:
    with system.store.read() as unit:
        return unit.people.search(limit=100)[1]


def stands(system: AttendanceSystem, job: str):
    with system.store.read() as unit:
        return unit.scheduled_jobs.get(job)


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def runs(system: AttendanceSystem) -> list[tuple[str, str, str]]:
    with system.store.read() as unit:
        return [(run.kind, run.trigger, run.state) for run in unit.sync_runs.list()]


def cursor(system: AttendanceSystem, key: str = pull_cursor.EMPLOYEES):
    with system.store.read() as unit:
        return unit.connections.get().state.get(key)


def once(odoo: OdooSimulator, when: Callable[[Call], bool], do: Callable[[], None]) -> None:
    """`do`, at the first call for which `when` holds, before Odoo sees to it."""
    def hook(call: Call) -> None:
        if when(call):
            odoo.hooks.before.remove(hook)
            do()

    odoo.hooks.before.append(hook)


def reads_people(call: Call, page: int = 1) -> bool:
    """Whether it asks for the first page of employees, or a later one."""
    return (call.model == "hr.employee" and call.model_method == "search_read" and call.args[0][0][:2] == ["id", ">"]
            and (call.args[0][0][2] > 0) == (page > 1))


def reads_rows(call: Call) -> bool:
    return call.model == "hr.attendance" and call.model_method == "search_read"


@pytest.mark.parametrize("long_run", ["reconcile", "a whole pull", "a pull for trial", "a reconcile for trial"])
def test_beside_a_long_run_by_hand(long_run, system, odoo, clock, jobs) -> None:
    system.odoo.pull()
    system.attendance.mark("EMP001", at=clock())
    seen = []

    def archive_and_pull() -> None:
        odoo.change("hr.employee", AICHA, active=False)
        seen.append((jobs(), active(system)))

    day = clock().date()
    if "pull" in long_run:
        once(odoo, lambda call: reads_people(call, page=2), archive_and_pull)  # her page was read before
        result = system.odoo.pull(full=True, dry_run="trial" in long_run)
        kind = "pull"
    else:
        once(odoo, reads_rows, archive_and_pull)
        result = system.odoo.reconcile(day, day, dry_run="trial" in long_run)
        kind = "reconcile"
    assert result["success"]
    assert seen == [(["pull from Odoo"], False)]
    assert not active(system), "and what was read before does not come back"
    assert runs(system)[:2] == [("pull", "schedule", "done"), (kind, "hand", "done")]
    assert jobs() == ["pull from Odoo"] and not active(system)


def test_beside_the_very_first_pull_which_has_left_no_mark_yet(system, odoo, clock, jobs) -> None:
    seen = []

    def archive_and_pull() -> None:
        odoo.change("hr.employee", AICHA, active=False)
        before = len(odoo.calls)
        seen.append((jobs(), active(system)))
        read.extend(call for call in odoo.calls[before:] if call.model_method == "search_read"
                    and call.model == "hr.employee")

    read: list[Call] = []
    once(odoo, lambda call: reads_people(call, page=2), archive_and_pull)
    assert system.odoo.pull()["success"]
    assert people(system) == 29
    assert seen == [(["pull from Odoo"], False)]
    assert read and all("write_date" in str(call.args[0]) for call in read), "it does not read everybody a second time"
    assert not active(system)


def test_beside_a_first_pull_from_an_odoo_that_does_not_tell_its_time_it_waits(system, odoo, jobs) -> None:
    def refuse(call: Call) -> None:
        if call.model_method == "default_get":
            raise ValueError("no such thing")

    odoo.hooks.before.append(refuse)
    reads = []
    once(odoo, lambda call: reads_people(call, page=2),
         lambda: (jobs(), reads.append([call for call in odoo.calls if call.model == "hr.employee"
                                        and call.model_method == "search_read"])))
    assert system.odoo.pull()["added"] == 29
    assert len(reads[0]) == 2, "the two pages of the first pull"


def test_what_a_whole_pull_found_is_not_forgotten_for_a_short_one_that_ends_after_it(system, odoo) -> None:
    """It found two employees with one badge, who are read again until somebody mends that. The short one
    had been silent for so long that its turn was over."""
    system.odoo.pull()
    odoo.change("hr.employee", AICHA, name="Aïcha Benali-Roux")

    def whole_pull() -> None:
        odoo.change("hr.employee", 12, bump=False, barcode="TWICE")
        odoo.change("hr.employee", 13, bump=False, barcode="TWICE")
        assert len(pull().run(full=True)["errors"]) == 1

    def pull(alive: Callable[[], None] = lambda: None) -> Pull:
        return Pull(system.odoo.connector(), system.store, 1, alive=alive)

    assert pull(alive=whole_pull).run()["updated"] == 1
    assert cursor(system)["pending"] == [12, 13]


def test_it_gives_way_to_another_short_one(system, odoo, clock, jobs) -> None:
    system.odoo.pull()
    odoo.change("hr.employee", AICHA, name="Aïcha Benali-Roux")
    with system.store.write() as unit:
        push = unit.sync_runs.start("push")
    begun: list[int] = []

    def begin_another() -> None:
        with system.store.write() as unit:
            unit.sync_runs.finish(push, success=True, message="Pushed")
            begun.append(unit.sync_runs.start("pull", {"employees": [AICHA]}, trigger="hook"))

    once(odoo, reads_people, begin_another)
    assert jobs() == []
    with system.store.write() as unit:
        assert [run.id for run in unit.sync_runs.list()[:2]] == [begun[0], push], "and leaves no row"
        unit.sync_runs.finish(begun[0], success=True, message="Pulled")
    clock.move(seconds=5)
    assert jobs() == ["pull from Odoo"]


def test_what_a_hint_named_is_read_beside_a_long_run_too(system, odoo, clock) -> None:
    system.odoo.pull()
    system.attendance.mark("EMP001", at=clock())
    seen = []

    def hint() -> None:
        odoo.change("hr.employee", BRUNO, active=False)
        other.hints.note("hr.employee", BRUNO)
        clock.move(seconds=3)
        seen.append((other.hints.read(), active(other, "EMP002")))

    other = AttendanceSystem(parts=build(system.settings, clock))
    once(odoo, lambda call: call.model_method == "load", hint)
    day = clock().date()
    assert system.odoo.push(day, day)["pushed"] == 1
    assert seen == [(1, False)]
    other.close()


def test_while_the_jobs_themselves_are_at_a_long_run(system, odoo, clock, monkeypatch) -> None:
    """The nightly comparison, the nightly pull of everybody and a push after a long night off are jobs
    of the same process."""
    monkeypatch.setattr(odoo_incoming, "GLANCE", 0.5)
    system.odoo.pull()
    for number in range(1, 21):
        system.attendance.mark(f"EMP{number:03}", at=clock())
    begun, over, lifeline = threading.Event(), threading.Event(), Lifeline()

    def take_long(call: Call) -> None:
        if call.model_method == "load" and not over.is_set():
            begun.set()
            time.sleep(0.5)

    odoo.hooks.before.append(take_long)
    process = threading.Thread(target=run, args=(lifeline, system.parts), name="jobs process")
    process.start()
    try:
        wait_until(lambda: stands(system, "reconcile with Odoo") is not None)
        clock.move(hours=20)  # everything is due
        assert begun.wait(30)
        odoo.change("hr.employee", AICHA, active=False)
        clock.move(seconds=30)
        wait_until(lambda: not active(system))
        assert len(odoo.attendances()) < 20, "the push is still under way"
    finally:
        over.set()
        lifeline.stopping.set()
        process.join(30)
    assert not process.is_alive()
