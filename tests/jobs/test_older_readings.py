"""A long run reads first and writes later; what a hint or a short pull brings in between is newer and stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.attendance_system import AttendanceSystem
from backend.odoo_simulator import OdooSimulator
from backend.odoo_simulator.hooks import Call
from tests.conftest import HeldClock
from tests.jobs.test_short_pulls import (  # noqa: F401
    AICHA,
    BRUNO,
    active,
    jobs,
    odoo,
    once,
    reads_people,
    reads_rows,
    system,
)


def hinted(system: AttendanceSystem, clock: HeldClock, model: str, number: int) -> None:  # noqa: F811
    """Odoo's word comes, and both readings after it are over."""
    system.hints.note(model, number)
    for seconds in (3, 9):
        clock.move(seconds=seconds)
        assert system.hints.read() == 1


def while_answering(odoo: OdooSimulator, when: Callable[[Call], bool], do: Callable[[], None]) -> None:  # noqa: F811
    """`do`, after Odoo has read what it was asked for and before the answer arrives."""
    def hook(call: Call) -> None:
        if when(call):
            odoo.hooks.after.remove(hook)
            do()

    odoo.hooks.after.append(hook)


def foreign(system: AttendanceSystem) -> int:  # noqa: F811
    with system.store.read() as unit:
        return unit.foreign.count(1)


@pytest.fixture
def entered(system, odoo, clock) -> list[int]:  # noqa: F811
    """Rows that HR has entered in Odoo, more than a page of them; they are known here."""
    system.odoo.pull()
    begun = clock() - timedelta(hours=6)
    made = [odoo.run_as("admin", "hr.attendance", "create", {
        "employee_id": 2 + number, "check_in": f"{begun:%Y-%m-%d %H:%M:%S}"}) for number in range(15)]
    clock.move(minutes=1)
    system.odoo.pull(trigger="schedule")
    assert foreign(system) == len(made)
    return made


@pytest.mark.parametrize("short_pulls", ["short pulls come", "no short pulls"])
@pytest.mark.parametrize("how", ["deleted", "archived"])
def test_who_is_gone_is_not_brought_back_by_a_page_that_was_on_its_way(
        how, short_pulls, system, odoo, clock, jobs) -> None:  # noqa: F811
    system.odoo.pull()

    def gone() -> None:
        if how == "deleted":
            odoo.run_as("admin", "hr.employee", "unlink", [AICHA])
        else:
            odoo.change("hr.employee", AICHA, active=False)
        hinted(system, clock, "hr.employee", AICHA)
        assert not active(system)

    while_answering(odoo, reads_people, gone)
    result = system.odoo.pull(full=True)
    assert result["success"] and not active(system)
    assert result["read"] == (28 if how == "deleted" else 29)
    for _ in range(3):
        clock.move(seconds=30)
        if short_pulls == "short pulls come":
            jobs()
        assert not active(system)


def test_who_changed_here_in_the_meantime_is_read_again(system, odoo, clock) -> None:  # noqa: F811
    """The change may have been another one, and Odoo knows something new of the person, too."""
    system.odoo.pull()
    odoo.change("hr.employee", AICHA, bump=False, name="Aïcha Benali-Roux")

    def agree() -> None:
        clock.move(seconds=1)
        system.people.change("EMP001", by="hr", badge="A1")
        clock.move(seconds=1)

    while_answering(odoo, reads_people, agree)
    assert system.odoo.pull(full=True)["updated"] == 1
    assert system.people.get("EMP001").name == "Aïcha Benali-Roux"


def test_who_changed_while_the_clock_was_wrong_is_pulled_all_the_same(system, odoo, clock) -> None:  # noqa: F811
    clock.move(days=900)
    system.odoo.pull()
    clock.move(days=-900)
    odoo.change("hr.employee", AICHA, bump=False, name="Aïcha Benali-Roux")
    assert system.odoo.pull(full=True)["updated"] == 1


def test_who_shares_a_badge_is_settled_by_what_odoo_says_at_the_end(system, odoo, clock) -> None:  # noqa: F811
    odoo.change("hr.employee", BRUNO, bump=False, barcode="EMP001")
    system.odoo.pull()

    def archive() -> None:
        odoo.change("hr.employee", AICHA, active=False)
        hinted(system, clock, "hr.employee", AICHA)

    once(odoo, lambda call: reads_people(call, page=2), archive)
    system.odoo.pull(full=True)
    with system.store.read() as unit:
        assert not unit.people.by_odoo(1, AICHA).active


def test_a_row_that_hr_deleted_is_not_brought_back_by_a_comparison(system, odoo, clock, entered) -> None:  # noqa: F811
    def delete() -> None:
        odoo.run_as("admin", "hr.attendance", "unlink", [entered[0]])
        hinted(system, clock, "hr.attendance", entered[0])
        assert foreign(system) == len(entered) - 1

    with system.store.write() as unit:
        unit.foreign.remove(entered[:1], 1)  # news for the comparison
    while_answering(odoo, reads_rows, delete)
    day = clock().date()
    result = system.odoo.reconcile(day, day)
    assert foreign(system) == len(odoo.attendances()) == len(entered) - 1
    assert result["mended"] == result["total"] == 0


def test_a_row_that_hr_entered_meanwhile_stays(system, odoo, clock, entered) -> None:  # noqa: F811
    def enter() -> None:
        begun = clock() - timedelta(hours=1)
        hinted(system, clock, "hr.attendance", odoo.run_as("admin", "hr.attendance", "create", {
            "employee_id": 20, "check_in": f"{begun:%Y-%m-%d %H:%M:%S}"}))

    while_answering(odoo, reads_rows, enter)
    day = clock().date()
    system.odoo.reconcile(day, day)
    assert foreign(system) == len(odoo.attendances()) == len(entered) + 1
