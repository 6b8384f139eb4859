"""Hints from Odoo, end to end: an automation posts to our web server, and the record is read back."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.desks.parts import Parts
from backend.web import create_app
from backend.web.hooks import AUTOMATIONS
from backend.web.server import WebServer
from tests.odoo.stories import credentials

EMPLOYEE, DELETED, ATTENDANCE, VANISHED = AUTOMATIONS


@pytest.fixture
def parts(settings, clock) -> Iterator[Parts]:
    built = build(settings.but(odoo_retries=0), clock, migrate=True)
    yield built
    built.store.close()


@pytest.fixture
def system(parts, odoo) -> AttendanceSystem:
    made = AttendanceSystem(parts=parts)
    made.odoo.save_config(**credentials(odoo))
    made.odoo.pull()
    return made


@pytest.fixture
def address(parts, system) -> Iterator[str]:
    """The webhook's address, with a server behind it."""
    server = WebServer(create_app(parts.settings, parts=parts), parts.settings)
    server.start()
    yield f"{server.url}/api/v1/webhooks/odoo/{system.hints.secret()}"
    server.stop()


def name(system: AttendanceSystem) -> str:
    return system.people.get("EMP002").name


def by_hook(system: AttendanceSystem) -> list[tuple[str, str]]:
    with system.store.read() as unit:
        return [(run.kind, run.state) for run in unit.sync_runs.list(trigger="hook")]


def test_a_change_in_odoo_is_here_after_two_seconds(odoo, system, address, clock) -> None:
    odoo.automate(address, EMPLOYEE.model, EMPLOYEE.trigger_fields)
    odoo.run_as("admin", "hr.employee", "write", [3], {"name": "Bruno Keller-Roth"})
    assert [post.status for post in odoo.posts] == [200]
    assert system.hints.read() == 0
    clock.move(seconds=2)
    assert system.hints.read() == 1
    assert name(system) == "Bruno Keller-Roth"
    assert by_hook(system) == [("pull", "done")]


def test_what_odoo_18_has_not_committed_at_the_first_reading_is_there_at_the_second(odoo18, parts, clock) -> None:
    system = AttendanceSystem(parts=parts)
    system.odoo.save_config(**credentials(odoo18))
    system.odoo.pull()
    server = WebServer(create_app(parts.settings, parts=parts), parts.settings)
    server.start()
    posted, go_on = threading.Event(), threading.Event()

    def hold(call) -> None:
        if call.model_method == "write":
            posted.set()
            go_on.wait(30)

    odoo18.automate(f"{server.url}/api/v1/webhooks/odoo/{system.hints.secret()}", EMPLOYEE.model, ["name"])
    odoo18.hooks.before_commit.append(hold)
    writing = threading.Thread(target=odoo18.run_as, args=("admin", "hr.employee", "write", [3], {"name": "New name"}))
    writing.start()
    assert posted.wait(30) and [post.status for post in odoo18.posts] == [200]
    before = name(system)
    clock.move(seconds=2)
    assert system.hints.read() == 1
    assert name(system) == before != "New name"
    go_on.set()
    writing.join()
    clock.move(seconds=8)
    assert system.hints.read() == 1
    assert name(system) == "New name"
    assert system.hints.read() == 0
    server.stop()


def test_an_employee_deleted_in_odoo_is_known_no_more_after_two_seconds(odoo, system, address, clock) -> None:
    odoo.automate(address, DELETED.model, on_unlink=True)
    odoo.run_as("admin", "hr.employee", "unlink", [3])
    clock.move(seconds=2)
    assert system.hints.read() == 1
    assert not system.people.get("EMP002").active


def test_many_posts_of_one_change_are_one_reading(odoo, system, address, clock) -> None:
    odoo.automate(address, "hr.employee")
    created = odoo.run_as("admin", "hr.employee", "create", [{"name": "Zoë Young", "barcode": "EMP777"}])
    assert len(odoo.posts) == 15
    clock.move(seconds=2)
    calls = len(odoo.calls)
    assert system.hints.read() == 1
    assert system.people.get("EMP777").odoo_id in (created if isinstance(created, list) else [created])
    read = [call for call in odoo.calls[calls:] if call.model == "hr.employee" and call.model_method != "fields_get"]
    assert len(read) <= 2


