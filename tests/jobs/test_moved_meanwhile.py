"""Another database is configured while a long run of the former one is under way: a short pull moves there,
and what the long run hears from then on is of another database. It ends, and nothing of that is noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from backend.attendance_system import AttendanceSystem
from backend.odoo.bridge.place import PlaceMoved
from backend.odoo_simulator import NewEmployee, OdooSimulator
from backend.odoo_simulator.hooks import Call
from tests.conftest import HeldClock
from tests.jobs.test_short_pulls import jobs, once, reads_people, reads_rows, system  # noqa: F401
from tests.odoo.stories import credentials, held, people

STAFF = [NewEmployee(f"Worker {letter}", f"W{letter}") for letter in "ABCDEFGHIJKLMNO"]
"""Everybody is in both databases, under other numbers."""


@pytest.fixture
def odoo(clock: HeldClock) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18, clock=clock, employees=STAFF) as server:
        yield server


@pytest.fixture
def other(clock: HeldClock) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18, clock=clock, employees=STAFF[::-1]) as server:
        yield server


@pytest.fixture
def at_work(system: AttendanceSystem, clock: HeldClock) -> AttendanceSystem:  # noqa: F811
    """Everybody came and left, and the first database has it."""
    system.odoo.pull()
    for hours in (0, 1):
        clock.move(hours=hours)
        for one in STAFF:
            system.attendance.mark(one.barcode, at=clock())
    while system.odoo.deliver():
        pass
    return system


def settled(system: AttendanceSystem, jobs: Callable[[], list[str]], clock: HeldClock) -> None:  # noqa: F811
    for _ in range(6):
        clock.move(seconds=30)
        jobs()
        while system.odoo.deliver():
            pass


def second(when: Callable[[Call], bool]) -> Callable[[Call], bool]:
    """Whether it is the second call of the kind."""
    seen: list[Call] = []

    def asked(call: Call) -> bool:
        if when(call):
            seen.append(call)
        return len(seen) == 2

    return asked


def test_a_pull_of_everybody_links_nobody_to_numbers_of_the_former_database(
        system, odoo, other, jobs, clock) -> None:  # noqa: F811
    system.odoo.pull()
    before = {name: (person.uuid, person.name) for name, person in people(system.store).items()}
    once(odoo, lambda call: reads_people(call, page=2),
         lambda: (system.odoo.save_config(**credentials(other)), jobs()))
    with pytest.raises(PlaceMoved):
        system.odoo.pull(full=True)
    system.attendance.mark("WB", at=clock())
    settled(system, jobs, clock)
    numbers = {row["barcode"]: row["id"] for row in other.rows("hr.employee") if row["barcode"]}
    assert {name: (person.uuid, person.name) for name, person in people(system.store).items()} == before
    assert [row["barcode"] for row in other.attendances()] == ["WB"] and odoo.attendances() == []
    assert {name: person.odoo_id for name, person in people(system.store).items() if name in numbers} == numbers


@pytest.mark.parametrize("long_run", ["reconcile", "the look after a whole pull"])
def test_rows_of_the_former_database_are_not_noted_for_the_new_one(
        long_run, at_work, odoo, other, jobs, clock) -> None:  # noqa: F811
    there = held(odoo)
    day = clock().date()
    # HR has rows in the new one, with numbers that ours have in the former one.
    for number in range(2 * len(STAFF)):
        check_in = clock() - timedelta(days=2 + number // len(STAFF))
        other.run_as("admin", "hr.attendance", "create", {
            "employee_id": 2 + number % len(STAFF), "check_in": f"{check_in:%Y-%m-%d %H:%M:%S}",
            "check_out": f"{check_in + timedelta(minutes=30):%Y-%m-%d %H:%M:%S}"})
    foreign = len(other.attendances())
    once(odoo, second(reads_rows) if long_run == "reconcile" else lambda call: reads_people(call, page=2),
         lambda: (at_work.odoo.save_config(**credentials(other)), jobs()))
    with pytest.raises(PlaceMoved):
        if long_run == "reconcile":
            at_work.odoo.reconcile(day, day)
        else:
            at_work.odoo.pull(full=True)
    assert at_work.odoo.push(day, day)["success"]
    settled(at_work, jobs, clock)
    assert at_work.odoo.problems() == []
    assert held(odoo) == there
    assert len(other.attendances()) == foreign + len(STAFF)
    assert at_work.odoo.reconcile(day, day)["total"] == 0