def test_hints_wait_while_odoo_does_not_answer(odoo, system, address, clock) -> None:
    odoo.automate(address, EMPLOYEE.model, EMPLOYEE.trigger_fields)
    odoo.run_as("admin", "hr.employee", "write", [3], {"name": "Bruno the Late"})
    odoo.stop()
    clock.move(seconds=2)
    assert system.hints.read() == 0
    odoo.start()
    clock.move(minutes=5)
    assert system.hints.read() == 1
    assert name(system) == "Bruno the Late"


def test_hints_at_which_odoo_fails_do_not_ask_it_every_second(odoo, system, address, clock) -> None:
    odoo.automate(address, EMPLOYEE.model, EMPLOYEE.trigger_fields)
    odoo.run_as("admin", "hr.employee", "write", [3], {"name": "Bruno the Seldom"})
    tried = []

    def fail(call) -> None:
        if call.model_method == "search_read":
            tried.append(call)
            raise MemoryError

    odoo.hooks.before.append(fail)
    clock.move(seconds=2)
    for _ in range(10):
        assert system.hints.read() == 0
        clock.move(seconds=1)
    assert len(tried) == 1
    odoo.hooks.before.remove(fail)
    clock.move(minutes=2)
    assert system.hints.read() == 1
    assert name(system) == "Bruno the Seldom"


def test_hints_that_meet_another_short_pull_are_read_after_it(odoo, system, address, clock) -> None:
    odoo.automate(address, EMPLOYEE.model, EMPLOYEE.trigger_fields)
    odoo.run_as("admin", "hr.employee", "write", [3], {"name": "Bruno the Patient"})
    with system.store.write() as unit:
        other = unit.sync_runs.start("pull", trigger="schedule")
    clock.move(seconds=2)
    assert system.hints.read() == 0
    with system.store.write() as unit:
        unit.sync_runs.finish(other, success=True, message="Pushed")
    clock.move(seconds=1)
    assert system.hints.read() == 1
    assert name(system) == "Bruno the Patient"


def test_an_old_secret_brings_nothing(odoo, system, address, clock) -> None:
    odoo.automate(address, EMPLOYEE.model, EMPLOYEE.trigger_fields)
    system.hints.renew_secret(by="test")
    odoo.run_as("admin", "hr.employee", "write", [3], {"name": "Bruno Unheard"})
    assert [post.status for post in odoo.posts] == [401]
    clock.move(seconds=2)
    assert system.hints.read() == 0


@pytest.fixture
def pushed(odoo, system, clock) -> int:
    """Odoo's id of the row of a session that began at eight, an hour ago."""
    odoo.clock = clock
    system.attendance.mark("EMP002", at=clock())
    clock.move(hours=1)
    system.odoo.deliver()
    (row,) = odoo.attendances()
    return row["id"]


def test_what_hr_changes_in_odoo_is_a_correction_here_after_two_seconds(odoo, system, address, clock, pushed) -> None:
    odoo.automate(address, ATTENDANCE.model, ATTENDANCE.trigger_fields)
    odoo.run_as("admin", "hr.attendance", "write", [pushed], {"check_in": "2026-03-02 07:45:00"})
    clock.move(seconds=2)
    calls = len(odoo.calls)
    assert system.hints.read() == 1
    assert f"{session(system).check_in:%H:%M}" == "07:45"
    assert {call.model for call in odoo.calls[calls:]} <= {"hr.attendance", None}


def test_what_hr_deletes_in_odoo_is_a_problem_here_after_two_seconds(odoo, system, address, clock, pushed) -> None:
    odoo.automate(address, VANISHED.model, on_unlink=True)
    odoo.run_as("admin", "hr.attendance", "unlink", [pushed])
    clock.move(seconds=2)
    assert system.hints.read() == 1
    assert [problem["code"] for problem in system.odoo.problems()] == ["odoo_deleted_by_hr"]


def test_hints_of_our_own_pushes_change_nothing_and_leave_no_rows(odoo, system, address, clock) -> None:
    odoo.clock = clock
    odoo.automate(address, ATTENDANCE.model, ATTENDANCE.trigger_fields)
    for _ in range(3):
        system.attendance.mark("EMP002", at=clock())
        system.odoo.deliver()
        assert odoo.posts
        clock.move(seconds=2)
        assert system.hints.read() == 1
        clock.move(hours=1)
        assert system.hints.read() == 1
    assert by_hook(system) == [("pull", "done")], "only the newest"
    assert len(odoo.attendances()) == 2


def session(system: AttendanceSystem):
    rows, _ = system.attendance.list(person_id="EMP002")
    return rows[0]
